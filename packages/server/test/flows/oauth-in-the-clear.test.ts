/** Codes, tokens and client secrets of a whole life of an app; then a search for them wherever something is kept. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { CALLBACK, postForm, registerApp, type Basic } from '../support/oauth.ts';
import { signUp, startApp, type RunningApp } from '../support/running-app.ts';

const EMAIL = 'ada@example.com';

let running: RunningApp;
before(async () => {
  running = await startApp();
  await journey();
});
after(() => running.stop());

/** A request to an OAuth endpoint; whatever is sent and answered counts as met. */
async function post(path: string, fields: Record<string, string>, client?: Basic) {
  const answer = await postForm(running.base + path, fields, client);
  running.secrets.noteText(JSON.stringify([fields, answer.json]));
  return answer;
}

async function journey(): Promise<void> {
  const visitor = await signUp(running, EMAIL);
  const user = await running.app.storage.users.byEmail(EMAIL);
  assert.ok(user);
  const { app, secret } = await registerApp(running.app, user);
  const service = await registerApp(running.app, user, { type: 'service' });
  for (const value of [secret, service.secret]) running.secrets.noteText(value);
  const client = { id: app.id, secret };
  const query = { response_type: 'code', client_id: app.id, redirect_uri: CALLBACK, state: 'x' };
  await visitor.get(`/oauth2/auth?${new URLSearchParams(query).toString()}`);
  const { url } = await visitor.submit('/oauth2/auth', { decision: 'allow' });
  running.secrets.noteText(url);
  const code = new URL(url).searchParams.get('code') ?? '';
  const exchange = { grant_type: 'authorization_code', code, redirect_uri: CALLBACK };
  await post('/oauth2/token', exchange, { ...client, secret: service.secret });
  const { json } = await post('/oauth2/token', exchange, client);
  const refresh = { grant_type: 'refresh_token', refresh_token: json.refresh_token };
  const next = await post('/oauth2/token', refresh, client);
  await post('/oauth2/token', refresh, client);
  const own = { id: service.app.id, secret: service.secret };
  const { json: machine } = await post('/oauth2/token', { grant_type: 'client_credentials' }, own);
  for (const token of [
    next.json.access_token,
    machine.access_token,
    json.refresh_token,
    code,
    secret,
  ]) {
    await post('/oauth2/introspect', { token }, client);
    const headers = { authorization: `Bearer ${token}` };
    await fetch(`${running.base}/v2/me`, { headers });
    // Where people put them by mistake.
    await fetch(`${running.base}/oauth2/token?client_secret=${token}&code=${token}`, {
      method: 'POST',
    });
    await visitor.get(`/oauth2/auth?client_id=${token}&redirect_uri=${token}&state=${token}`);
  }
  await post('/oauth2/revoke', { token: next.json.refresh_token }, client);
  await post('/oauth2/token', exchange, client);
  await visitor.get('/connections');
  await visitor.get('/account');
  await running.app.authorization.grantUsage.flush();
  await running.app.authorization.secretUsage.flush();
}

test('the journey met codes, access tokens, refresh tokens and client secrets', () => {
  // Two secrets, a code, three access tokens and two refresh tokens, each with and without its id.
  assert.ok(running.secrets.count('credential') >= 16);
});

test('neither log nor database nor any other file holds one of them', () => {
  assert.ok(running.log.some((line) => line.includes('oauth request refused')));
  assert.deepEqual(running.secrets.foundIn(running.log.join('')), []);
  assert.deepEqual(running.secrets.foundInFiles(running.directory), []);
});

test('nor does a message', async () => {
  const { items } = await running.app.storage.outbox.list('all', { page: 1, pageSize: 100 });
  assert.ok(items.some(({ notice }) => notice.kind === 'app-authorised'));
  for (const { notice } of items.filter(({ notice: { kind } }) => kind !== 'verify-email')) {
    const { text, html } = running.app.renderMail(notice);
    assert.deepEqual(running.secrets.foundIn(text + html + JSON.stringify(notice)), []);
  }
});
