/** The effective configuration in the words of gatehouse.yaml, for people and programs to look at. Masks every secret. */
import type { Config } from './config.ts';

const SECONDS_PER_MINUTE = 60;
const SECONDS_PER_HOUR = 3600;
const SECONDS_PER_DAY = 86_400;

export interface ConfigDescription {
  readonly [key: string]: unknown;
}

export function describeConfig(config: Config): ConfigDescription {
  const { brand, log, metrics, storage, sessions, attempts, tokens, rateLimit } = config;
  return {
    brand: {
      name: brand.name,
      token_prefix: brand.tokenPrefix,
      accent: brand.accent,
      support_url: brand.supportUrl,
      docs_url: brand.docsUrl,
    },
    server: describeServer(config.server),
    metrics,
    log: { level: log.level, requests: log.requests },
    storage: {
      data_directory: storage.dataDirectory,
      database_url: maskUrl(storage.databaseUrl),
      reserve_mib: storage.reserveBytes / (1 << 20),
      changes_milliseconds: storage.changesMilliseconds,
      ...describeLimits(storage.limits),
    },
    master_secret: MASK,
    sign_up: { mode: config.signUp.mode, domains: config.signUp.domains },
    sessions: {
      idle_hours: sessions.idleSeconds / SECONDS_PER_HOUR,
      absolute_hours: sessions.absoluteSeconds / SECONDS_PER_HOUR,
    },
    deletion: { grace_days: config.deletion.graceSeconds / 86_400 },
    retention: retentionOf(config),
    attempts: {
      window_seconds: attempts.windowSeconds,
      per_account: attempts.perAccount,
      per_address: attempts.perAddress,
    },
    tokens: {
      longest_life_days: tokens.longestLifeDays,
      allow_never: tokens.allowNever,
      most_per_user: tokens.mostPerUser,
    },
    apps: { registration: config.apps.registration, most_per_user: config.apps.mostPerUser },
    oauth: {
      access_minutes: config.oauth.accessSeconds / SECONDS_PER_MINUTE,
      refresh_days: config.oauth.refreshSeconds / SECONDS_PER_DAY,
      longest_days: config.oauth.longestSeconds / SECONDS_PER_DAY,
      retry_seconds: config.oauth.retrySeconds,
    },
    rate_limit: {
      requests: rateLimit.requests,
      failures: rateLimit.failures ?? rateLimit.requests,
      window_seconds: rateLimit.windowSeconds,
      changes_per_day: rateLimit.changesPerDay,
    },
    mail: describeMail(config.mail),
    scopes: byCategory(config.scopes),
    presets: config.presets,
    roles: config.roles,
  };
}

const describeServer = (server: Config['server']): ConfigDescription => ({
  host: server.host,
  port: server.port,
  base_url: server.baseUrl,
  trusted_proxies: server.trustedProxies,
  body_limit_bytes: server.bodyLimitBytes,
  request_timeout_seconds: server.requestTimeoutSeconds,
  most_connections: server.mostConnections,
  most_connections_per_address: server.mostConnectionsPerAddress,
  drain_seconds: server.drainSeconds,
  shutdown_seconds: server.shutdownSeconds,
});

const describeLimits = (limits: Config['storage']['limits']): ConfigDescription => ({
  database_schema: limits.schema,
  pool_size: limits.poolSize,
  connect_seconds: limits.connectSeconds,
  query_seconds: limits.querySeconds,
  lock_seconds: limits.lockSeconds,
  connection_minutes: limits.connectionMinutes,
  prepared_statements: limits.preparedStatements,
});

const retentionOf = ({ retention }: Config) => ({
  events_days: retention.eventsDays,
  ended_days: retention.endedDays,
  use_days: retention.useDays,
  mail_days: retention.mailDays,
  browsers_days: retention.browsersDays,
  proofs_days: retention.proofsDays,
  families_days: retention.familiesDays,
  access_days: retention.accessDays,
});

const describeMail = ({ from, smtpUrl, smtpTls, smtpCaFile, smtpName }: Config['mail']) => ({
  from,
  smtp_url: maskUrl(smtpUrl),
  smtp_tls: smtpTls,
  smtp_ca_file: smtpCaFile,
  smtp_name: smtpName,
});

function byCategory(scopes: Config['scopes']) {
  return [...Map.groupBy(scopes, ({ category }) => category)].map(([category, entries]) => ({
    category,
    scopes: entries.map(({ name, description, level, holders, was }) => ({
      name,
      description,
      level,
      holders,
      ...(was !== undefined && { was }),
    })),
  }));
}

const MASK = '********';

/** Keeps what tells one server from another. The query goes as a whole: PostgreSQL takes passwords there too. */
export function maskUrl(text: string | null): string | null {
  if (text === null) return null;
  const url = URL.parse(text);
  if (url === null) return MASK;
  const user =
    url.username === '' ? '' : `${url.username}${url.password === '' ? '' : `:${MASK}`}@`;
  const query = url.search === '' ? '' : `?${MASK}`;
  return `${url.protocol}//${user}${url.host}${url.pathname}${query}`;
}
