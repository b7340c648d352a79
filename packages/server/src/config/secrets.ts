/** Reads secrets from variables or from the files that variables name. Never puts one into a message. */
import { resolve } from 'node:path';
import { readBounded, Unreadable } from '../kit/bounded-file.ts';
import type { MasterSecrets } from '../keys/keys.ts';
import { codeOf } from './file.ts';
import { problemOfSmtpUrl } from './smtp.ts';
import { isWholeUrl } from './whole-url.ts';
import type { SecretVariable } from './variables.ts';

export interface Secrets {
  readonly databaseUrl: string | null;
  readonly smtpUrl: string | null;
  readonly masterSecrets: MasterSecrets | null;
  readonly problems: readonly string[];
}

export function readSecrets(set: ReadonlyMap<string, string>, directory: string): Secrets {
  const problems: string[] = [];
  const read = (name: SecretVariable): string | null => {
    const secret = readSecret(name, set, directory);
    if (secret?.problem !== undefined) problems.push(secret.problem);
    return secret?.value ?? null;
  };
  const databaseUrl = read('GATEHOUSE_DATABASE_URL');
  if (databaseUrl !== null && !hasScheme(databaseUrl, ['postgres:', 'postgresql:'])) {
    problems.push(
      'GATEHOUSE_DATABASE_URL: expected postgres://user:password@host:port/database, with reserved characters percent-encoded',
    );
  }
  const smtpUrl = read('GATEHOUSE_SMTP_URL');
  const wrongSmtpUrl = smtpUrl === null ? null : problemOfSmtpUrl(smtpUrl);
  if (wrongSmtpUrl !== null) problems.push(wrongSmtpUrl);
  const master = read('GATEHOUSE_MASTER_SECRET');
  const masterSecrets = master === null ? null : decodeSecrets(master);
  if (typeof masterSecrets === 'string') problems.push(`GATEHOUSE_MASTER_SECRET: ${masterSecrets}`);
  const isRead = typeof masterSecrets !== 'string';
  return { databaseUrl, smtpUrl, masterSecrets: isRead ? masterSecrets : null, problems };
}

/** The longest secret is a URL. */
const MOST_BYTES = 65_536;

interface Secret {
  readonly value?: string;
  readonly problem?: string;
}

function readSecret(
  name: SecretVariable,
  set: ReadonlyMap<string, string>,
  directory: string,
): Secret | null {
  const value = set.get(name);
  const file = set.get(`${name}_FILE`);
  if (value !== undefined && file !== undefined) {
    return { problem: `${name}_FILE: set together with ${name}, expected only one of the two` };
  }
  if (value !== undefined) return { value: value.trim() };
  if (file === undefined) return null;
  try {
    const bytes = readBounded(resolve(directory, file), { mostBytes: MOST_BYTES });
    const text = bytes.toString('utf8').trim();
    return text === '' ? { problem: `${name}_FILE: ${file} is empty` } : { value: text };
  } catch (error) {
    return { problem: `${name}_FILE: ${reasonOf(error, file)}` };
  }
}

/** What names no file is not repeated: it may be the secret itself, in the wrong variable. */
function reasonOf(error: unknown, file: string): string {
  if (error instanceof Unreadable) return `${file} ${error.message}`;
  const code = codeOf(error);
  return code === 'ENOENT' || code === 'ENAMETOOLONG' || code === 'ENOTDIR'
    ? `names no file that is there (${code}), expected the name of a file that holds the secret`
    : `${file} cannot be read (${code})`;
}

const hasScheme = (text: string, schemes: readonly string[]): boolean =>
  isWholeUrl(text) && schemes.includes(URL.parse(text)?.protocol ?? '');

const LEAST_BYTES = 32;
/** Each is tried for whatever comes back. */
export const MOST_SECRETS = 8;

/** Separated by commas, the one that writes first; or what is wrong with them. */
export function decodeSecrets(text: string): MasterSecrets | string {
  const decoded = text.split(',').map((part) => decodeSecret(part.trim()));
  const [first, ...former] = decoded.filter((secret) => secret !== null);
  if (first === undefined || former.length < decoded.length - 1)
    return 'expected at least 32 random bytes in base64 or hexadecimal: openssl rand -base64 32. Secrets that it replaces may follow, separated by commas';
  if (decoded.length > MOST_SECRETS) return `expected at most ${MOST_SECRETS} secrets`;
  const texts = [first, ...former].map((secret) => Buffer.from(secret).toString('hex'));
  if (new Set(texts).size < texts.length) return 'found a secret twice';
  return [first, ...former];
}

/** Bytes in hexadecimal, base64 or base64url; `null` when it is none of them or too short. */
function decodeSecret(text: string): Uint8Array | null {
  const isHex =
    text.length % 2 === 0 && text.length >= 2 * LEAST_BYTES && /^[\da-fA-F]+$/.test(text);
  const isBase64 = /^[A-Za-z0-9+/_-]+={0,2}$/.test(text);
  if (!isHex && !isBase64) return null;
  const bytes = new Uint8Array(Buffer.from(text, isHex ? 'hex' : 'base64'));
  return bytes.length >= LEAST_BYTES ? bytes : null;
}
