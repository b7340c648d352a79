/** Every path of the route table answers 405 to the methods that it does not have, and says which it has (RFC 9110). */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Route } from '../../src/http/route.ts';
import { startApp, type RunningApp } from '../support/running-app.ts';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'QUERY', 'PROPFIND'] as const;

let running: RunningApp;
before(async () => {
  running = await startApp({
    change: (config) => ({
      ...config,
      rateLimit: {
        requests: 100_000,
        failures: 100_000,
        windowSeconds: 60,
        changesPerDay: 1_000_000,
      },
    }),
  });
});
after(() => running.stop());

const fill = (path: string): string => path.replaceAll(/:\w+/g, 'x');

/** Patterns that a path of the table meets: `/tokens/new` is met by `/tokens/:id` too. */
const meets = (path: string, pattern: string): boolean =>
  new RegExp(`^${pattern.replaceAll(/:\w+/g, '[^/]+').replace('*', '.*')}$`).test(path);

function methodsOf(path: string): ReadonlySet<string> {
  const methods = running.app.routes
    .filter((route) => meets(path, route.path))
    .map(({ method }) => method);
  return new Set<string>(methods.includes('GET') ? [...methods, 'HEAD'] : methods);
}

const targets = (): readonly Route[] =>
  running.app.routes.filter(({ method }) => method !== 'OPTIONS');

const send = (method: string, path: string, headers: Record<string, string> = {}) =>
  fetch(running.base + path, { method, headers, redirect: 'manual' });

test('every path says which methods it has to who comes with another', async () => {
  let asked = 0;
  for (const route of targets()) {
    const path = fill(route.path);
    const methods = methodsOf(path);
    for (const method of METHODS) {
      const answer = await send(method, path);
      if (methods.has(method)) {
        assert.notEqual(answer.status, 405, `${method} ${path}`);
        continue;
      }
      asked += 1;
      assert.equal(answer.status, 405, `${method} ${path}`);
      const allowed = answer.headers.get('allow')?.split(', ') ?? [];
      assert.deepEqual(new Set(allowed), methods, `${method} ${path}`);
      assert.equal(allowed.length, methods.size);
      const type = route.family === 'portal' ? 'text/html' : 'application/json';
      assert.equal(answer.headers.get('content-type')?.split(';')[0], type, `${method} ${path}`);
    }
  }
  assert.ok(asked > 300, String(asked));
});

test('programs are told in JSON that they can branch on, people on a page', async () => {
  const api = await send('DELETE', '/v2/me');
  const { code, errors } = (await api.json()) as { code: number; errors: { reason: string }[] };
  assert.deepEqual([code, errors[0]?.reason], [405, 'method_not_allowed']);
  assert.equal(api.headers.get('access-control-allow-origin'), '*');
  const token = await send('GET', '/oauth2/token?code=x');
  assert.equal(((await token.json()) as { error: string }).error, 'invalid_request');
  assert.deepEqual([token.status, token.headers.get('cache-control')], [405, 'no-store']);
  const page = await send('PUT', '/oauth2/auth');
  assert.match(await page.text(), /Not possible here/);
  assert.match(page.headers.get('content-security-policy') ?? '', /default-src 'none'/);
});

test('whatever comes with it: the method is what is wrong', async () => {
  for (const [type, body] of [
    ['application/json', '{'],
    ['text/plain', 'x'],
    ['application/x-www-form-urlencoded', 'a=1'],
    ['multipart/form-data', 'nothing'],
  ] as const) {
    for (const path of ['/v2/me', '/account', '/healthz']) {
      const headers = { 'content-type': type };
      const answer = await fetch(running.base + path, { method: 'PUT', headers, body });
      assert.equal(answer.status, 405, `${type} ${path}`);
      assert.ok(answer.headers.has('allow'));
    }
  }
});

test('what has no method at all is not found', async () => {
  for (const path of [
    '/v2/nothing',
    '/v2/',
    '/v2/me/',
    '/v2/tokens//',
    '/nothing',
    '/tokens/x/y/z',
    '/Account',
    `/tokens/${'x'.repeat(101)}`,
    '/oauth2',
    '//account',
    '/account%2f',
  ]) {
    for (const method of METHODS) {
      const answer = await send(method, path);
      assert.equal(answer.status, 404, `${method} ${path}`);
      assert.equal(answer.headers.get('allow'), null);
    }
  }
});

test('an address is read as the routes read it', async () => {
  for (const path of ['/%61ccount', '/account?x=/y', '/tokens/%2f', '/tokens/a%20b']) {
    assert.equal((await send('PUT', path)).status, 405, path);
  }
});

test('the preflights of browsers are answered where any page may call, and refused elsewhere', async () => {
  const preflight = { origin: 'https://app.example', 'access-control-request-method': 'POST' };
  for (const [path, status] of [
    ['/v2/me', 204],
    ['/v2/nothing', 204],
    ['/oauth2/token', 204],
    ['/oauth2/auth', 405],
    ['/account', 405],
    ['/nothing', 404],
  ] as const) {
    assert.equal((await send('OPTIONS', path, preflight)).status, status, path);
  }
});
