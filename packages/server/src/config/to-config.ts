/** Judged settings become the typed value that the modules are given. */
import { days, minutes } from '../kit/clock.ts';
import type { MasterSecrets } from '../keys/keys.ts';
import type { ScopeDefinition } from '../catalogue/catalogue.ts';
import { scopeNames } from './catalogue.ts';
import type { Config } from './config.ts';
import type { Settings } from './schema.ts';
import { matchScopes } from './scope-patterns.ts';
import type { SmtpServer } from './smtp.ts';

export interface Surroundings {
  readonly dataDirectory: string;
  readonly masterSecrets: MasterSecrets;
  readonly databaseUrl: string | null;
  readonly smtpUrl: string | null;
  readonly smtp: SmtpServer | null;
}

const SECONDS_PER_HOUR = 3600;
const BYTES_PER_MIB = 1 << 20;

export function toConfig(settings: Settings, surroundings: Surroundings): Config {
  const { dataDirectory, masterSecrets, databaseUrl } = surroundings;
  const { brand, sessions, attempts, tokens, rate_limit: rateLimit } = settings;
  return {
    brand: {
      name: brand.name,
      tokenPrefix: brand.token_prefix,
      accent: brand.accent.toLowerCase(),
      supportUrl: brand.support_url,
      docsUrl: brand.docs_url,
    },
    server: toServer(settings.server),
    metrics: settings.metrics === null ? null : { ...settings.metrics },
    log: { ...settings.log },
    storage: { dataDirectory, databaseUrl, ...toStorage(settings) },
    masterSecrets,
    signUp: {
      mode: settings.sign_up.mode,
      domains: settings.sign_up.domains.map((domain) => domain.toLowerCase()),
    },
    sessions: {
      idleSeconds: sessions.idle_hours * SECONDS_PER_HOUR,
      absoluteSeconds: sessions.absolute_hours * SECONDS_PER_HOUR,
    },
    deletion: { graceSeconds: days(settings.deletion.grace_days) },
    retention: toRetention(settings),
    attempts: {
      windowSeconds: attempts.window_seconds,
      perAccount: attempts.per_account,
      perAddress: attempts.per_address,
    },
    tokens: {
      longestLifeDays: tokens.longest_life_days,
      allowNever: tokens.allow_never,
      mostPerUser: tokens.most_per_user,
    },
    apps: {
      registration: settings.apps.registration,
      mostPerUser: settings.apps.most_per_user,
    },
    oauth: {
      accessSeconds: minutes(settings.oauth.access_minutes),
      refreshSeconds: days(settings.oauth.refresh_days),
      longestSeconds: days(settings.oauth.longest_days),
      retrySeconds: settings.oauth.retry_seconds,
    },
    rateLimit: {
      requests: rateLimit.requests,
      windowSeconds: rateLimit.window_seconds,
      changesPerDay: rateLimit.changes_per_day,
      failures: rateLimit.failures,
    },
    mail: toMail(settings.mail, surroundings),
    ...toScopes(settings),
  };
}

const toServer = (server: Settings['server']): Config['server'] => ({
  host: server.host,
  port: server.port,
  baseUrl: new URL(server.base_url ?? `http://localhost:${server.port}`).origin,
  trustedProxies: [...server.trusted_proxies],
  bodyLimitBytes: server.body_limit_bytes,
  requestTimeoutSeconds: server.request_timeout_seconds,
  mostConnections: server.most_connections,
  mostConnectionsPerAddress: server.most_connections_per_address,
  drainSeconds: server.drain_seconds,
  shutdownSeconds: server.shutdown_seconds,
});

const toStorage = ({ storage }: Settings) => ({
  reserveBytes: storage.reserve_mib * BYTES_PER_MIB,
  changesMilliseconds: storage.changes_milliseconds,
  limits: toLimits(storage),
});

const toLimits = (storage: Settings['storage']): Config['storage']['limits'] => ({
  schema: storage.database_schema,
  poolSize: storage.pool_size,
  connectSeconds: storage.connect_seconds,
  querySeconds: storage.query_seconds,
  lockSeconds: storage.lock_seconds,
  connectionMinutes: storage.connection_minutes,
  preparedStatements: storage.prepared_statements,
});

const toRetention = ({ retention }: Settings): Config['retention'] => ({
  eventsDays: retention.events_days,
  endedDays: retention.ended_days,
  useDays: retention.use_days,
  mailDays: retention.mail_days,
  browsersDays: retention.browsers_days,
  proofsDays: retention.proofs_days,
  familiesDays: retention.families_days,
  accessDays: retention.access_days,
});

const toMail = (
  mail: Settings['mail'],
  { smtpUrl, smtp }: Pick<Surroundings, 'smtpUrl' | 'smtp'>,
): Config['mail'] => ({
  from: mail.from,
  smtpUrl,
  smtpTls: mail.smtp_tls,
  smtpCaFile: mail.smtp_ca_file,
  smtpName: mail.smtp_name,
  smtp,
});

function toScopes(settings: Settings): Pick<Config, 'scopes' | 'presets' | 'roles'> {
  const names = scopeNames(settings);
  const scopes = settings.scopes.flatMap(({ category, scopes: entries }) =>
    entries.map(({ name, description, level, holders, was = [] }): ScopeDefinition => ({
      name,
      description,
      category,
      level: level ?? levelOf(name),
      holders: holders ?? 'everyone',
      ...(was.length > 0 && { was: [...was] }),
    })),
  );
  const forTokens = scopes.filter(({ holders }) => holders === 'everyone').map(({ name }) => name);
  const { owner, admin, member, viewer } = settings.roles;
  return {
    scopes,
    presets: settings.presets.map(({ name, scopes: patterns }) => ({
      name,
      scopes: expand(patterns, forTokens),
    })),
    roles: {
      owner: expand(owner, names),
      admin: expand(admin, names),
      member: expand(member, names),
      viewer: expand(viewer, names),
    },
  };
}

const levelOf = (name: string): ScopeDefinition['level'] =>
  name.endsWith('.read') ? 'read' : name.endsWith('.delete') ? 'delete' : 'write';

/** In the order of the catalogue, each once. */
function expand(patterns: readonly string[], names: readonly string[]): readonly string[] {
  const chosen = new Set(patterns.flatMap((pattern) => matchScopes(pattern, names)));
  return names.filter((name) => chosen.has(name));
}
