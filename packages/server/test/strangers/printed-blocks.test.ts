/** What the documents print to be copied runs as it is printed, or stands in a list that says why no test runs it. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { SETTINGS } from '../../src/config/settings.ts';
import { readConfig } from '../../src/config/read.ts';
import { VARIABLES } from '../../src/config/variables.ts';
import { Gatehouse, PASSWORD } from '../cli/gatehouse.ts';
import { startApi } from '../support/api.ts';
import { block, blocks, blocksOf, ROOT } from '../support/printed-blocks.ts';
import { withoutProgram } from '../support/tools.ts';

const run = promisify(execFile);

/** A directory of an installation, with the command on the path. */
const gatehouse = new Gatehouse();
const bin = mkdtempSync(join(tmpdir(), 'gatehouse-bin-'));
before(async () => {
  symlinkSync(join(ROOT, 'packages/server/bin/gatehouse.js'), join(bin, 'gatehouse'));
  await gatehouse.user('you@example.com');
  gatehouse.write('password.txt', `${PASSWORD}\n`);
});
after(async () => {
  await gatehouse.remove();
  rmSync(bin, { recursive: true, force: true });
});

/** Every line must succeed. */
async function shell(code: string, cwd = gatehouse.directory): Promise<string> {
  const env = {
    ...process.env,
    PATH: `${bin}:${process.env['PATH'] ?? ''}`,
    GATEHOUSE_DATA_DIRECTORY: join(gatehouse.directory, 'data'),
  };
  return (await run('bash', ['-euo', 'pipefail', '-c', code], { cwd, env })).stdout;
}

const written = (file: string): string => readFileSync(join(gatehouse.directory, file), 'utf8');

