/**
 * Owns the way from file and environment to the one frozen configuration. Depends on the table of settings, the scope
 * vocabulary and the credential grammar. Never guesses: everything wrong is reported at once, and nothing starts.
 */
import { existsSync } from 'node:fs';
import { isAbsolute, relative, resolve } from 'node:path';
import { decodeSecrets } from '../keys/decode-secrets.ts';
import type { MasterSecrets } from '../keys/keys.ts';
import { randomBytes } from '../kit/random.ts';
import { readSmtpServer, UnusableCertificates, type SmtpSettings } from '../mail/smtp-server.ts';
import { deepFreeze, toSections, type Config } from './config.ts';
import { readConfigFile, type ConfigFile } from './file.ts';
import { keepMasterSecret } from './master-secret.ts';
import { ConfigError, dotted, type Complaint, type Path } from './problem.ts';
import { conflictsIn, type Conflict } from './rules.ts';
import { defaultsOf, FileSchema, ROWS, type Settings } from './schema.ts';
import { readSecrets } from './secrets.ts';
import { toScopes } from './to-config.ts';
import { complaintsAbout, isSection } from './validate.ts';
import {
  FILE_VARIABLE,
  readOverrides,
  unknownVariables,
  variableFor,
  variablesSet,
} from './variables.ts';

const FILE_NAME = 'gatehouse.yaml';

export interface ConfigSources {
  /** Wins over `GATEHOUSE_CONFIG`. */
  readonly file?: string;
  readonly env: NodeJS.ProcessEnv;
  /** Where `gatehouse.yaml` is looked for and relative paths begin. */
  readonly directory: string;
  /** How the master secret of a data directory comes about; read, and made first when there is none, unless said otherwise. */
  readonly keepSecret?: (dataDirectory: string) => MasterSecrets;
}

export const readOrMakeSecret = (dataDirectory: string): MasterSecrets =>
  keepMasterSecret(dataDirectory, randomBytes);

/** Throws `ConfigError`. Makes the data directory and the master secret in it when they are missing. */
export function readConfig(sources: ConfigSources): Config {
  const { file, env, directory, keepSecret = readOrMakeSecret } = sources;
  const set = variablesSet(env);
  const problems = unknownVariables(set);
  const configFile = attempt(problems, () => openFile(file ?? set.get(FILE_VARIABLE), directory));
  const value = configFile?.value ?? {};
  const place = placesIn(configFile ?? null, set);
  problems.push(...[...complaintsAbout(FileSchema, value), ...lonelyScopes(value)].map(place));
  const { overrides, problems: wrongVariables } = readOverrides(set);
  const { secrets, problems: wrongSecrets } = readSecrets(set, directory);
  problems.push(...wrongVariables, ...wrongSecrets);

  const settings = lay(value, overrides);
  // What concerns several settings is judged when each alone is right: a wrong one would only be reported twice.
  if (problems.length === 0) problems.push(...problemsOfWhole(settings).map(place));
  if (problems.length > 0 || !isWhole(settings)) throw new ConfigError(problems);
  const sections = toSections(settings, secrets);
  const { port, baseUrl: base } = sections.server;
  const baseUrl = new URL(base ?? `http://localhost:${port}`).origin;
  const dataDirectory = resolve(directory, sections.storage.dataDirectory);
  const smtp = readSmtp(sections.mail, { directory, baseUrl, tell: place });
  const master = secrets.get('GATEHOUSE_MASTER_SECRET');
  const masterSecrets = master === undefined ? keepSecret(dataDirectory) : decodeSecrets(master);
  if (typeof masterSecrets === 'string') throw new ConfigError([masterSecrets]);
  return deepFreeze({
    ...sections,
    server: { ...sections.server, baseUrl },
    storage: { ...sections.storage, dataDirectory },
    mail: { ...sections.mail, smtp },
    masterSecrets,
    ...toScopes(settings),
  });
}

function readSmtp(
  mail: SmtpSettings,
  { tell, ...surroundings }: { directory: string; baseUrl: string; tell: Tell },
) {
  try {
    return readSmtpServer(mail, surroundings);
  } catch (error) {
    if (!(error instanceof UnusableCertificates)) throw error;
    const message = `${mail.smtpCaFile} ${error.message}`;
    throw new ConfigError([tell({ path: ['mail', 'smtp_ca_file'], message })]);
  }
}

function attempt<Result>(problems: string[], act: () => Result): Result | undefined {
  try {
    return act();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    problems.push(...error.problems);
    return undefined;
  }
}

/** A file that somebody named must exist; the one that nobody named may be absent. */
function openFile(named: string | undefined, directory: string): ConfigFile | null {
  const path = resolve(directory, named ?? FILE_NAME);
  if (named === undefined && !existsSync(path)) return null;
  const inside = relative(directory, path);
  return readConfigFile(path, inside.startsWith('..') || isAbsolute(inside) ? path : inside);
}

/** Says a problem with the place of the setting before it: the variable that set it, else the line. */
type Tell = (conflict: Conflict) => string;

function placesIn(file: ConfigFile | null, set: ReadonlyMap<string, string>): Tell {
  const variableThatSet = (path: Path): string | null => {
    const variable = variableFor(path);
    return variable !== null && set.has(variable) ? variable : null;
  };
  const isSet = (path: Path): boolean => variableThatSet(path) !== null || file?.has(path) === true;
  return ({ path: blamed, or, message }) => {
    const path = or === undefined || isSet(blamed) ? blamed : or;
    const variable = variableThatSet(path);
    if (variable !== null) return `${variable}: ${message}`;
    const where = file === null ? '' : `${file.locate(path)} `;
    return `${where}${path.length === 0 ? '' : `${dotted(path)}: `}${message}`;
  };
}

/** The built-in roles name scopes of the built-in catalogue: a new catalogue needs its own. */
function lonelyScopes(value: Readonly<Record<string, unknown>>): readonly Complaint[] {
  if (value['scopes'] === undefined || value['roles'] !== undefined) return [];
  const message =
    'found a catalogue without roles, expected "roles" too: the built-in ones name other scopes';
  return [{ path: ['scopes'], message }];
}

interface Override {
  readonly path: readonly string[];
  readonly value: unknown;
}

/** Defaults, the file over them, the environment over both. A list or `roles` replaces the whole. */
function lay(file: Readonly<Record<string, unknown>>, overrides: readonly Override[]): unknown {
  const settings = ROWS.flatMap(([name, row]) => {
    const given = file[name];
    if (row.kind === 'secret') return [];
    if (row.kind === 'setting') return [[name, given ?? row.default]];
    const over = overrides.filter(({ path }) => path[0] === name);
    const isAbsent = row.absence !== null && !isSection(given) && over.length === 0;
    const values = {
      ...defaultsOf(row),
      ...(isSection(given) ? given : {}),
      ...Object.fromEntries(over.map(({ path: [, key = ''], value }) => [key, value])),
    };
    return [[name, isAbsent ? null : values]];
  });
  const presets =
    file['presets'] === undefined && file['scopes'] !== undefined ? { presets: [] } : {};
  return { ...Object.fromEntries(settings), ...presets };
}

const isWhole = (settings: unknown): settings is Settings =>
  complaintsAbout(FileSchema, settings).length === 0;

function problemsOfWhole(settings: unknown): readonly Conflict[] {
  return isWhole(settings) ? conflictsIn(settings) : complaintsAbout(FileSchema, settings);
}
