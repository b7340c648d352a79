/** What holds without a file. The gatehouse.yaml of the repository says the same, key by key; a test compares them. */
import type { Settings } from './schema.ts';

/** Where the metrics listener binds when only its port is given. */
export const METRICS_HOST = '127.0.0.1';

const resource = (category: string, singular: string, plural: string) => ({
  category,
  scopes: [
    { name: `${singular}.create`, description: `create ${plural}` },
    { name: `${singular}.read`, description: `read ${plural}` },
    { name: `${singular}.update`, description: `modify ${plural}` },
    { name: `${singular}.delete`, description: `delete ${plural}` },
  ],
});

const SCOPES: Settings['scopes'] = [
  {
    category: 'Account',
    scopes: [
      { name: 'account.read', description: 'read accounts' },
      { name: 'auditlog.read', description: 'read the audit log' },
    ],
  },
  {
    category: 'Teams',
    scopes: [
      { name: 'team.create', description: 'create teams' },
      { name: 'team.read', description: 'read teams' },
      { name: 'team.update', description: 'modify teams' },
    ],
  },
  resource('Projects', 'project', 'projects'),
  resource('Assets', 'asset', 'assets'),
  resource('Comments', 'comment', 'comments'),
  resource('Review links', 'reviewlink', 'review links'),
  resource('Presentations', 'presentation', 'presentations'),
  resource('Custom actions', 'action', 'custom actions'),
  resource('Webhooks', 'webhook', 'webhooks'),
  {
    category: 'Persistent access',
    scopes: [{ name: 'offline', description: 'keep access while you are away', holders: 'apps' }],
  },
];

const ROLES: Settings['roles'] = {
  owner: ['*'],
  admin: ['*'],
  member: [
    'account.read',
    'team.read',
    'project.*',
    'asset.*',
    'comment.*',
    'reviewlink.*',
    'presentation.*',
    'action.*',
    'webhook.*',
    'offline',
  ],
  viewer: [
    'account.read',
    'team.read',
    'project.read',
    'asset.read',
    'comment.read',
    'reviewlink.read',
    'presentation.read',
    'action.read',
    'offline',
  ],
};

const PRESETS: Settings['presets'] = [
  { name: 'Read only', scopes: ['*.read'] },
  {
    name: 'Review and comment',
    scopes: [
      'account.read',
      'team.read',
      'project.read',
      'asset.read',
      'reviewlink.read',
      'comment.*',
    ],
  },
  {
    name: 'Upload',
    scopes: [
      'account.read',
      'team.read',
      'project.read',
      'asset.create',
      'asset.read',
      'asset.update',
    ],
  },
];

export const DEFAULTS: Settings = {
  brand: {
    name: 'Gatehouse',
    token_prefix: 'gate',
    accent: '#3451b2',
    support_url: null,
    docs_url: null,
  },
  server: {
    host: 'localhost',
    port: 4000,
    base_url: null,
    trusted_proxies: [],
    body_limit_bytes: 65_536,
    request_timeout_seconds: 30,
    most_connections: 4096,
    most_connections_per_address: 256,
    drain_seconds: 1,
    shutdown_seconds: 10,
  },
  metrics: null,
  log: { level: 'info', requests: true },
  storage: {
    data_directory: './data',
    database_schema: 'public',
    reserve_mib: 8,
    changes_milliseconds: 50,
    pool_size: 10,
    connect_seconds: 5,
    query_seconds: 10,
    lock_seconds: 5,
    connection_minutes: 30,
    prepared_statements: 'auto',
  },
  sign_up: { mode: 'open', domains: [] },
  sessions: { idle_hours: 168, absolute_hours: 720 },
  deletion: { grace_days: 14 },
  retention: {
    events_days: 400,
    ended_days: 90,
    use_days: 90,
    mail_days: 30,
    browsers_days: 400,
    proofs_days: 7,
    families_days: 7,
    access_days: 1,
  },
  attempts: { window_seconds: 900, per_account: 10, per_address: 50 },
  tokens: { longest_life_days: null, allow_never: true, most_per_user: 100 },
  apps: { registration: 'everyone', most_per_user: 25 },
  oauth: { access_minutes: 60, refresh_days: 30, longest_days: 365, retry_seconds: 20 },
  rate_limit: { requests: 600, failures: 30, window_seconds: 60, changes_per_day: 2000 },
  mail: {
    from: 'Gatehouse <gatehouse@localhost>',
    smtp_tls: 'required',
    smtp_ca_file: null,
    smtp_name: null,
  },
  scopes: SCOPES,
  presets: PRESETS,
  roles: ROLES,
};
