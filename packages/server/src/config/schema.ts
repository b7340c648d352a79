/**
 * The shape of gatehouse.yaml. It validates the file and the environment, is published as JSON Schema for editors and
 * is compared with the documents by a test. Never holds a key for a secret: those come from the environment alone.
 */
import { Type, type Static, type TObject, type TProperties, type TSchema } from 'typebox';
import { LONGEST_SCOPE } from '../catalogue/catalogue.ts';
import { BRAND_PATTERN } from '../oauth/tokens/format.ts';

/** Shown as the expectation when the pattern does not match; the YAML language server shows it under the same name. */
const text = (patternErrorMessage: string, pattern: string, description: string) =>
  Type.String({ description, pattern, patternErrorMessage, maxLength: 500 });

const scopeName = (description: string) =>
  Type.String({
    description,
    pattern: SCOPE_NAME,
    patternErrorMessage: `a name of at most ${LONGEST_SCOPE} characters without spaces, quotes, backslashes or "*"`,
    maxLength: LONGEST_SCOPE,
  });

const whole = (minimum: number, maximum: number, description: string) =>
  Type.Integer({ description, minimum, maximum });

const section = <Keys extends TProperties>(description: string, keys: Keys) =>
  Type.Object(keys, { description, additionalProperties: false });

const WEB_ADDRESS = '^https?://[^\\s]+$';
const HOST = '^[^\\s/@]+$';
/** RFC 6749 section 3.3 without `*`, which roles and presets use in patterns. */
const SCOPE_NAME = '^[!#-)+-\\[\\]-~]+$';
const SCOPE_PATTERN = '^[!#-\\[\\]-~]+$';

const Brand = section('How pages, messages and credentials call this installation.', {
  name: text(
    'a name of 1 to 60 characters',
    '^\\S(.{0,58}\\S)?$',
    'Name on pages and in messages.',
  ),
  token_prefix: text(
    'a lower-case letter, then 1 to 15 lower-case letters and digits',
    BRAND_PATTERN,
    'First word of every credential. Changing it makes every existing credential unknown.',
  ),
  accent: text(
    'a colour such as "#3451b2"',
    '^#[0-9a-fA-F]{6}$',
    'Colour of buttons and links. White text on it must reach a contrast of 4.5 to 1.',
  ),
  support_url: Type.Union([
    text(
      'an http(s) or mailto address',
      '^(https?://|mailto:)[^\\s]+$',
      'Where people find help; null for nowhere.',
    ),
    Type.Null(),
  ]),
  docs_url: Type.Union([
    text('an http(s) address', WEB_ADDRESS, 'Documentation of your API; null for none.'),
    Type.Null(),
  ]),
});

const Server = section('Where the server listens and what it accepts.', {
  host: text('a host name or an IP address', HOST, 'Host name or IP address to listen on.'),
  port: whole(1, 65_535, 'Port to listen on.'),
  base_url: Type.Union([
    text(
      'an http(s) address without a path',
      WEB_ADDRESS,
      'What users type to reach this server; null for http://localhost and the port.',
    ),
    Type.Null(),
  ]),
  trusted_proxies: Type.Array(
    text(
      'an IP address, a CIDR range, "loopback", "linklocal" or "uniquelocal"',
      '^[0-9A-Za-z.:/]+$',
      'IP address or CIDR range.',
    ),
    {
      description: 'Proxies whose X-Forwarded-* headers are believed; none when empty.',
      uniqueItems: true,
    },
  ),
  body_limit_bytes: whole(1024, 16_777_216, 'Largest request body.'),
  request_timeout_seconds: whole(1, 600, 'Time a client has to send its request.'),
  most_connections: whole(
    1,
    1_000_000,
    'Connections at a time; fewer where the process may open fewer files.',
  ),
  most_connections_per_address: whole(
    1,
    1_000_000,
    'Connections at a time from one network address that is no trusted proxy, and at most half of all.',
  ),
  drain_seconds: whole(
    0,
    600,
    'Time between SIGTERM, when /readyz turns 503, and the end of listening.',
  ),
  shutdown_seconds: whole(1, 600, 'Time running requests have to finish after that.'),
});

