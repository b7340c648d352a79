/** Reads secrets from variables or from the files that variables name. Never puts one into a message. */
import { resolve } from 'node:path';
import { codeOf, readBounded, Unreadable } from '../kit/bounded-file.ts';
import type { Path } from './problem.ts';
import { LEAVES } from './schema.ts';

/** Variables that hold a secret, or with `_FILE` name the file that holds it. */
export const SECRET_VARIABLES: readonly string[] = LEAVES.flatMap(({ row }) =>
  row.kind === 'secret' ? [row.variable] : [],
);

/** The longest secret is a URL. */
const MOST_BYTES = 65_536;

export interface Secrets {
  /** By their variables. */
  readonly secrets: ReadonlyMap<string, string>;
  readonly problems: readonly string[];
}

export function readSecrets(set: ReadonlyMap<string, string>, directory: string): Secrets {
  const secrets = new Map<string, string>();
  const problems: string[] = [];
  for (const { row } of LEAVES) {
    if (row.kind !== 'secret') continue;
    const { text, problem } = readSecret(row.variable, set, directory);
    if (problem !== undefined) problems.push(problem);
    if (text === undefined) continue;
    const wrong = row.problem(text);
    if (wrong !== null) problems.push(`${row.variable}: ${wrong}`);
    secrets.set(row.variable, text);
  }
  return { secrets, problems };
}

function readSecret(
  name: string,
  set: ReadonlyMap<string, string>,
  directory: string,
): { readonly text?: string; readonly problem?: string } {
  const value = set.get(name);
  const file = set.get(`${name}_FILE`);
  if (value !== undefined && file !== undefined) {
    return { problem: `${name}_FILE: set together with ${name}, expected only one of the two` };
  }
  if (value !== undefined) return { text: value.trim() };
  if (file === undefined) return {};
  try {
    const bytes = readBounded(resolve(directory, file), { mostBytes: MOST_BYTES });
    const text = bytes.toString('utf8').trim();
    return text === '' ? { problem: `${name}_FILE: ${file} is empty` } : { text };
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

const SECRET_KEYS: readonly (readonly [RegExp, string])[] = [
  [/master|secret_key|encryption_key/, 'GATEHOUSE_MASTER_SECRET'],
  [/^(mail|smtp)\b.*(url|password|pass|user|secret|host)|smtp/, 'GATEHOUSE_SMTP_URL'],
  [/database|postgres|^(storage|db)\b.*(url|password|secret|dsn)/, 'GATEHOUSE_DATABASE_URL'],
];
const LOOKS_SECRET = /secret|password|passphrase|passwd|credential|private_key|api_key/;

/** Tells where a secret belongs when somebody puts one into the file; `null` for keys that do not look like one. */
export function hintForSecret(path: Path): string | null {
  const key = path.join('.').toLowerCase().replaceAll('-', '_');
  const variable = SECRET_KEYS.find(([pattern]) => pattern.test(key))?.[1];
  if (variable !== undefined) {
    return `secrets do not belong in this file; set ${variable}, or ${variable}_FILE to the name of a file that holds it`;
  }
  if (!LOOKS_SECRET.test(key)) return null;
  return `secrets do not belong in this file; those there are come from ${SECRET_VARIABLES.join(', ')} or the same with _FILE`;
}
