import assert from 'node:assert/strict';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { Gatehouse } from './gatehouse.ts';

let gatehouse: Gatehouse;
beforeEach(() => {
  gatehouse = new Gatehouse();
  gatehouse.isProgram = true;
});
afterEach(() => gatehouse.remove());

/** Takes away from this Node what older ones do not have, before the program starts. */
const OLDER = [
  "import crypto from 'node:crypto';",
  "import { syncBuiltinESMExports } from 'node:module';",
  'delete crypto.randomUUIDv7;',
  'syncBuiltinESMExports();',
];
/** And pretends to be where no Node is locked. */
const ELSEWHERE = "Object.defineProperty(process, 'platform', { value: 'sunos' });";

const preload = (...lines: readonly string[]): readonly string[] => [
  '--import',
  `data:text/javascript,${encodeURIComponent(lines.join('\n'))}`,
];

test('an older Node hands over to the locked one, with input, output and exit code', async () => {
  gatehouse.node = preload(...OLDER);
  await gatehouse.user('ada@example.com');
  assert.match(await gatehouse.done(['user', 'list']), /ada@example\.com/);
  const { code, stderr } = await gatehouse.run(['user', 'suspend', 'nobody@example.com']);
  assert.equal(code, 1);
  assert.equal(stderr, 'gatehouse: there is no user nobody@example.com\n');
});

test('signals pass through it, and the server ends in order', async () => {
  gatehouse.node = preload(...OLDER);
  const server = await gatehouse.serve();
  assert.equal((await fetch(`${server.base}/healthz`)).status, 200);
  assert.equal(await server.stop('SIGTERM'), 0);
  assert.match(server.said.stdout, /"msg":"stopped"/);
});

test('where no Node is locked, an older one says what is needed', async () => {
  gatehouse.node = preload(...OLDER, ELSEWHERE);
  const { code, stdout, stderr } = await gatehouse.run(['--version']);
  assert.deepEqual({ code, stdout }, { code: 2, stdout: '' });
  assert.equal(
    stderr,
    `gatehouse: needs Node 26, or 24 from 24.16, but this is ${process.version}. Install one, or run "npm ci" without --omit=optional.\n`,
  );
});

test('a Node that has everything needs no locked one', async () => {
  gatehouse.node = preload(ELSEWHERE);
  assert.equal((await gatehouse.run(['--version'])).code, 0);
});

/** As npm runs its scripts: on the locked Node, with a word about the Node that npm itself runs on. */
function runBelowNpm(version: string): void {
  gatehouse.write('own-node', '#!/bin/sh\necho "the own Node" >&2\n');
  const path = join(gatehouse.directory, 'own-node');
  chmodSync(path, 0o755);
  gatehouse.env['npm_node_execpath'] = path;
  gatehouse.env['npm_config_user_agent'] = `npm/11.19.1 node/v${version} linux x64`;
}

for (const version of ['24.16.0', '24.21.0', '26.1.0', '27.0.0'])
  test(`below npm, the user's own Node ${version} runs the program`, async () => {
    runBelowNpm(version);
    assert.equal((await gatehouse.run(['--version'])).stderr, 'the own Node\n');
  });

for (const version of ['18.20.0', '20.20.2', '22.22.0', '24.15.9', '25.9.0', '26.0.0'])
  test(`below npm on Node ${version}, the locked Node runs the program`, async () => {
    runBelowNpm(version);
    const { code, stderr } = await gatehouse.run(['--version']);
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
  });

test('below an npm that itself runs on the locked Node, as a script of npm runs it, nobody hands over', async () => {
  gatehouse.env['npm_node_execpath'] = process.execPath;
  gatehouse.env['npm_config_user_agent'] = `npm/11.19.1 node/${process.version} linux x64`;
  const { code, stderr } = await gatehouse.run(['--version']);
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
});