/** Reads it as the file of an installation. */
function configured(yaml: string, env: NodeJS.ProcessEnv = {}) {
  const directory = mkdtempSync(join(tmpdir(), 'gatehouse-printed-'));
  try {
    writeFileSync(join(directory, 'gatehouse.yaml'), yaml);
    return readConfig({ env, directory });
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** By the name of the block. */
const RUN: Readonly<Record<string, (code: string) => void | Promise<void>>> = {
  "docs/reference/command-line.md: gatehouse user create ada@example.com --name 'Ada Example' < password.txt":
    async (code) => {
      const unused = await shell(code);
      assert.match(written('token.txt'), /^gate_pat_\w{48}\n$/);
      assert.match(unused, /\n\w{12}\n$/);
    },
  "docs/reference/command-line.md: gatehouse app create ada@example.com --name 'API gateway' --type service --resource-server > secret.txt":
    async (code) => {
      await shell(code);
      assert.match(written('secret.txt'), /gate_cs_\w{48}\n$/);
    },
  'examples/web-app/README.md: npx gatehouse app create you@example.com --name "Example web app" --type web \\':
    async (code) => assert.match(await shell(code, ROOT), /gate_cs_\w{48}/),
  'docs/operating.md: umask 077': async (code) => {
    const backup = join(gatehouse.directory, 'backup');
    mkdirSync(backup);
    await shell(code.replaceAll('/backup', backup));
    assert.deepEqual(readdirSync(backup).toSorted(), ['gatehouse.db', 'master-secret']);
  },
  'docs/reference/configuration.md: scopes:': (code) => {
    const { scopes, roles } = configured(code);
    assert.ok(scopes.some(({ name }) => name === 'report.publish'));
    assert.deepEqual(roles.viewer, ['report.read']);
  },
  'docs/reference/configuration.md: - { name: clip.read, description: read clips, was: [asset.read] }':
    (code) => {
      const roles = "roles: { owner: ['*'], admin: ['*'], member: ['*'], viewer: ['*'] }";
      const scopes = `scopes:\n  - category: Clips\n    scopes:\n      ${code}`;
      const [clip] = configured(`${scopes}\n${roles}\npresets: []`).scopes;
      assert.deepEqual([clip?.name, clip?.was], ['clip.read', ['asset.read']]);
    },
  'docs/reference/metrics.md: metrics: { host: 127.0.0.1, port: 9464 }': (code) => {
    const { metrics } = configured(code);
    assert.deepEqual([metrics?.host, metrics?.port], ['127.0.0.1', 9464]);
  },
  'docs/reference/metrics.md: # prometheus.yml': (code) => {
    const { metrics } = configured(
      block('docs/reference/metrics.md: metrics: { host: 127.0.0.1, port: 9464 }'),
    );
    const [job] = parse(code).scrape_configs;
    assert.deepEqual(job.static_configs[0].targets, [`${metrics?.host}:${metrics?.port}`]);
    assert.equal(job.metrics_path ?? '/metrics', '/metrics');
  },
  'docs/operating.md: server:': (code) => {
    const { server } = configured(code);
    assert.equal(server.baseUrl, 'https://access.example.com');
    assert.equal(server.trustedProxies.length, 1);
  },
  'docs/operating.md: spec:': (code) => {
    const { terminationGracePeriodSeconds: grace, containers } = parse(code).spec;
    const [{ env, readinessProbe, livenessProbe }] = containers;
    for (const { name } of env) assert.ok(VARIABLES.includes(name), name);
    const drain = env.find(({ name }: { name: string }) => name === 'GATEHOUSE_DRAIN_SECONDS');
    assert.ok(
      grace > Number(drain.value) + Number(SETTINGS.server.keys.shutdown_seconds.default) + 5,
    );
    assert.deepEqual(
      [readinessProbe.httpGet.path, livenessProbe.httpGet.path],
      ['/readyz', '/healthz'],
    );
  },
  'docs/reference/configuration.md: GATEHOUSE_PROT: unknown variable; did you mean GATEHOUSE_PORT?':
    (code) => {
      const yaml = `${'\n'.repeat(10)}tokens:\n  most_per_user: many\n`;
      const env = { GATEHOUSE_PROT: '4000' };
      assert.throws(() => configured(yaml, env), { message: code.trimEnd() });
    },
  'docs/reference/errors.md: {': async (code) => {
    const baseUrl = 'https://access.example.com';
    const api = await startApi((config) => ({
      ...config,
      server: { ...config.server, baseUrl },
    }));
    try {
      const user = await api.user('ada@example.com');
      const { id, value } = await api.token(user, ['asset.read']);
      const { json } = await api.send('/v2/teams', { token: value });
      const printed = JSON.parse(
        code.replace('"token_id": "…"', `"token_id": "${id}"`).replaceAll('https://…', baseUrl),
      );
      assert.deepEqual(json, printed);
    } finally {
      await api.stop();
    }
  },
  'docs/operating.md: { "format": "gatehouse-person", "version": 1, "exported_at": "2026-11-28T09:00:00.000Z", "left_out": "…",':
    async (code) => {
      const printed = JSON.parse(code);
      await gatehouse.run(['user', 'create', 'eve@example.com', '--name', 'Eve'], `${PASSWORD}\n`);
      const real = JSON.parse(await gatehouse.done(['user', 'export', 'eve@example.com']));
      const keys = Object.keys(printed);
      assert.deepEqual(
        keys.filter((key) => Array.isArray(real[key]) !== Array.isArray(printed[key])),
        [],
      );
      assert.deepEqual([real.format, real.version], [printed.format, printed.version]);
      const row = Object.keys(real.profile[0]);
      assert.ok(Object.keys(printed.profile[0]).every((column) => row.includes(column)));
    },
};

/** Why no test runs it. Of a shell, the scripts of npm that it names exist all the same. */
const NOT_RUN: Readonly<Record<string, string>> = {
  'README.md: npm ci && npm start': 'scripts/try-on-bare-debian.sh runs it on a bare machine',
  'README.md: npm test': 'it is what runs this test',
  'CONTRIBUTING.md: npm ci': 'the gate runs these, and this test is one of them',
  'CONTRIBUTING.md: npm exec -- node --test packages/server/test/checker/checker.test.ts':
    'it is how this test runs, too',
  'docs/operating.md: npm ci': 'scripts/try-on-bare-debian.sh runs it on a bare machine',
  'docs/operating.md: [Service]': 'it needs systemd, and a user and folders of its own',
  'docs/operating.md: upstream gatehouse { server 127.0.0.1:4000; keepalive 32; }':
    'a part of the configuration of nginx, with a certificate of a host of its own',
  'docs/operating.md: access.example.com {':
    'a part of the configuration of Caddy, for a host with a name of its own',
  'examples/web-app/README.md: npm ci && npm start':
    'scripts/try-on-bare-debian.sh runs it on a bare machine',
  'examples/web-app/README.md: CLIENT_ID=… CLIENT_SECRET=… npm start --workspace examples/web-app':
    'oauth-example.test.ts starts the program with the id and the secret of an app',
};

const NEEDS: Readonly<Record<string, string>> = {
  'docs/operating.md: umask 077': 'sqlite3',
  "docs/reference/command-line.md: gatehouse user create ada@example.com --name 'Ada Example' < password.txt":
    'jq',
};

test('every block is run, or there is a reason why not', () => {
  const names = blocks.map(({ name }) => name);
  assert.deepEqual(names.toSorted(), [...Object.keys(RUN), ...Object.keys(NOT_RUN)].toSorted());
  assert.deepEqual(
    blocksOf('x.md', 'A\n\n```sh\nnew\n```\n\n```\nplain\n```\n').map(({ name }) => name),
    ['x.md: new', 'x.md: plain'],
  );
});

test('the scripts that a block names are there', () => {
  const scripts = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).scripts;
  for (const { name, language, code } of blocks.filter((one) => one.language === 'sh'))
    for (const [, script = ''] of code.matchAll(/\bnpm (?:run )?(start|test|(?<=run )[\w:]+)/g))
      assert.ok(Object.hasOwn(scripts, script), `${name} (${language}): ${script}`);
});

for (const [name, check] of Object.entries(RUN)) {
  const program = NEEDS[name];
  const skip = program === undefined ? false : withoutProgram(program);
  test(name, { skip }, () => check(block(name)));
}
