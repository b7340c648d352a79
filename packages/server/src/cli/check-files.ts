/** The files of an installation: whether they are there, can be used, and by nobody else. Makes none. */
import { existsSync, statfsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Config } from '../config/config.ts';
import { masterSecretFile, readSecretFile } from '../config/master-secret.ts';
import { ConfigError } from '../config/problem.ts';
import { tryDataDirectory } from '../kit/data-directory.ts';
import { nounFor } from '../kit/plural.ts';
import { faultOfDirectory } from '../kit/private-directory.ts';
import { databaseFile } from '../storage/database-file.ts';
import { LEAST_FREE_BYTES, reserveSize } from '../storage/reserve.ts';
import { failed, ok, warning, type Finding } from './findings.ts';
import { lineOf } from './refusal.ts';

export interface Files {
  readonly config: Config;
  /** The secret comes from a variable, not from the data directory. */
  readonly hasSecretVariable: boolean;
}

export function checkDirectory({ config, hasSecretVariable }: Files): Finding {
  const check = 'data directory';
  const { dataDirectory: path, databaseUrl } = config.storage;
  if (databaseUrl !== null && hasSecretVariable) return ok(check, 'not used');
  const nearest = nearestExisting(path);
  if (!statSync(nearest).isDirectory()) return failed(check, `${nearest} is not a directory`);
  try {
    tryDataDirectory(path);
  } catch (error) {
    return failed(check, lineOf(error));
  }
  if (nearest !== path) return ok(check, `the first start makes ${path}`);
  const fault = faultOfDirectory(path);
  if (fault !== null) return failed(check, fault);
  return isForOthers(path)
    ? warning(check, `others on this machine may look into ${path}: chmod 700 ${path}`)
    : ok(check, path);
}

function nearestExisting(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : nearestExisting(dirname(path));
}

/** Windows has no such bits and reports the same mode for every file. */
const isForOthers = (path: string): boolean =>
  process.platform !== 'win32' && (statSync(path).mode & 0o077) !== 0;

export function checkSecret({ config, hasSecretVariable }: Files): Finding {
  const check = 'master secret';
  const former = config.masterSecrets.length - 1;
  if (hasSecretVariable) return ok(check, `from the environment${replacedBy(former)}`);
  const { dataDirectory, databaseUrl } = config.storage;
  const path = masterSecretFile(dataDirectory);
  if (!existsSync(path)) return absentSecret(config, path);
  let replaced = '';
  try {
    replaced = replacedBy(readSecretFile(path).length - 1);
  } catch (error) {
    return failed(
      check,
      error instanceof ConfigError ? error.message : `${path}: ${lineOf(error)}`,
    );
  }
  return databaseUrl === null
    ? ok(check, path + replaced)
    : warning(
        check,
        `${path} is of this machine alone; set GATEHOUSE_MASTER_SECRET if other processes share the database`,
      );
}

const replacedBy = (former: number): string =>
  former === 0 ? '' : `, which replaces ${nounFor(former, 'another', `${former} others`)}`;

function absentSecret({ storage }: Config, path: string): Finding {
  const check = 'master secret';
  const isStarted = storage.databaseUrl === null && existsSync(databaseFile(storage.dataDirectory));
  return isStarted
    ? warning(
        check,
        `${path} is missing beside a database; restore it from a backup, because a new one ends every session and every e-mailed link`,
      )
    : ok(check, `the first start makes ${path}`);
}

/** Of the disk of SQLite; `null`: another server has the database, or nothing is there yet. */
export function checkRoom({ storage }: Config): Finding | null {
  const { dataDirectory, databaseUrl, reserveBytes } = storage;
  if (databaseUrl !== null || !existsSync(databaseFile(dataDirectory))) return null;
  const check = 'disk';
  const { bavail, bsize } = statfsSync(dataDirectory);
  const reserve = reserveSize(dataDirectory);
  if (bavail * bsize < LEAST_FREE_BYTES)
    return warning(check, `full: ${bavail * bsize} bytes are free for ${dataDirectory}; make room`);
  if (reserveBytes > 0 && reserve === 0)
    return warning(
      check,
      'was full, and the reserve is used up; a server that runs makes it again within seconds',
    );
  return ok(check, reserveLine(reserve, reserveBytes));
}

function reserveLine(reserve: number | null, wanted: number): string {
  if (wanted === 0) return 'no room is reserved: storage.reserve_mib is 0';
  return reserve === null
    ? 'no reserve yet; the server makes one when it starts'
    : `${reserve} bytes are reserved for ending access`;
}
