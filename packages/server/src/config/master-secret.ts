/**
 * The secrets from which every key of an installation is derived, kept in `<data>/master-secret`: one, made at the first start,
 * and after a replacement its predecessors behind it. A start never overwrites: processes that start together agree on the one
 * that was linked first.
 */
import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import { codeOf } from '../kit/bounded-file.ts';
import { makeDataDirectory, NoDirectory } from '../kit/data-directory.ts';
import { faultOfDirectory, modeOf } from '../kit/private-directory.ts';
import { decodeSecrets } from '../keys/decode-secrets.ts';
import type { MasterSecrets } from '../keys/keys.ts';
import type { RandomBytes } from '../kit/random.ts';
import { ConfigError } from './problem.ts';

const MASTER_SECRET_FILE = 'master-secret';
const BYTES = 32;
/** Of the file, with room for blank lines. */
const MOST_BYTES = 1024;
const OTHERS = 0o077;
const FORMAT = /^[0-9a-f]{64}(,[0-9a-f]{64})*$/;

export const masterSecretFile = (dataDirectory: string): string =>
  join(dataDirectory, MASTER_SECRET_FILE);

/** Reads the secret, makes it first when there is none. The data directory is made with mode 0700. */
export function keepMasterSecret(dataDirectory: string, randomBytes: RandomBytes): MasterSecrets {
  const path = masterSecretFile(dataDirectory);
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
  const draft = draftOf(path, randomBytes);
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

/** Puts others in their place, whole or not at all, for the same owner. Throws `ConfigError`. */
export function replaceMasterSecrets(
  dataDirectory: string,
  secrets: readonly Uint8Array[],
  randomBytes: RandomBytes,
): void {
  const path = masterSecretFile(dataDirectory);
  const draft = draftOf(path, randomBytes);
  const text = secrets.map((secret) => Buffer.from(secret).toString('hex')).join(',');
  const checked = decodeSecrets(text);
  if (typeof checked === 'string') throw new ConfigError([`${path}: ${checked}`]);
  try {
    fs.writeFileSync(draft, `${text}\n`, { flag: 'wx', mode: 0o600, flush: true });
    const { uid, gid } = fs.statSync(path);
    if (process.getuid?.() !== uid) fs.chownSync(draft, uid, gid);
    fs.renameSync(draft, path);
    flushDirectory(dataDirectory);
  } catch (error) {
    throw new ConfigError([`${path}: cannot be replaced (${codeOf(error)})`]);
  } finally {
    fs.rmSync(draft, { force: true });
  }
}

const draftOf = (path: string, randomBytes: RandomBytes): string =>
  `${path}.${Buffer.from(randomBytes(8)).toString('hex')}`;

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
export function readSecretFile(path: string): MasterSecrets {
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
    const secrets = FORMAT.test(text) ? decodeSecrets(text) : null;
    if (secrets === null || typeof secrets === 'string') {
      throw new ConfigError([
        `${path}: expected 64 hexadecimal digits, or several times as many, separated by commas; restore the file from a backup, because a new secret ends every session and every e-mailed link`,
      ]);
    }
    return secrets;
  } finally {
    fs.closeSync(file);
  }
}
