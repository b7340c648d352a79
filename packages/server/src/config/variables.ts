/** Every GATEHOUSE_* variable. `docs/reference/configuration.md` lists the same ones; a test compares them. */
import { didYouMean, dotted, type Path } from './problem.ts';

/** Variables that set a key of the file. */
export const SETTING_VARIABLES: Readonly<Record<string, readonly [string, string]>> = {
  GATEHOUSE_BRAND_NAME: ['brand', 'name'],
  GATEHOUSE_TOKEN_PREFIX: ['brand', 'token_prefix'],
  GATEHOUSE_HOST: ['server', 'host'],
  GATEHOUSE_PORT: ['server', 'port'],
  GATEHOUSE_BASE_URL: ['server', 'base_url'],
  GATEHOUSE_DRAIN_SECONDS: ['server', 'drain_seconds'],
  GATEHOUSE_TRUSTED_PROXIES: ['server', 'trusted_proxies'],
  GATEHOUSE_METRICS_HOST: ['metrics', 'host'],
  GATEHOUSE_METRICS_PORT: ['metrics', 'port'],
  GATEHOUSE_LOG_LEVEL: ['log', 'level'],
  GATEHOUSE_LOG_REQUESTS: ['log', 'requests'],
  GATEHOUSE_DATA_DIRECTORY: ['storage', 'data_directory'],
  GATEHOUSE_DATABASE_SCHEMA: ['storage', 'database_schema'],
  GATEHOUSE_POOL_SIZE: ['storage', 'pool_size'],
  GATEHOUSE_PREPARED_STATEMENTS: ['storage', 'prepared_statements'],
  GATEHOUSE_SIGN_UP: ['sign_up', 'mode'],
  GATEHOUSE_SIGN_UP_DOMAINS: ['sign_up', 'domains'],
  GATEHOUSE_MAIL_FROM: ['mail', 'from'],
  GATEHOUSE_SMTP_TLS: ['mail', 'smtp_tls'],
  GATEHOUSE_SMTP_CA_FILE: ['mail', 'smtp_ca_file'],
  GATEHOUSE_SMTP_NAME: ['mail', 'smtp_name'],
};

/** Variables that hold a secret, or with `_FILE` name the file that holds it. */
export const SECRET_VARIABLES = [
  'GATEHOUSE_DATABASE_URL',
  'GATEHOUSE_MASTER_SECRET',
  'GATEHOUSE_SMTP_URL',
] as const;
export type SecretVariable = (typeof SECRET_VARIABLES)[number];

/** Names the configuration file. */
export const FILE_VARIABLE = 'GATEHOUSE_CONFIG';

export const VARIABLES: readonly string[] = [
  FILE_VARIABLE,
  ...Object.keys(SETTING_VARIABLES),
  ...SECRET_VARIABLES.flatMap((name) => [name, `${name}_FILE`]),
];

/**
 * Kubernetes gives every pod variables for each service of the namespace; a service whose name begins with "gatehouse"
 * gives these. Nobody wrote them, so they are passed over.
 */
const SERVICE_LINK =
  /^GATEHOUSE_(\w+_)?(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)$/;
const LINKED_PORT = /^GATEHOUSE_(\w+_)?PORT$/;
const LINKED_ADDRESS = /^(tcp|udp|sctp):\/\/([\d.]+|\[[\da-f:]+\]):\d+$/i;
const isLinkedPort = (name: string, value: string): boolean =>
  LINKED_PORT.test(name) && LINKED_ADDRESS.test(value);
const isServiceLink = (name: string, value: string): boolean =>
  SERVICE_LINK.test(name) || isLinkedPort(name, value);

/** Settings that a service link hides from whoever meant to set them. */
export function warningsAboutLinks(env: NodeJS.ProcessEnv): readonly string[] {
  return Object.entries(SETTING_VARIABLES)
    .filter(([name]) => isLinkedPort(name, env[name] ?? ''))
    .map(([name, path]) => {
      const service = name
        .replace(/_PORT$/, '')
        .toLowerCase()
        .replaceAll('_', '-');
      return `${name} is passed over: its value is what Kubernetes gives pods for a service named ${service}; set ${dotted(path)} in gatehouse.yaml or ${name} in the pod, or enableServiceLinks: false`;
    });
}

/** The variables that say something: an empty one counts as not set, as compose files write it. */
export function variablesSet(env: NodeJS.ProcessEnv): ReadonlyMap<string, string> {
  const set = Object.entries(env).filter(
    (entry): entry is [string, string] =>
      entry[0].startsWith('GATEHOUSE_') &&
      entry[1] !== undefined &&
      entry[1] !== '' &&
      !isServiceLink(entry[0], entry[1]),
  );
  return new Map(set);
}

export const unknownVariables = (set: ReadonlyMap<string, string>): string[] =>
  [...set.keys()]
    .filter((name) => !VARIABLES.includes(name))
    .map((name) => `${name}: unknown variable${didYouMean(name, VARIABLES)}`);

export const variableFor = (path: Path): string | null =>
  Object.entries(SETTING_VARIABLES).find(([, [section, key]]) => {
    return section === path[0] && key === path[1];
  })?.[0] ?? null;

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
  const names = SECRET_VARIABLES.join(', ');
  return `secrets do not belong in this file; those there are come from ${names} or the same with _FILE`;
}
