import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { DEFAULTS } from '../../src/config/schema.ts';
import { readConfig } from '../../src/config/read.ts';
import { warningsAboutLinks } from '../../src/config/variables.ts';
import { problemsIn, readIn, withDirectory } from './workplace.ts';

const SECRET = Buffer.alloc(32, 7).toString('base64');
const root = new URL('../../../../', import.meta.url);
const rootFile = readFileSync(new URL('gatehouse.yaml', root), 'utf8');

test('without file and environment the defaults hold', () => {
  withDirectory((directory) => {
    const config = readConfig({ env: {}, directory });
    assert.equal(config.server.baseUrl, 'http://localhost:4000');
    assert.equal(config.storage.dataDirectory, join(directory, 'data'));
    assert.equal(config.storage.databaseUrl, null);
    assert.equal(config.sessions.idleSeconds, 7 * 86_400);
    assert.equal(config.sessions.absoluteSeconds, 30 * 86_400);
    assert.equal(config.masterSecrets[0].length, 32);
  });
});

test('the gatehouse.yaml of the repository says exactly what the built-in defaults say', () => {
  assert.deepEqual(parse(rootFile), DEFAULTS);
  const env = { GATEHOUSE_MASTER_SECRET: SECRET, GATEHOUSE_DATA_DIRECTORY: '/nowhere' };
  assert.deepEqual(readIn({ yaml: rootFile, env }), readIn({ env }));
});

test('the default catalogue has the 34 scopes of Frame.io, and offline is for apps alone', () => {
  const { scopes, roles, presets } = readIn({});
  assert.equal(scopes.length, 34);
  assert.equal(new Set(scopes.map(({ name }) => name)).size, 34);
  const forApps = scopes.filter(({ holders }) => holders === 'apps').map(({ name }) => name);
  assert.deepEqual(forApps, ['offline']);
  assert.equal(roles.owner.length, 34);
  assert.equal(roles.member.includes('auditlog.read'), false);
  assert.equal(roles.member.includes('asset.delete'), true);
  assert.equal(
    roles.viewer.every((name) => name.endsWith('.read') || name === 'offline'),
    true,
  );
  assert.equal(presets.flatMap(({ scopes }) => scopes).includes('offline'), false);
});

test('levels follow the names unless the file says otherwise', () => {
  const yaml = `
scopes:
  - category: Reports
    scopes:
      - { name: report.read, description: read reports }
      - { name: report.make, description: make reports }
      - { name: report.delete, description: delete reports }
      - { name: report.search, description: search reports, level: read }
roles: { owner: ['*'], admin: [report.*], member: ['*.read', report.make], viewer: [] }
`;
  const { scopes, roles, presets } = readIn({ yaml });
  assert.deepEqual(
    scopes.map(({ level }) => level),
    ['read', 'write', 'delete', 'read'],
  );
  assert.deepEqual(roles.member, ['report.read', 'report.make']);
  assert.deepEqual(roles.admin, roles.owner);
  assert.deepEqual(roles.viewer, []);
  assert.deepEqual(presets, []);
});

test('the environment wins over the file, and the file over the defaults', () => {
  const config = readIn({
    yaml: 'server: { host: 127.0.0.1, port: 5000 }\nlog: { level: warn }',
    env: {
      GATEHOUSE_PORT: '6000',
      GATEHOUSE_TRUSTED_PROXIES: '10.0.0.0/8, ::1',
      GATEHOUSE_LOG_REQUESTS: 'false',
      GATEHOUSE_SMTP_URL: '',
    },
  });
  assert.equal(config.server.host, '127.0.0.1');
  assert.equal(config.server.port, 6000);
  assert.equal(config.server.baseUrl, 'http://localhost:6000');
  assert.deepEqual(config.server.trustedProxies, ['10.0.0.0/8', '::1']);
  assert.deepEqual(config.log, { level: 'warn', requests: false });
  assert.equal(config.server.requestTimeoutSeconds, 30);
  assert.equal(config.mail.smtpUrl, null);
});

