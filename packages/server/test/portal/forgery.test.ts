import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Route } from '../../src/http/route.ts';
import {
  linkTo,
  newestMail,
  PASSWORD,
  signUp,
  startApp,
  type RunningApp,
} from '../support/running-app.ts';
import { registerApp } from '../support/oauth.ts';
import { plainRequest } from '../support/plain-request.ts';
import { encode, type WebVisitor } from '../support/visitor.ts';

let running: RunningApp;
/** The first to sign up, so the operator, whom every POST of the portal is open to. */
let operator: WebVisitor;
let other: WebVisitor;
let posts: readonly (Route & { url: string })[];

before(async () => {
  running = await startApp({
    change: (config) => ({
      ...config,
      attempts: { windowSeconds: 900, perAccount: 10_000, perAddress: 10_000 },
    }),
  });
  operator = await signUp(running, 'operator@example.com');
  other = await signUp(running, 'other@example.com');
  const token = await makeToken(operator);
  const user = await running.app.storage.users.byEmail('other@example.com');
  assert.ok(user !== null);
  const { app } = await registerApp(running.app, user);
  const idOf = (path: string): string => {
    if (path.startsWith('/admin/people')) return user.id;
    return /^(\/admin)?\/apps/.test(path) ? app.id : token;
  };
  posts = running.app.routes
    .filter(({ family, method }) => family === 'portal' && method === 'POST')
    .map((route) => ({ ...route, url: route.path.replace(':id', idOf(route.path)) }));
});
after(() => running.stop());

async function makeToken(visitor: WebVisitor): Promise<string> {
  await visitor.get('/tokens/new');
  const fields = { description: 'nightly export', expires_in: '30', scope: 'asset.read' };
  const page = await visitor.submit('/tokens', fields);
  const id = /gate_pat_([0-9A-Za-z]{12})/.exec(page.html)?.[1];
  assert.ok(id !== undefined, page.text);
  return id;
}

async function csrfOf(visitor: WebVisitor): Promise<string> {
  await visitor.get('/account');
  const csrf = visitor.hidden('/account/profile')?.['csrf'];
  assert.ok(csrf !== undefined);
  return csrf;
}

/** Whatever an act leaves behind: events, messages, sessions, tokens, apps, people. */
async function traces(): Promise<object> {
  const { storage } = running.app;
  const page = { page: 1, pageSize: 1 };
  const user = await storage.users.byEmail('operator@example.com');
  return {
    events: (await storage.events.list({}, page)).total,
    mail: (await storage.outbox.list('all', page)).total,
    people: (await storage.users.list('', page)).total,
    sessions: (await storage.sessions.ofUser(user?.id ?? '')).length,
    tokens: (await storage.tokens.list({}, page)).total,
    apps: (await storage.apps.list({}, page)).items,
  };
}

const complete = (csrf: string) => ({
  csrf,
  name: 'Renamed',
  email: 'operator@example.com',
  password: PASSWORD,
  current_password: PASSWORD,
  description: 'forged',
  scope: 'asset.read',
  expires_in: '30',
  overlap: '0',
  creation_key: crypto.randomUUID(),
  role: 'viewer',
  operator: 'yes',
  confirm: 'yes',
});

test('there are forms to forge', () => {
  assert.ok(posts.length >= 20, String(posts.length));
  for (const { url } of posts) assert.doesNotMatch(url, /:/);
});

test('no form of a signed-in user works without the token of the session', async () => {
  const personal = posts.filter(({ access }) => access.kind !== 'public');
  const own = await csrfOf(operator);
  const foreign = await csrfOf(other);
  const before = await traces();
  const tokens: readonly (readonly string[])[] = [
    [],
    [''],
    [foreign],
    [own.slice(0, -2)],
    [`${own}A`],
    ['A'.repeat(43)],
    [own, own],
    [own, foreign],
  ];
  for (const { url } of personal) {
    for (const csrf of tokens) {
      const body = encode({ ...complete(''), csrf });
      const reply = await operator.send('POST', url, { body });
      assert.equal(reply.status, 403, `${url} with ${csrf.length} tokens: ${reply.location}`);
    }
    const json = { 'content-type': 'application/json' };
    const reply = await operator.send('POST', url, { body: '{"csrf":["x"]}', headers: json });
    assert.equal(reply.status, 403, `${url} as JSON`);
    const bare = await operator.send('POST', url, {});
    assert.equal(bare.status, 403, `${url} without a body`);
  }
  assert.deepEqual(await traces(), before);
});

