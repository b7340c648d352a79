/**
 * Every setting of gatehouse.yaml, one a row: its default; what it may be, in which unit, and the variable that sets it; its
 * meaning. The schema, the types, the conversion to `Config`, `gatehouse config` and the documents come from here.
 */
import {
  PRESETS,
  PRESETS_SCHEMA,
  ROLES,
  ROLES_SCHEMA,
  SCOPES,
  SCOPES_SCHEMA,
} from './catalogue-settings.ts';
import { problemOfSmtpUrl } from '../mail/smtp-server.ts';
import {
  choice,
  converted,
  flag,
  list,
  optionalSection,
  orNull,
  secret,
  section,
  setting,
  text,
  whole,
  type Secret,
  type Section,
  type Setting,
} from './setting.ts';
import * as texts from './texts.ts';

// prettier-ignore
export const SETTINGS = {
  brand: section('How pages, messages and credentials call this installation.', {
    name: text('Gatehouse', { of: texts.NAME, variable: 'GATEHOUSE_BRAND_NAME' }, 'Name on pages and in messages.'),
    token_prefix: text('gate', { of: texts.TOKEN_PREFIX, variable: 'GATEHOUSE_TOKEN_PREFIX' },
      'First word of every credential. Changing it makes every existing credential unknown.'),
    accent: text('#3451b2', { of: texts.COLOUR, isCaseless: true }, 'Colour of buttons and links. White text on it must reach a contrast of 4.5 to 1.'),
    support_url: orNull(text(null, { of: texts.LINK }, 'Where people find help; null for nowhere.')),
    docs_url: orNull(text(null, { of: texts.WEB_ADDRESS }, 'Documentation of your API; null for none.')),
  }),
  server: section('Where the server listens and what it accepts.', {
    host: text('localhost', { of: texts.HOST, variable: 'GATEHOUSE_HOST' }, 'Host name or IP address to listen on.'),
    port: whole(4000, { unit: 'port', range: [1, 65_535], variable: 'GATEHOUSE_PORT' }, 'Port to listen on.'),
    base_url: orNull(text(null, { of: texts.ORIGIN, variable: 'GATEHOUSE_BASE_URL' },
      'What users type to reach this server; null for http://localhost and the port. Use https for everything but this machine.')),
    trusted_proxies: list({ of: texts.PROXY, item: 'IP address or CIDR range.', variable: 'GATEHOUSE_TRUSTED_PROXIES' },
      'Proxies whose X-Forwarded-* headers are believed; none when empty.'),
    body_limit_bytes: whole(65_536, { unit: 'bytes', range: [1024, 16_777_216] }, 'Largest request body.'),
    request_timeout_seconds: whole(30, { unit: 'seconds', range: [1, 600] }, 'Time a client has to send its request.'),
    most_connections: whole(4096, { unit: 'count', range: [1, 1_000_000] }, 'Connections at a time; fewer where the process may open fewer files.'),
    most_connections_per_address: whole(256, { unit: 'count', range: [1, 1_000_000] },
      'Connections at a time from one network address that is no trusted proxy, and at most half of all.'),
    drain_seconds: whole(1, { unit: 'seconds', range: [0, 600], variable: 'GATEHOUSE_DRAIN_SECONDS' },
      'Time between SIGTERM, when /readyz turns 503, and the end of listening.'),
    shutdown_seconds: whole(10, { unit: 'seconds', range: [1, 600] }, 'Time running requests have to finish after that.'),
  }),
  metrics: optionalSection('A separate listener for Prometheus.', 'no listener', {
    host: text('127.0.0.1', { of: texts.HOST, variable: 'GATEHOUSE_METRICS_HOST' }, 'Host name or IP address to listen on.'),
    port: whole(null, { unit: 'port', range: [1, 65_535], variable: 'GATEHOUSE_METRICS_PORT' }, 'Port to listen on.'),
  }),
  log: section('What is written to standard output, one JSON object a line.', {
    level: choice('info', { of: ['fatal', 'error', 'warn', 'info', 'debug', 'silent'], variable: 'GATEHOUSE_LOG_LEVEL' }, 'Least severe level that is written.'),
    requests: flag(true, { variable: 'GATEHOUSE_LOG_REQUESTS' }, 'One line for every request.'),
  }),
  storage: section('Where data is kept. GATEHOUSE_DATABASE_URL chooses PostgreSQL.', {
    data_directory: text('./data', { of: texts.PATH, variable: 'GATEHOUSE_DATA_DIRECTORY' },
      'Directory of the SQLite database and the master secret, relative to the working directory.'),
    database_url: secret('GATEHOUSE_DATABASE_URL', texts.problemOfDatabaseUrl, '`postgres://user:password@host:5432/database`; without it SQLite in the data directory'),
    reserve_mib: converted(8, { unit: 'mib', range: [0, 1024] }, 'Room in MiB that SQLite reserves for ending access on a full disk; 0 for none.'),
    changes_milliseconds: whole(50, { unit: 'milliseconds', range: [10, 800] },
      'How often a process reads what others changed of access: commands, and with PostgreSQL other servers.'),
    database_schema: text('public', { of: texts.DATABASE_SCHEMA, variable: 'GATEHOUSE_DATABASE_SCHEMA' },
      "Schema of PostgreSQL that holds the tables, whatever the role's search_path is."),
    pool_size: whole(10, { unit: 'count', range: [1, 1000], variable: 'GATEHOUSE_POOL_SIZE' }, 
      'Most connections to PostgreSQL of one process; all processes together stay below its max_connections.'),
    connect_seconds: whole(5, { unit: 'seconds', range: [1, 60] }, 'Time to make a connection to PostgreSQL, and to wait for one while all are in use.'),
    query_seconds: whole(10, { unit: 'seconds', range: [1, 600] }, 'Time for the answer to one statement. Then its connection is given up.'),
    lock_seconds: whole(5, { unit: 'seconds', range: [1, 600] }, 'Time to wait for rows that another transaction holds.'),
    connection_minutes: whole(30, { unit: 'minutes', range: [1, 1440] }, 'A connection to PostgreSQL is replaced after this long.'),
    prepared_statements: choice('auto', { of: ['auto', 'never'], variable: 'GATEHOUSE_PREPARED_STATEMENTS' },
      'Named statements: auto for none through a pooler such as PgBouncer, which is noticed; never for a pooler that is not noticed.'),
  }),
  master_secret: secret('GATEHOUSE_MASTER_SECRET', texts.problemOfMasterSecret,
    'at least 32 random bytes in base64 or hexadecimal: `openssl rand -base64 32`; behind it, after commas, those that it replaced, at most 8 in all'),
  sign_up: section('Who may make an account.', {
    mode: choice('open', { of: ['open', 'domains', 'closed'], variable: 'GATEHOUSE_SIGN_UP' }, 'Everybody, addresses at the listed domains, or nobody.'),
    domains: list({ of: texts.DOMAIN, item: 'Domain of e-mail addresses; its subdomains are not included.', variable: 'GATEHOUSE_SIGN_UP_DOMAINS', isCaseless: true },
      'Domains for the mode "domains".'),
  }),
  sessions: section('How long people stay signed in.', {
    idle_hours: converted(168, { unit: 'hours', range: [1, 8760] }, 'A session unused for this long ends.'),
    absolute_hours: converted(720, { unit: 'hours', range: [1, 8760] }, 'A session ends after this long, however busy it is.'),
  }),
  deletion: section('What happens when a person is deleted.', {
    grace_days: converted(14, { unit: 'days', range: [0, 365] }, 'Days for which a deletion can be taken back; then the person is erased.'),
  }),
  retention: section('For how many days what is over is kept. What lives is never deleted for its age.', {
    events_days: orNull(whole(400, { unit: 'days', range: [1, 36_500] }, 'Events of the security log; null for good.')),
    ended_days: whole(90, { unit: 'days', range: [1, 36_500] }, 'Developer tokens, client secrets, connections and apps after they ended.'),
    use_days: whole(90, { unit: 'days', range: [1, 3650] }, 'Counts of use by day, and addresses that used a token.'),
    mail_days: whole(30, { unit: 'days', range: [1, 3650] }, 'Messages after they were sent or given up.'),
    browsers_days: whole(400, { unit: 'days', range: [1, 3650] }, 'Browsers that a person signed in from, after the last time; then they are new again.'),
    proofs_days: whole(7, { unit: 'days', range: [1, 365] }, 'Links by e-mail after their end.'),
    families_days: whole(7, { unit: 'days', range: [1, 365] }, 'Refresh tokens after their end; until then one that comes back is known.'),
    access_days: whole(1, { unit: 'days', range: [1, 365] }, 'Codes and access tokens of apps after their end.'),
  }),
  attempts: section('How often passwords and e-mailed links may be tried or asked for.', {
    window_seconds: whole(900, { unit: 'seconds', range: [1, 86_400] }, 'Time over which attempts are counted.'),
    per_account: whole(10, { unit: 'count', range: [1, 10_000] }, 'Attempts on one account within the window.'),
    per_address: whole(50, { unit: 'count', range: [1, 100_000] }, 'Attempts from one network address within the window.'),
  }),
  tokens: section('Policy for developer tokens.', {
    longest_life_days: orNull(whole(null, { unit: 'days', range: [1, 3650] }, 'Longest life of a token; null for no bound. With a bound, allow_never must be false.')),
    allow_never: flag(true, {}, 'Whether a token may live until it is revoked.'),
    most_per_user: whole(100, { unit: 'count', range: [1, 10_000] }, 'Most tokens that one user may hold at a time, and make ten times within 24 hours.'),
  }),
  apps: section('OAuth apps.', {
    registration: choice('everyone', { of: ['everyone', 'operators'] }, 'Who may register apps: everybody with a verified address, or operators.'),
    most_per_user: whole(25, { unit: 'count', range: [1, 1000] }, 'Most apps that one user may have at a time, and make ten times within 24 hours.'),
  }),
  oauth: section('How long what apps are given lasts. An app may have shorter or longer times.', {
    access_minutes: converted(60, { unit: 'minutes', range: [1, 1440] }, 'Life of an access token.'),
    refresh_days: converted(30, { unit: 'days', range: [1, 365] }, 'Life of a refresh token that is not used.'),
    longest_days: converted(365, { unit: 'days', range: [1, 3650] }, 'After this long an app must ask the user again.'),
    retry_seconds: whole(20, { unit: 'seconds', range: [0, 600] }, 'How long a refresh that was answered may be repeated while nothing of the answer was used.'),
  }),
  rate_limit: section('Requests that one user may send to one endpoint of the API, and forms to the portal.', {
    requests: whole(600, { unit: 'count', range: [1, 1_000_000] }, 'Requests within the window.'),
    failures: whole(30, { unit: 'count', range: [1, 1_000_000] }, 
      'Wrong client secrets, codes and tokens within the window, of one address or client. What is right always passes.'),
    window_seconds: whole(60, { unit: 'seconds', range: [1, 86_400] }, 'Length of the window.'),
    changes_per_day: whole(2000, { unit: 'count', range: [10, 1_000_000] },
      'Changes that one person may make in a day, and sign-ins; what ends access is never refused.'),
  }),
  mail: section('Outgoing mail. GATEHOUSE_SMTP_URL names the server.', {
    from: text('Gatehouse <gatehouse@localhost>', { of: texts.SENDER, variable: 'GATEHOUSE_MAIL_FROM' }, 'Sender of every message.'),
    smtp_url: secret('GATEHOUSE_SMTP_URL', problemOfSmtpUrl, '`smtp://user:password@host:587` or `smtps://…`; without it mail stays in the development mailbox'),
    smtp_tls: choice('required', { of: ['required', 'never'], variable: 'GATEHOUSE_SMTP_TLS' },
      'TLS with the SMTP server: needed unless it is on loopback, or not even when it is offered.'),
    smtp_ca_file: orNull(text(null, { of: texts.FILE, variable: 'GATEHOUSE_SMTP_CA_FILE' },
      'Certificates in PEM that the SMTP server may be signed by, beside the usual ones; null for none.')),
    smtp_name: orNull(text(null, { of: texts.EHLO_NAME, variable: 'GATEHOUSE_SMTP_NAME' }, 'Name in EHLO; null for the host of server.base_url.')),
  }),
  scopes: setting(SCOPES_SCHEMA, SCOPES),
  presets: setting(PRESETS_SCHEMA, PRESETS),
  roles: setting(ROLES_SCHEMA, ROLES),
} as const satisfies Readonly<Record<string, Section | Setting | Secret>>;