test('a setting has the name of its key, with seconds and bytes for the units that are converted', () => {
  const yaml = `
server: { most_connections_per_address: 7, body_limit_bytes: 2048 }
storage: { reserve_mib: 2, connection_minutes: 3, changes_milliseconds: 20 }
sessions: { idle_hours: 2 }
deletion: { grace_days: 3 }
retention: { events_days: null, use_days: 4 }
attempts: { per_account: 5 }
oauth: { access_minutes: 6, retry_seconds: 8 }
rate_limit: { changes_per_day: 90, failures: 9 }
`;
  const { server, storage, sessions, deletion, retention, attempts, oauth, rateLimit } = readIn({
    yaml,
  });
  assert.equal(server.mostConnectionsPerAddress, 7);
  assert.equal(server.bodyLimitBytes, 2048);
  assert.equal(storage.reserveBytes, 2 * 1_048_576);
  assert.equal(storage.connectionMinutes, 3);
  assert.equal(storage.changesMilliseconds, 20);
  assert.equal(sessions.idleSeconds, 2 * 3600);
  assert.equal(deletion.graceSeconds, 3 * 86_400);
  assert.equal(retention.eventsDays, null);
  assert.equal(retention.useDays, 4);
  assert.equal(attempts.perAccount, 5);
  assert.equal(oauth.accessSeconds, 6 * 60);
  assert.equal(oauth.retrySeconds, 8);
  assert.equal(rateLimit.changesPerDay, 90);
  assert.equal(rateLimit.failures, 9);
});

test('a metrics port alone opens the metrics listener on loopback', () => {
  const listener = { host: '127.0.0.1', port: 9464 };
  assert.deepEqual(readIn({ env: { GATEHOUSE_METRICS_PORT: '9464' } }).metrics, listener);
  assert.deepEqual(readIn({ yaml: 'metrics: { port: 9464 }' }).metrics, listener);
  assert.match(
    problemsIn({ env: { GATEHOUSE_METRICS_HOST: '127.0.0.1' } }).join(),
    /metrics: found no "port"/,
  );
});

test('a base address is brought to its shortest form', () => {
  const env = { GATEHOUSE_BASE_URL: 'https://Developer.Example.com:443/' };
  assert.equal(readIn({ env }).server.baseUrl, 'https://developer.example.com');
});

test('a file that is named must exist; the argument wins over the variable', () => {
  const files = { 'a.yaml': 'brand: { name: A }', 'b.yaml': 'brand: { name: B }' };
  assert.equal(readIn({ files, env: { GATEHOUSE_CONFIG: 'a.yaml' } }).brand.name, 'A');
  const both = { files, env: { GATEHOUSE_CONFIG: 'a.yaml' }, file: 'b.yaml' };
  assert.equal(readIn(both).brand.name, 'B');
  assert.deepEqual(problemsIn({ env: { GATEHOUSE_CONFIG: 'c.yaml' } }), [
    'c.yaml: cannot be read (ENOENT)',
  ]);
});

test('a file of comments alone changes nothing', () => {
  assert.equal(readIn({ yaml: '# nothing yet\n' }).brand.name, 'Gatehouse');
});

test('the value is frozen all the way down', () => {
  const config = readIn({});
  assert.throws(() => Object.assign(config.server, { port: 1 }), TypeError);
  assert.throws(() => Object.assign(config.scopes[0] ?? {}, { name: 'x' }), TypeError);
  assert.throws(() => Object.assign(config.roles.viewer, { 0: 'asset.delete' }), TypeError);
});

/** What the kubelet sets for a service with a named port. */
function linksOf(service: string, address: string): NodeJS.ProcessEnv {
  const name = service.toUpperCase().replaceAll('-', '_');
  const port = `${name}_PORT_5432_TCP`;
  return {
    [`${name}_SERVICE_HOST`]: address,
    [`${name}_SERVICE_PORT`]: '5432',
    [`${name}_SERVICE_PORT_HTTP_WEB`]: '5432',
    [`${name}_PORT`]: `tcp://${address}:5432`,
    [port]: `tcp://${address}:5432`,
    [`${port}_PROTO`]: 'tcp',
    [`${port}_PORT`]: '5432',
    [`${port}_ADDR`]: address,
  };
}

for (const service of ['gatehouse', 'gatehouse-postgresql', 'gatehouse-metrics', 'gatehouse-a-1']) {
  test(`variables that Kubernetes makes for a service named ${service} are passed over`, () => {
    for (const address of ['10.0.0.1', '[fd00::1]']) {
      const { server, metrics } = readIn({ env: linksOf(service, address) });
      assert.equal(server.port, 4000);
      assert.equal(metrics, null);
    }
  });
}

test('only what Kubernetes writes is passed over, and a setting that it hides is told', () => {
  assert.match(problemsIn({ env: { GATEHOUSE_METRIC_PORT: '9090' } }).join(), /METRICS_PORT/);
  assert.equal(problemsIn({ env: { GATEHOUSE_METRICS_PORT: 'tcp://here' } }).length, 1);
  const warnings = warningsAboutLinks(linksOf('gatehouse-metrics', '10.0.0.1'));
  assert.equal(warnings.length, 1);
  assert.match(warnings[0] ?? '', /^GATEHOUSE_METRICS_PORT is passed over: .*metrics\.port/);
  assert.deepEqual(warningsAboutLinks({ GATEHOUSE_METRICS_PORT: '9090' }), []);
});
