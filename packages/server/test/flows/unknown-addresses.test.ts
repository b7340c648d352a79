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
  for (const path of ['/v2/nothing', '/oauth2/nothing']) {
    const answer = await ask(path, BROWSER);
    assert.equal(answer.headers.get('content-type'), 'application/json; charset=utf-8', path);
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
