/** Who looks at a connection or an app sees the use that was made of it a moment ago, in the process that answers. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { exchange, postForm, registerApp } from '../support/oauth.ts';
import { signUp, startApp, type RunningApp } from '../support/running-app.ts';
import type { WebVisitor } from '../support/visitor.ts';
import { callMe, userOf } from './app-people.ts';

let running: RunningApp;
let ada: WebVisitor;
before(async () => {
  running = await startApp();
  ada = await signUp(running, 'ada@example.com');
});
after(() => running.stop());

test('of a connection, in the list, on its page and on the welcome page', async () => {
  const user = await userOf(running, 'ada@example.com');
  const registered = await registerApp(running.app, user);
  const place = { base: running.base, modules: running.app };
  const { json } = await exchange(place, { user, registered });
  assert.match((await ada.get('/connections')).text, /Last used Never Calls in 30 days 0/);
  const call = () => callMe(running, json.access_token);
  await call();
  assert.match((await ada.get('/connections')).text, /Last used just now Calls in 30 days 1/);
  const path = /href="(\/connections\/[0-9a-f-]{36})"/.exec(ada.page?.html ?? '')?.[1] ?? '';
  await call();
  assert.match((await ada.get(path)).text, /Last used just now Calls in 30 days 2/);
  await call();
  await ada.get('/');
  const { items } = await running.app.storage.grants.connections(
    { userId: user.id, sinceDay: 0 },
    { page: 1, pageSize: 1 },
  );
  assert.equal(items[0]?.calls, 3);
});

test('of a client secret, on the page of its app and on the one that asks before it is revoked', async () => {
  const user = await userOf(running, 'ada@example.com');
  const { app, secret } = await registerApp(running.app, user, { type: 'service' });
  const use = () =>
    postForm(
      `${running.base}/oauth2/token`,
      { grant_type: 'client_credentials' },
      { id: app.id, secret },
    );
  const path = `/apps/${app.id}`;
  assert.match((await ada.get(path)).text, /Last used Never/);
  await use();
  const fields = ada.hidden(`${path}/secrets/revoke`);
  assert.match((await ada.post(`${path}/secrets/revoke`, fields ?? {})).text, /Last used just now/);
  await use();
  assert.match((await ada.get(path)).text, /Last used just now/);
});
