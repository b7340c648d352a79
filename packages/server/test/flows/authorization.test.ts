import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { User } from '../../src/identity/types.ts';
import { CALLBACK, newPkce, postForm, registerApp, type Registered } from '../support/oauth.ts';
import {
  linkTo,
  newestMail,
  PASSWORD,
  signUp,
  startApp,
  type RunningApp,
} from '../support/running-app.ts';
import type { WebVisitor } from '../support/visitor.ts';

let running: RunningApp;
let developer: User;
let registered: Registered;

before(async () => {
  running = await startApp();
  developer = await userOf(await signUp(running, 'dev@example.com'), 'dev@example.com');
  registered = await registerApp(running.app, developer, {
    scopes: ['account.read', 'asset.read', 'asset.create', 'offline'],
    optionalScopes: ['asset.create'],
  });
});
after(() => running.stop());

async function userOf(_visitor: WebVisitor, email: string): Promise<User> {
  const user = await running.app.storage.users.byEmail(email);
  assert.ok(user);
  return user;
}

function requestOf(changes: Record<string, string | null> = {}, app = registered.app): string {
  const parameters = new URLSearchParams({
    response_type: 'code',
    client_id: app.id,
    redirect_uri: CALLBACK,
    scope: 'account.read asset.read asset.create offline',
    state: 'a state & more',
  });
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) parameters.delete(name);
    else parameters.set(name, value);
  }
  return `/oauth2/auth?${parameters.toString()}`;
}

const answerIn = (url: string): URLSearchParams => {
  assert.ok(url.startsWith(`${CALLBACK}?`), url);
  return new URL(url).searchParams;
};

const exchange = (code: string, more: Record<string, string> = {}) =>
  postForm(
    `${running.base}/oauth2/token`,
    { grant_type: 'authorization_code', code, redirect_uri: CALLBACK, ...more },
    { id: registered.app.id, secret: registered.secret },
  );

test('a new user signs up on the way, allows the app, and the app calls the API for them', async () => {
  const visitor = running.visitor();
  const { verifier, challenge } = newPkce();
  const pkce = { code_challenge: challenge, code_challenge_method: 'S256' };
  const signIn = await visitor.get(requestOf(pkce));
  assert.match(signIn.url, /\/sign-in\?/);
  const toSignUp = /href="(\/sign-up\?[^"]+)"/.exec(signIn.html)?.[1]?.replaceAll('&amp;', '&');
  assert.ok(toSignUp);
  await visitor.get(toSignUp);
  const email = 'new@example.com';
  await visitor.submit('/sign-up', { name: 'Nell New', email, password: PASSWORD });
  const link = new URL(await linkTo(running, email, '/verify-email'));
  await visitor.get(link.pathname + link.search);
  const consent = await visitor.submit('/verify-email');
  assert.equal(consent.status, 200);
  for (const words of [
    'Cutting Room asks for access',
    'app.example.com',
    'Nell New',
    'Allow',
    'Deny',
    'asset.create',
  ])
    assert.ok(consent.text.includes(words), words);

  const sent = await visitor.submit('/oauth2/auth', { decision: 'allow', scope: ['asset.create'] });
  const answer = answerIn(sent.url);
  assert.equal(answer.get('state'), 'a state & more');
  assert.equal(answer.get('iss'), running.base);
  assert.equal(answer.get('scope'), 'account.read asset.create asset.read offline');

  const { status, json, headers } = await exchange(answer.get('code') ?? '', {
    code_verifier: verifier,
  });
  assert.equal(status, 200, JSON.stringify(json));
  assert.equal(headers.get('cache-control'), 'no-store');
  assert.deepEqual(Object.keys(json), [
    'access_token',
    'expires_in',
    'refresh_token',
    'scope',
    'token_type',
  ]);
  const me = await fetch(`${running.base}/v2/me`, {
    headers: { authorization: `Bearer ${json.access_token}` },
  });
  assert.equal(me.status, 200);
  assert.match(await me.text(), /new@example\.com/);
  assert.match((await newestMail(running, email)).subject, /You connected an app/);
});

test('what was allowed is not asked again until more is asked for, and then the new part is marked', async () => {
  const visitor = await signUp(running, 'again@example.com');
  await visitor.get(requestOf({ scope: 'account.read' }));
  answerIn((await visitor.submit('/oauth2/auth', { decision: 'allow' })).url);
  const silent = await visitor.get(requestOf({ scope: 'account.read' }));
  assert.ok(answerIn(silent.url).get('code'));
  const none = await visitor.get(requestOf({ scope: 'account.read', prompt: 'none' }));
  assert.ok(answerIn(none.url).get('code'));
  const more = await visitor.get(requestOf({ scope: 'account.read asset.read' }));
  assert.match(more.text, /Cutting Room asks for more/);
  assert.match(more.text, /read assets asset\.read New/);
  const refused = await visitor.get(requestOf({ prompt: 'none' }));
  assert.equal(answerIn(refused.url).get('error'), 'consent_required');
});

