/**
 * Owns the way from file and environment to the one frozen configuration. Depends on the schema, the scope vocabulary
 * and the credential grammar. Never guesses: everything wrong is reported at once, and nothing starts.
 */
import { existsSync } from 'node:fs';
import { isAbsolute, relative, resolve } from 'node:path';
import type { MasterSecrets } from '../keys/keys.ts';
import { randomBytes } from '../kit/random.ts';
import { conflictsIn } from './combinations.ts';
import type { Config } from './config.ts';
import { DEFAULTS, METRICS_HOST } from './defaults.ts';
import { readOverrides, type Override } from './environment.ts';
import { readConfigFile, type ConfigFile } from './file.ts';
import { deepFreeze } from './freeze.ts';
import { keepMasterSecret } from './master-secret.ts';
import { ConfigError, dotted, type Path } from './problem.ts';
import { FileSchema, SettingsSchema, type Settings } from './schema.ts';
import { readSecrets } from './secrets.ts';
import { readSmtpServer } from './smtp.ts';
import { toConfig } from './to-config.ts';
import { complaintsAbout, isSection } from './validate.ts';
import { FILE_VARIABLE, unknownVariables, variableFor, variablesSet } from './variables.ts';

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
  const place = placesIn(configFile ?? null, set);
  for (const { path, message } of complaintsAbout(FileSchema, configFile?.value ?? {})) {
    problems.push(place.at(path, message));
  }
  problems.push(
    ...lonelyScopes(configFile?.value ?? {}).map((message) => place.at(['scopes'], message)),
  );
  const { overrides, problems: wrongVariables } = readOverrides(set);
  const secrets = readSecrets(set, directory);
  problems.push(...wrongVariables, ...secrets.problems);

  const settings = lay(configFile?.value ?? {}, overrides);
  problems.push(...problemsOfWhole(settings, problems.length === 0, place));
  if (problems.length > 0 || !isWhole(settings)) throw new ConfigError(problems);
  const smtp = readSmtpServer(secrets.smtpUrl, settings, {
    directory,
    refuse: (message) => new ConfigError([place.at(['mail', 'smtp_ca_file'], message)]),
  });
  const dataDirectory = resolve(directory, settings.storage.data_directory);
  const masterSecrets = secrets.masterSecrets ?? keepSecret(dataDirectory);
  const { databaseUrl, smtpUrl } = secrets;
  const surroundings = { dataDirectory, masterSecrets, databaseUrl, smtpUrl, smtp };
  return deepFreeze(toConfig(settings, surroundings));
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

interface Places {
  /** The message with the place of the setting before it: the variable that set it, else the line. */
  at(path: Path, message: string): string;
  isSet(path: Path): boolean;
}

function placesIn(file: ConfigFile | null, set: ReadonlyMap<string, string>): Places {
  const variableThatSet = (path: Path): string | null => {
    const variable = variableFor(path);
    return variable !== null && set.has(variable) ? variable : null;
  };
  return {
    at(path, message) {
      const variable = variableThatSet(path);
      if (variable !== null) return `${variable}: ${message}`;
      const where = file === null ? '' : `${file.locate(path)} `;
      return `${where}${path.length === 0 ? '' : `${dotted(path)}: `}${message}`;
    },
    isSet: (path) => variableThatSet(path) !== null || file?.has(path) === true,
  };
}

/** The built-in roles name scopes of the built-in catalogue: a new catalogue needs its own. */
function lonelyScopes(value: Readonly<Record<string, unknown>>): readonly string[] {
  if (value['scopes'] === undefined || value['roles'] !== undefined) return [];
  return [
    'found a catalogue without roles, expected "roles" too: the built-in ones name other scopes',
  ];
}

/** Defaults, the file over them, the environment over both. A list or `roles` replaces the whole. */
function lay(file: Readonly<Record<string, unknown>>, overrides: readonly Override[]): unknown {
  const settings: Record<string, unknown> = { ...DEFAULTS, ...file };
  if (file['scopes'] !== undefined && file['presets'] === undefined) settings['presets'] = [];
  const put = (section: string, values: object): void => {
    const base = settings[section];
    settings[section] = { ...(isSection(base) ? base : {}), ...values };
  };
  for (const [section, defaults] of Object.entries(DEFAULTS)) {
    const value = file[section];
    if (isSection(value))
      settings[section] = { ...(isSection(defaults) ? defaults : {}), ...value };
  }
  for (const { section, key, value } of overrides) put(section, { [key]: value });
  if (isSection(settings['metrics']))
    settings['metrics'] = { host: METRICS_HOST, ...settings['metrics'] };
  return settings;
}

const isWhole = (settings: unknown): settings is Settings =>
  complaintsAbout(SettingsSchema, settings).length === 0;

/** Combinations are judged when each setting alone is right: a wrong one would only be reported twice. */
function problemsOfWhole(settings: unknown, isRightSoFar: boolean, place: Places): string[] {
  if (!isRightSoFar) return [];
  const complaints = complaintsAbout(SettingsSchema, settings);
  const conflicts = isWhole(settings) ? conflictsIn(settings) : [];
  return [
    ...complaints.map(({ path, message }) => place.at(path, message)),
    ...conflicts.map(({ path, or, message }) =>
      place.at(or === undefined || place.isSet(path) ? path : or, message),
    ),
  ];
}