const Metrics = section('A separate listener for Prometheus.', {
  host: text('a host name or an IP address', HOST, 'Host name or IP address to listen on.'),
  port: whole(1, 65_535, 'Port to listen on.'),
});

const MetricsInFile = section('A separate listener for Prometheus.', {
  host: Type.Optional(Metrics.properties.host),
  port: Metrics.properties.port,
});

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'silent'] as const;

const Log = section('What is written to standard output, one JSON object a line.', {
  level: Type.Enum([...LOG_LEVELS], { description: 'Least severe level that is written.' }),
  requests: Type.Boolean({ description: 'One line for every request.' }),
});

const PREPARED_STATEMENTS = ['auto', 'never'] as const;

const Storage = section('Where data is kept. GATEHOUSE_DATABASE_URL chooses PostgreSQL.', {
  data_directory: text(
    'a path',
    '^[^\\u0000]+$',
    'Directory of the SQLite database and the master secret, relative to the working directory.',
  ),
  database_schema: text(
    'a name of 1 to 63 characters',
    '^[^\\u0000-\\u001f"]{1,63}$',
    "Schema of PostgreSQL that holds the tables, whatever the role's search_path is.",
  ),
  reserve_mib: whole(
    0,
    1024,
    'Room in MiB that SQLite reserves for ending access on a full disk; 0 for none.',
  ),
  changes_milliseconds: whole(
    10,
    800,
    'How often a process reads what others changed of access: commands, and with PostgreSQL other servers.',
  ),
  pool_size: whole(1, 1000, 'Most connections to PostgreSQL of one process.'),
  connect_seconds: whole(
    1,
    60,
    'Time to make a connection to PostgreSQL, and to wait for one while all are in use.',
  ),
  query_seconds: whole(
    1,
    600,
    'Time for the answer to one statement. Then its connection is given up.',
  ),
  lock_seconds: whole(1, 600, 'Time to wait for rows that another transaction holds.'),
  connection_minutes: whole(1, 1440, 'A connection to PostgreSQL is replaced after this long.'),
  prepared_statements: Type.Enum([...PREPARED_STATEMENTS], {
    description:
      'Named statements on direct connections and none through a pooler, or none at all.',
  }),
});

const SIGN_UP_MODES = ['open', 'domains', 'closed'] as const;

const SignUp = section('Who may make an account.', {
  mode: Type.Enum([...SIGN_UP_MODES], {
    description: 'Everybody, addresses at the listed domains, or nobody.',
  }),
  domains: Type.Array(
    text(
      'a domain such as "example.com"',
      '^([0-9A-Za-z]([0-9A-Za-z-]*[0-9A-Za-z])?\\.)*[0-9A-Za-z]([0-9A-Za-z-]*[0-9A-Za-z])?$',
      'Domain of e-mail addresses; its subdomains are not included.',
    ),
    { description: 'Domains for the mode "domains".', uniqueItems: true },
  ),
});

const Sessions = section('How long people stay signed in.', {
  idle_hours: whole(1, 8760, 'A session unused for this long ends.'),
  absolute_hours: whole(1, 8760, 'A session ends after this long, however busy it is.'),
});

const Deletion = section('What happens when a person is deleted.', {
  grace_days: whole(
    0,
    365,
    'Days for which a deletion can be taken back; then the person is erased.',
  ),
});

const LONGEST_DAYS = 36_500;