test('an optional scope that was left out is not given, and not asked for again', async () => {
  const visitor = await signUp(running, 'picky@example.com');
  await visitor.get(requestOf());
  const { url } = await visitor.submit('/oauth2/auth', { decision: 'allow' });
  assert.equal(answerIn(url).get('scope'), 'account.read asset.read offline');
  const again = await visitor.get(requestOf());
  assert.equal(answerIn(again.url).get('scope'), 'account.read asset.read offline');
});

test('Deny goes back with access_denied, state and iss, and grants nothing', async () => {
  const visitor = await signUp(running, 'no@example.com');
  await visitor.get(requestOf());
  const answer = answerIn((await visitor.submit('/oauth2/auth', { decision: 'deny' })).url);
  assert.equal(answer.get('error'), 'access_denied');
  assert.equal(answer.get('state'), 'a state & more');
  assert.equal(answer.get('iss'), running.base);
  const user = await userOf(visitor, 'no@example.com');
  const filter = { userId: user.id, sinceDay: 0 };
  const page = { page: 1, pageSize: 10 };
  assert.equal((await running.app.storage.grants.connections(filter, page)).total, 0);
});

test('disconnecting ends refresh and access tokens at once', async () => {
  const visitor = await signUp(running, 'bye@example.com');
  await visitor.get(requestOf());
  const code = answerIn((await visitor.submit('/oauth2/auth', { decision: 'allow' })).url).get(
    'code',
  );
  const { json } = await exchange(code ?? '');
  const call = () =>
    fetch(`${running.base}/v2/me`, { headers: { authorization: `Bearer ${json.access_token}` } });
  assert.equal((await call()).status, 200);
  const list = await visitor.get('/connections');
  assert.match(list.text, /Cutting Room Persistent/);
  const path = /href="(\/connections\/[^"]+)"/.exec(list.html)?.[1] ?? '';
  await visitor.get(path);
  const after = await visitor.submit(`${path}/disconnect`);
  assert.match(after.text, /Disconnected/);
  const refused = await call();
  assert.equal(refused.status, 401);
  assert.match(await refused.text(), /grant_revoked/);
  const refresh = await postForm(
    `${running.base}/oauth2/token`,
    { grant_type: 'refresh_token', refresh_token: json.refresh_token },
    { id: registered.app.id, secret: registered.secret },
  );
  assert.equal(refresh.json.error, 'invalid_grant');
});

test('prompt=login and max_age=0 ask for the password once, and then go on', async () => {
  const visitor = await signUp(running, 'sure@example.com');
  for (const wish of [{ prompt: 'login' }, { max_age: '0' }]) {
    const page = await visitor.get(requestOf(wish));
    assert.match(page.url, /\/sign-in\?/);
    assert.match(page.html, /value="sure@example\.com"|Please sign in/);
    const next = await visitor.submit('/sign-in', {
      email: 'sure@example.com',
      password: PASSWORD,
    });
    assert.match(next.text, /asks for/, next.url);
  }
});

test('a form that was drawn for another session or request grants nothing', async () => {
  const victim = await signUp(running, 'victim@example.com');
  const attacker = await signUp(running, 'attacker@example.com');
  await attacker.get(requestOf());
  const theirs = attacker.hidden('/oauth2/auth');
  await victim.get(requestOf());
  const own = victim.hidden('/oauth2/auth');
  assert.ok(theirs && own);
  const forged = [
    { ...own, ticket: theirs['ticket'] ?? '' },
    { ...own, request: own['request']?.replace('state=a', 'state=b') ?? '' },
    { ...own, account_id: theirs['account_id'] ?? '' },
    { ...theirs, csrf: own['csrf'] ?? '' },
  ];
  for (const fields of forged) {
    const page = await victim.post('/oauth2/auth', { ...fields, decision: 'allow' });
    assert.equal(page.status, 409, JSON.stringify(fields));
  }
});

test('an unknown client or redirect URI gets a page and never a redirect; its owner sees both URIs', async () => {
  const evil = 'https://app.example.com.evil.example/callback';
  for (const visitor of [running.visitor(), await signUp(running, 'owner-not@example.com')]) {
    const page = await visitor.get(requestOf({ redirect_uri: evil }));
    assert.equal(page.status, 400);
    assert.ok(!page.html.includes(evil));
  }
  const owner = running.visitor();
  await owner.get('/sign-in');
  await owner.submit('/sign-in', { email: 'dev@example.com', password: PASSWORD });
  const page = await owner.get(requestOf({ redirect_uri: evil }));
  assert.equal(page.status, 400);
  assert.ok(page.text.includes(evil) && page.text.includes(CALLBACK), page.text);
  assert.match(page.text, /Differs in host/);
  const unknown = await running.visitor().get(requestOf({ client_id: crypto.randomUUID() }));
  assert.equal(unknown.status, 400);
  assert.match(unknown.text, /No app is registered/);
});
