/** The created page's three snippets, run exactly as they are printed. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { signUp, startApp, type RunningApp } from '../support/running-app.ts';
import { nodesToTry, withoutProgram } from '../support/tools.ts';
import { unescape, type WebVisitor } from '../support/visitor.ts';

const run = promisify(execFile);

let running: RunningApp;
let page: string;
let visitor: WebVisitor;

before(async () => {
  running = await startApp();
  visitor = await signUp(running, 'ada@example.com');
  await visitor.get('/tokens/new');
  const created = await visitor.submit('/tokens', {
    description: 'My first token',
    expires_in: '90',
    scope: running.app.catalogues.current().forTokens.map(({ name }) => name),
  });
  assert.equal(created.status, 200, created.text);
  page = created.html;
});
after(() => running.stop());

function printed(id: string): string {
  const inside = new RegExp(`<code id="snippet-${id}">([^]*?)</code>`).exec(page)?.[1];
  assert.ok(inside !== undefined, `the page prints no ${id} snippet`);
  return unescape(inside);
}

function assertIsAda(output: string): void {
  const user: unknown = JSON.parse(output);
  assert.ok(typeof user === 'object' && user !== null && 'email' in user && '_type' in user);
  assert.deepEqual([user._type, user.email], ['user', 'ada@example.com']);
}

test('the cURL line answers the user record', { skip: withoutProgram('curl') }, async () => {
  const line = printed('curl');
  assert.match(
    line,
    /^curl -H "Authorization: Bearer gate_pat_\w{48}" http:\/\/localhost:\d+\/v2\/me$/,
  );
  const { stdout } = await run('sh', ['-c', line]);
  assertIsAda(stdout);
});

test(
  'the Python program answers the user record',
  { skip: withoutProgram('python3') },
  async () => {
    const file = join(running.directory, 'first_call.py');
    await writeFile(file, printed('python'));
    const { stdout } = await run('python3', [file]);
    assertIsAda(stdout);
  },
);

for (const node of nodesToTry())
  test(`the JavaScript program answers the user record on ${node}, whatever the file is called`, async () => {
    // Node 20 takes no TypeScript.
    const { stdout: version } = await run(node, ['--version']);
    const typed = Number(/\d+/.exec(version)?.[0]) < 24 ? [] : ['ts', 'mts'];
    for (const extension of ['js', 'cjs', 'mjs', ...typed]) {
      const file = join(running.directory, `first-call.${extension}`);
      await writeFile(file, printed('javascript'));
      const { stdout } = await run(node, [file]);
      assert.match(stdout, /^200 \{/, extension);
      assert.match(stdout, /email: 'ada@example\.com'/);
    }
  });

test(
  'the first call of pages that show no token asks for one',
  { skip: withoutProgram('curl') },
  async () => {
    const token = /gate_pat_\w+/.exec(page)?.[0] ?? '';
    const { html } = await visitor.get('/');
    const line = unescape(/<code id="quickstart">([^]*?)<\/code>/.exec(html)?.[1] ?? '');
    assert.match(line, /curl/);
    const asking = run('sh', ['-c', line]);
    asking.child.stdin?.end(`${token}\n`);
    assertIsAda((await asking).stdout);
  },
);