const Retention = section(
  'For how many days what is over is kept. What lives is never deleted for its age.',
  {
    events_days: Type.Union([
      whole(1, LONGEST_DAYS, 'Events of the security log; null for good.'),
      Type.Null(),
    ]),
    ended_days: whole(
      1,
      LONGEST_DAYS,
      'Developer tokens, client secrets, connections and apps after they ended.',
    ),
    use_days: whole(1, 3650, 'Counts of use by day, and addresses that used a token.'),
    mail_days: whole(1, 3650, 'Messages after they were sent or given up.'),
    browsers_days: whole(
      1,
      3650,
      'Browsers that a person signed in from, after the last time; then they are new again.',
    ),
    proofs_days: whole(1, 365, 'Links by e-mail after their end.'),
    families_days: whole(
      1,
      365,
      'Refresh tokens after their end; until then one that comes back is known.',
    ),
    access_days: whole(1, 365, 'Codes and access tokens of apps after their end.'),
  },
);

const Attempts = section('How often passwords and e-mailed links may be tried or asked for.', {
  window_seconds: whole(1, 86_400, 'Time over which attempts are counted.'),
  per_account: whole(1, 10_000, 'Attempts on one account within the window.'),
  per_address: whole(1, 100_000, 'Attempts from one network address within the window.'),
});

const Tokens = section('Policy for developer tokens.', {
  longest_life_days: Type.Union([
    whole(1, 3650, 'Longest life of a token; null for no bound.'),
    Type.Null(),
  ]),
  allow_never: Type.Boolean({ description: 'Whether a token may live until it is revoked.' }),
  most_per_user: whole(
    1,
    10_000,
    'Most tokens that one user may hold at a time, and make ten times within 24 hours.',
  ),
});

const REGISTRATION = ['everyone', 'operators'] as const;

const Apps = section('OAuth apps.', {
  registration: Type.Enum([...REGISTRATION], {
    description: 'Who may register apps: everybody with a verified address, or operators.',
  }),
  most_per_user: whole(
    1,
    1000,
    'Most apps that one user may have at a time, and make ten times within 24 hours.',
  ),
});

const OAuth = section(
  'How long what apps are given lasts. An app may have shorter or longer times.',
  {
    access_minutes: whole(1, 1440, 'Life of an access token.'),
    refresh_days: whole(1, 365, 'Life of a refresh token that is not used.'),
    longest_days: whole(1, 3650, 'After this long an app must ask the user again.'),
    retry_seconds: whole(
      0,
      600,
      'How long a refresh that was answered may be repeated while nothing of the answer was used.',
    ),
  },
);

const RateLimit = section(
  'Requests that one user may send to one endpoint of the API, and forms to the portal.',
  {
    requests: whole(1, 1_000_000, 'Requests within the window.'),
    failures: whole(
      1,
      1_000_000,
      'Wrong client secrets, codes and tokens within the window, of one address or client.',
    ),
    window_seconds: whole(1, 86_400, 'Length of the window.'),
    changes_per_day: whole(
      10,
      1_000_000,
      'Changes that one person may make in a day, and sign-ins; what ends access is never refused.',
    ),
  },
);

const Mail = section('Outgoing mail. GATEHOUSE_SMTP_URL names the server.', {
  from: text(
    'an address such as "Example <no-reply@example.com>"',
    '^([^<>\\r\\n]*<[^<>\\s@]+@[^<>\\s@]+>|[^<>\\s@]+@[^<>\\s@]+)$',
    'Sender of every message.',
  ),
  smtp_tls: Type.Enum(['required', 'never'], {
    description:
      'TLS with the SMTP server: needed unless it is on loopback, or not even when it is offered.',
  }),
  smtp_ca_file: Type.Union([
    text(
      'the name of a file',
      '^\\S(.*\\S)?$',
      'Certificates in PEM that the SMTP server may be signed by, beside the usual ones; null for none.',
    ),
    Type.Null(),
  ]),
  smtp_name: Type.Union([
    text(
      'a host name or an address in brackets',
      '^([A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|\\[[0-9A-Za-z.:]+\\])$',
      'Name in EHLO; null for the host of server.base_url.',
    ),
    Type.Null(),
  ]),
});

