/** What a page loads: one script and one stylesheet, compressed once and kept for good. What a page says is never compressed. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { bundle } from '../../src/portal/bundle.ts';
import { signUp, startApp, type RunningApp } from '../support/running-app.ts';
import type { WebVisitor } from '../support/visitor.ts';

let running: RunningApp;
let ada: WebVisitor;
before(async () => {
  running = await startApp();
  ada = await signUp(running, 'ada@example.com');
});
after(() => running.stop());

const EVERYTHING = 'gzip, deflate, br, zstd';

const assetsIn = (html: string): readonly string[] =>
  [...html.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, path = '']) => path);

const ask = (path: string, acceptEncoding?: string, cookie?: string) =>
  running.app.server.inject({
    url: path,
    headers: {
      ...(acceptEncoding !== undefined && { 'accept-encoding': acceptEncoding }),
      ...(cookie !== undefined && { cookie }),
    },
  });

test('a page loads one stylesheet, one script and one icon', async () => {
  for (const path of ['/sign-in', '/tokens/new', '/account']) {
    const names = assetsIn((await ada.get(path)).html).map((url) => url.split('/').at(-1));
    assert.deepEqual(new Set(names), new Set(['icon.svg', 'portal.css', 'portal.js']), path);
    assert.equal(names.length, 3);
  }
});

test('they are compressed for whoever takes it, and kept for good', async () => {
  const decoders = { br: brotliDecompressSync, gzip: gunzipSync };
  const cases = [
    [EVERYTHING, 'br'],
    ['gzip', 'gzip'],
    ['br;q=0, gzip;q=0.5', 'gzip'],
    ['*', 'br'],
    ['identity', undefined],
    ['br;q=0, *;q=0', undefined],
    [undefined, undefined],
  ] as const;
  for (const url of assetsIn((await ada.get('/sign-in')).html)) {
    const plain = await ask(url);
    assert.equal(plain.statusCode, 200);
    for (const [accepted, coding] of cases) {
      const answer = await ask(url, accepted);
      assert.equal(answer.headers['content-encoding'], coding, `${url} ${accepted}`);
      assert.equal(answer.headers['vary'], 'Accept-Encoding');
      assert.equal(answer.headers['cache-control'], 'public, max-age=31536000, immutable');
      const body = coding === undefined ? answer.rawPayload : decoders[coding](answer.rawPayload);
      assert.deepEqual(body, plain.rawPayload);
      if (coding !== undefined) assert.ok(answer.rawPayload.length < plain.rawPayload.length);
    }
    const old = await ask(url.replace(/\/assets\/[^/]+/, '/assets/0123456789ab'), EVERYTHING);
    assert.equal(old.headers['cache-control'], 'no-store');
  }
});

test('no page is compressed, whatever it holds: its length would tell', async () => {
  const cookie = [...ada.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  const shown = running.app.routes
    .filter(
      ({ method, family, path }) => method === 'GET' && family === 'portal' && !/[:*]/.test(path),
    )
    .map(({ path }) => path);
  assert.ok(shown.includes('/tokens/new'));
  for (const path of [...shown, '/sign-in?email=typed@example.com', '/nowhere?typed']) {
    for (const who of [cookie, undefined]) {
      const { headers } = await ask(path, EVERYTHING, who);
      assert.equal(headers['content-encoding'], undefined, path);
    }
  }
});

test('nor is the page that shows a token, or one that repeats what was typed', async () => {
  ada.headers['accept-encoding'] = EVERYTHING;
  await ada.get('/tokens/new');
  const refused = await ada.submit('/tokens', { description: 'typed' });
  assert.match(refused.html, /value="typed"/);
  const created = await ada.submit('/tokens', { description: 'typed', all_scopes: 'on' });
  assert.match(created.html, /gate_pat_/);
  for (const { headers } of [refused, created]) assert.equal(headers.get('content-encoding'), null);
});

test('a module that cannot be joined is refused at start', () => {
  const joined = (files: Record<string, string>): string =>
    bundle(new Map(Object.entries(files)), 'main.js');
  const main = "import { one } from './one.js';\none();\n";
  const one = 'const helper = () => 1;\nexport const one = () => helper();\n';
  assert.doesNotMatch(joined({ 'main.js': main, 'one.js': one }), /^\s*(import|export)/m);
  const twice = "import { one } from './one.js';\nimport { two } from './two.js';\n";
  for (const [files, fault] of [
    [{ 'main.js': main }, /one\.js is imported and is not there/],
    [{ 'main.js': "import fs from './one.js';\n", 'one.js': one }, /a form that is not bundled/],
    [{ 'main.js': main, 'one.js': `${one}export default one;\n` }, /a form that is not bundled/],
    [{ 'main.js': twice, 'one.js': one, 'two.js': one }, /exports one, and so does another/],
  ] as const)
    assert.throws(() => joined(files), fault);
});
