/** What is not there is said in JSON to programs and on a page to people, and pages of other sites may read the former. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startApp, type RunningApp } from '../support/running-app.ts';

let running: RunningApp;
before(async () => {
  running = await startApp();
});
after(() => running.stop());

const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';

const ask = (path: string, accept: string | null, method = 'GET') =>
  fetch(running.base + path, { method, headers: accept === null ? {} : { accept } });

const PATHS = [
  '/.well-known/openid-configuration',
  '/.well-known/oauth-protected-resource',
  '/.well-known/jwks.json',
  '/emails',
  '/robots.txt',
  '/api/v4/user',
  '/register',
  '/tokens/x/y/z',
];

for (const path of PATHS)
  test(`${path} is told in JSON, unless a page is asked for`, async () => {
    for (const accept of ['*/*', 'application/json', 'text/html;q=0.2, application/json']) {
      const answer = await ask(path, accept);
      assert.equal(answer.status, 404);
      assert.equal(answer.headers.get('content-type'), 'application/json; charset=utf-8');
      assert.equal(answer.headers.get('access-control-allow-origin'), '*');
      const { errors } = (await answer.json()) as { errors: { reason: string }[] };
      assert.equal(errors[0]?.reason, 'not_found');
    }
    const page = await ask(path, BROWSER);
    assert.deepEqual(
      [page.status, page.headers.get('content-type')],
      [404, 'text/html; charset=utf-8'],
    );
  });

test('the API and the OAuth endpoints are JSON whatever is asked for', async () => {
  for (const path of ['/v2/nothing', '/oauth2/nothing', '/v3/me', '/v4/accounts?x', '/v1']) {
    const answer = await ask(path, BROWSER);
    assert.equal(answer.headers.get('content-type'), 'application/json; charset=utf-8', path);
  }
});

test('a version of the API that is not there is told which is', async () => {
  for (const [path, isOther] of [
    ['/v4/me', true],
    ['/v3', true],
    ['/v2/nothing', false],
    ['/v22/me', true],
    ['/nothing', false],
  ] as const) {
    const text = await (await ask(path, '*/*')).text();
    assert.equal(text.includes('the API is under /v2'), isOther, path);
  }
});

test('whoever sends a bearer token is a program, whatever is asked for', async () => {
  const headers = { accept: BROWSER, authorization: 'Bearer x' };
  for (const [path, method, status] of [
    ...PATHS.map((path) => [path, 'GET', 404] as const),
    ['/tokens', 'DELETE', 405],
  ] as const) {
    const answer = await fetch(running.base + path, { method, headers });
    assert.equal(answer.status, status, path);
    assert.match(answer.headers.get('content-type') ?? '', /^application\/json/, path);
  }
  // Proxies put the password of a whole site into the requests of people.
  const basic = { accept: BROWSER, authorization: 'Basic YTpi' };
  const page = await fetch(`${running.base}/nothing`, { headers: basic });
  assert.match(page.headers.get('content-type') ?? '', /^text\/html/);
});

test('a page told that it has no such method is told in JSON to who names JSON', async () => {
  for (const [accept, type] of [
    ['application/json', /^application\/json/],
    ['application/json, text/html;q=0.5', /^application\/json/],
    [BROWSER, /^text\/html/],
    ['*/*', /^text\/html/],
    [null, /^text\/html/],
  ] as const) {
    const answer = await ask('/tokens', accept, 'DELETE');
    assert.equal(answer.status, 405);
    assert.match(answer.headers.get('content-type') ?? '', type, String(accept));
  }
});

test('a browser may ask for any document under /.well-known, there or not', async () => {
  for (const path of PATHS.slice(0, 3).concat('/.well-known/oauth-authorization-server')) {
    const preflight = await fetch(running.base + path, {
      method: 'OPTIONS',
      headers: {
        origin: 'https://app.example',
        'access-control-request-method': 'GET',
        'access-control-request-headers': 'mcp-protocol-version',
      },
    });
    assert.equal(preflight.status, 204, path);
    assert.equal(preflight.headers.get('access-control-allow-origin'), '*');
    assert.match(preflight.headers.get('access-control-allow-methods') ?? '', /GET/);
    assert.match(preflight.headers.get('access-control-allow-headers') ?? '', /\*/);
    assert.equal((await ask(path, '*/*', 'HEAD')).headers.get('access-control-allow-origin'), '*');
  }
});