const Scope = section('One permission.', {
  name: scopeName('`resource.action` by convention.'),
  description: text(
    'a few words on one line',
    '^\\S(.*\\S)?$',
    'What it lets its holder do: "read assets".',
  ),
  level: Type.Optional(
    Type.Enum(['read', 'write', 'delete'], {
      description:
        'What it does at most. By default names ending in ".read" read, in ".delete" delete, all others write.',
    }),
  ),
  holders: Type.Optional(
    Type.Enum(['everyone', 'apps'], {
      description: '"apps" keeps it away from developer tokens. Default: everyone.',
    }),
  ),
  was: Type.Optional(
    Type.Array(scopeName('A name that it had before.'), {
      description:
        'Names that it had before. Tokens, apps and consents that have one of them have this scope.',
      uniqueItems: true,
    }),
  ),
});

const Category = section('Scopes under one heading.', {
  category: text('a heading on one line', '^\\S(.*\\S)?$', 'Heading on pages: "Assets".'),
  scopes: Type.Array(Scope, { description: 'Scopes in the order of pages.', minItems: 1 }),
});

const scopePatterns = (description: string) =>
  Type.Array(
    text(
      'a scope name, "*", "*.read" or "asset.*"',
      SCOPE_PATTERN,
      'Scope name, or a pattern in which * stands for anything.',
    ),
    { description, uniqueItems: true },
  );

const Preset = section('A named choice on the page for new tokens.', {
  name: text('a name on one line', '^\\S(.*\\S)?$', 'Name of the choice: "Read only".'),
  scopes: scopePatterns('Scopes that it selects; those kept for apps are left out of patterns.'),
});

const Roles = section('Scopes that each role may hold.', {
  owner: scopePatterns('Whoever made the account.'),
  admin: scopePatterns('Administrators of the account.'),
  member: scopePatterns('People who work in the account.'),
  viewer: scopePatterns('People who only look.'),
});

const LISTS = {
  scopes: Type.Array(Category, { description: 'The scope catalogue, by category.', minItems: 1 }),
  presets: Type.Array(Preset, { description: 'Named choices on the page for new tokens.' }),
  roles: Roles,
};

/** Every setting present: the defaults with the file and the environment laid over them. */
export const SettingsSchema = section('Configuration of Gatehouse', {
  brand: Brand,
  server: Server,
  metrics: Type.Union([Metrics, Type.Null()]),
  log: Log,
  storage: Storage,
  sign_up: SignUp,
  sessions: Sessions,
  deletion: Deletion,
  retention: Retention,
  attempts: Attempts,
  tokens: Tokens,
  apps: Apps,
  oauth: OAuth,
  rate_limit: RateLimit,
  mail: Mail,
  ...LISTS,
});

export type Settings = Static<typeof SettingsSchema>;

/** As in `SettingsSchema`, with a default for every key that is left out. */
const partial = <Keys extends TProperties>(full: TObject<Keys>) =>
  Type.Optional(Type.Partial(full, { ...descriptionOf(full), additionalProperties: false }));

/** Options are on the schema at run time but not in its type. */
const descriptionOf = (schema: TSchema): { description?: string } =>
  'description' in schema ? { description: String(schema.description) } : {};

/** What the file may say: every section and every key of a section may be left out, lists and roles come whole. */
export const FileSchema = section('Configuration of Gatehouse', {
  brand: partial(Brand),
  server: partial(Server),
  metrics: Type.Optional(
    Type.Union([MetricsInFile, Type.Null()], {
      description: 'A separate listener for Prometheus; null for none.',
    }),
  ),
  log: partial(Log),
  storage: partial(Storage),
  sign_up: partial(SignUp),
  sessions: partial(Sessions),
  deletion: partial(Deletion),
  retention: partial(Retention),
  attempts: partial(Attempts),
  tokens: partial(Tokens),
  apps: partial(Apps),
  oauth: partial(OAuth),
  rate_limit: partial(RateLimit),
  mail: partial(Mail),
  scopes: Type.Optional(LISTS.scopes),
  presets: Type.Optional(LISTS.presets),
  roles: Type.Optional(Roles),
});

export type FileSettings = Static<typeof FileSchema>;
