/**
 * The 32 bytes from which every key of an installation is derived, made once and kept in `<data>/master-secret`.
 * Never overwrites: processes that start together agree on the one that was linked first.
 */
import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import { makeDataDirectory, NoDirectory } from '../kit/data-directory.ts';
import { faultOfDirectory, modeOf } from '../kit/private-directory.ts';
import type { RandomBytes } from '../kit/random.ts';
import { codeOf } from './file.ts';
import { ConfigError } from './problem.ts';

export const MASTER_SECRET_FILE = 'master-secret';
const BYTES = 32;
/** Of the file, with room for blank lines. */
const MOST_BYTES = 1024;
const OTHERS = 0o077;

/** Reads the secret, makes it first when there is none. The data directory is made with mode 0700. */
export function keepMasterSecret(dataDirectory: string, randomBytes: RandomBytes): Uint8Array {
  const path = join(dataDirectory, MASTER_SECRET_FILE);
  try {
    makeDataDirectory(dataDirectory);
    const fault = faultOfDirectory(dataDirectory);
    if (fault !== null) throw new ConfigError([fault]);
    if (!fs.existsSync(path)) makeSecret(path, randomBytes);
    return readSecretFile(path);
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    if (error instanceof NoDirectory) throw new ConfigError([error.message]);
    throw new ConfigError([
      `${path}: cannot be read or made (${codeOf(error)}); another data directory or GATEHOUSE_MASTER_SECRET helps`,
    ]);
  }
}

/** A link appears whole or not at all and fails when the name is taken, which a rename would not. */
function makeSecret(path: string, randomBytes: RandomBytes): void {
  const draft = `${path}.${Buffer.from(randomBytes(8)).toString('hex')}`;
  const content = `${Buffer.from(randomBytes(BYTES)).toString('hex')}\n`;
  try {
    fs.writeFileSync(draft, content, { flag: 'wx', mode: 0o600, flush: true });
    fs.linkSync(draft, path);
    flushDirectory(dirname(path));
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  } finally {
    fs.rmSync(draft, { force: true });
  }
}

/** Until then a power failure may undo the name, and with it whatever was signed meanwhile. Windows cannot and need not. */
function flushDirectory(path: string): void {
  if (process.platform === 'win32') return;
  const directory = fs.openSync(path, 'r');
  try {
    fs.fsyncSync(directory);
  } finally {
    fs.closeSync(directory);
  }
}

/** Throws `ConfigError` when others may use it or it is none. */
export function readSecretFile(path: string): Uint8Array {
  if (!fs.statSync(path).isFile())
    throw new ConfigError([`${path}: expected a file with the master secret`]);
  const file = fs.openSync(path, 'r');
  try {
    const found = fs.fstatSync(file);
    // Windows has no such bits and reports the same mode for every file.
    if (process.platform !== 'win32' && (found.mode & OTHERS) !== 0) {
      throw new ConfigError([
        `${path}: found mode ${modeOf(found)}, which lets others use the master secret, expected 0600: chmod 600 ${path}`,
      ]);
    }
    const text = fs.fstatSync(file).size > MOST_BYTES ? '' : fs.readFileSync(file, 'utf8').trim();
    if (!/^[0-9a-f]{64}$/.test(text)) {
      throw new ConfigError([
        `${path}: expected 64 hexadecimal digits; restore the file from a backup, because a new secret ends every session and every e-mailed link`,
      ]);
    }
    return new Uint8Array(Buffer.from(text, 'hex'));
  } finally {
    fs.closeSync(file);
  }
}