test('no form works from another site, not even those of signed-out visitors', async () => {
  const csrf = await csrfOf(operator);
  const before = await traces();
  const { host, port } = new URL(running.base);
  const origins: readonly Record<string, string>[] = [
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { 'sec-fetch-site': 'nonsense' },
    { 'sec-fetch-site': 'cross-site', origin: running.base },
    { origin: 'null' },
    { origin: 'https://evil.example' },
    { origin: `http://${host}.evil.example` },
    { origin: `http://localhost:${Number(port) + 1}` },
    { origin: `http://localhost@evil.example:${port}` },
    { origin: `file://${host}` },
    { origin: '' },
    { origin: 'https://evil.example', host },
    { origin: 'https://evil.example', 'x-forwarded-host': 'evil.example' },
    { origin: 'https://evil.example', referer: `${running.base}/account` },
  ];
  for (const { url } of posts) {
    for (const headers of origins) {
      const reply = await operator.send('POST', url, { body: encode(complete(csrf)), headers });
      assert.equal(reply.status, 403, `${url} ${JSON.stringify(headers)}`);
      assert.deepEqual(reply.setCookies, [], url);
    }
  }
  assert.deepEqual(await traces(), before);
});

test('signing in is no exception: another site cannot sign its visitor in as somebody else', async () => {
  const victim = running.visitor();
  const form = { email: 'other@example.com', password: PASSWORD };
  const headers = { origin: 'https://evil.example' };
  const reply = await victim.send('POST', '/sign-in', { body: encode(form), headers });
  assert.equal(reply.status, 403);
  assert.equal(victim.cookies.size, 0);
  const own = await victim.send('POST', '/sign-in', { body: encode(form) });
  assert.equal(own.status, 303);
});

test('the same forms work with the right token from their own pages', async () => {
  for (const { url, access } of posts) {
    const visitor = running.visitor();
    await visitor.get('/sign-in');
    await visitor.submit('/sign-in', { email: 'operator@example.com', password: PASSWORD });
    const csrf = access.kind === 'public' ? '' : await csrfOf(visitor);
    const headers = { 'sec-fetch-site': 'same-origin' };
    // So little that nothing is done; refused for what it lacks, or carried out, but not as a forgery.
    const reply = await visitor.send('POST', url, { body: encode({ csrf }), headers });
    assert.notEqual(reply.status, 403, `${url}: ${reply.html.slice(0, 500)}`);
    assert.ok(reply.status < 500, url);
  }
});

test('a signed-out visitor is sent to sign in, and nothing is done', async () => {
  const before = await traces();
  for (const { url } of posts.filter(({ access }) => access.kind !== 'public')) {
    const reply = await running.visitor().send('POST', url, { body: encode(complete('x')) });
    assert.deepEqual([reply.status, reply.location], [303, '/sign-in?lost=1'], url);
  }
  assert.deepEqual(await traces(), before);
});

test('every page of the operator is absent for everybody else, also with their own token', async () => {
  await other.get('/sign-in');
  await other.submit('/sign-in', { email: 'other@example.com', password: PASSWORD });
  const csrf = await csrfOf(other);
  const before = await traces();
  const routes = running.app.routes.filter(({ access }) => access.kind === 'operator');
  assert.ok(routes.length >= 8);
  const user = await running.app.storage.users.byEmail('operator@example.com');
  for (const { method, path } of routes) {
    const url = path.replace(':id', user?.id ?? '');
    const body = method === 'POST' ? { body: encode({ ...complete(csrf) }) } : {};
    const reply = await other.send(method, url, body);
    assert.equal(reply.status, 404, `${method} ${url}`);
    const unknown = await other.send('GET', '/there/is/no/such/page', {});
    assert.equal(reply.html.includes('There is nothing here'), true);
    assert.equal(unknown.status, 404);
    const nobody = await running.visitor().send('GET', url, {});
    if (method === 'GET') assert.equal(nobody.status, 303, url);
  }
  assert.deepEqual(await traces(), before);
});

test('a proof in a message leads to this server whatever Host a request claims', async () => {
  const { port } = new URL(running.base);
  for (const headers of [
    { host: 'evil.example' },
    { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https' },
    { forwarded: 'host=evil.example;proto=https' },
    { 'x-original-url': 'https://evil.example/', 'x-rewrite-url': '/evil' },
  ]) {
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    const asked = await plainRequest(`${running.base}/forgot-password`, {
      method: 'POST',
      headers: { ...form, ...headers },
      body: 'email=other%40example.com',
    });
    assert.equal(asked.headers.location, '/forgot-password/sent');
    const link = await linkTo(running, 'other@example.com', '/reset-password');
    assert.ok(link.startsWith(`http://localhost:${port}/reset-password?proof=`), link);
    const { text } = await newestMail(running, 'other@example.com');
    assert.doesNotMatch(text, /evil/);
    const sentAway = await plainRequest(`${running.base}/tokens`, { headers });
    assert.equal(sentAway.headers.location, '/sign-in?return_to=%2Ftokens');
    const page = await plainRequest(`${running.base}/sign-in`, { headers });
    assert.equal(page.status, 200);
    assert.doesNotMatch(page.body, /evil/);
  }
});
