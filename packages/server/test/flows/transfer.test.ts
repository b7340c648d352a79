/** An operator gives an app to another owner, in pages without script. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { approve, CALLBACK } from '../support/oauth.ts';
import { signUp, startApp, type RunningApp } from '../support/running-app.ts';
import type { WebVisitor } from '../support/visitor.ts';
import { act, make, SERVICE, signIn, userOf } from './app-people.ts';

const time = { now: 1_790_000_000 };
let running: RunningApp;
let operator: WebVisitor;
let ada: WebVisitor;
let grace: WebVisitor;
before(async () => {
  running = await startApp({
    clock: () => time.now,
    change: (config) => ({ ...config, apps: { registration: 'everyone', mostPerUser: 4 } }),
  });
  operator = await signUp(running, 'operator@example.com');
  ada = await signUp(running, 'ada@example.com');
  grace = await signUp(running, 'grace@example.com');
});
after(() => running.stop());

const ownerOf = async (id: string) => (await running.app.storage.apps.byId(id))?.ownerId;
const secretsOf = (id: string) => running.app.storage.secrets.ofApp(id);
const origin = { source: 'cli', client: 'cli/test', address: null, actorId: null } as const;

test('an operator gives an app away from its page, and its secrets end as chosen', async () => {
  const { id } = await make(ada);
  const path = `/admin/apps/${id}/transfer`;
  assert.ok((await operator.get(`/apps/${id}`)).html.includes(`href="${path}"`));
  assert.ok((await operator.get('/admin/apps')).html.includes(`href="${path}"`));
  const asked = await operator.get(path);
  assert.match(asked.text, /Whoever connected it stays connected/);
  assert.match(asked.html, /name="overlap_hours" value="24" checked/);
  const done = await operator.submit(path, { email: ' Grace@Example.com', overlap_hours: '1' });
  assert.match(done.text, /The app has another owner now/);
  assert.equal(await ownerOf(id), (await userOf(running, 'grace@example.com')).id);
  assert.deepEqual(
    (await secretsOf(id)).map(({ endsAt }) => endsAt),
    [time.now + 3600],
  );
  const received = await grace.get(`/apps/${id}`);
  assert.equal(received.status, 200);
  assert.match(received.html, /<th scope="col" class="cell-text">\s*Ends/);
  assert.ok(received.html.includes(new Date((time.now + 3600) * 1000).toISOString().slice(0, 16)));
  assert.equal((await ada.get(`/apps/${id}`)).status, 404);
});

test('the secrets of a service end at once unless the operator chooses otherwise', async () => {
  const { id } = await make(ada, SERVICE);
  const path = `/admin/apps/${id}/transfer`;
  const asked = await operator.get(path);
  assert.match(asked.html, /name="overlap_hours" value="0" checked/);
  assert.match(asked.text, /acts with the rights of the new owner/);
  await operator.submit(path, { email: 'grace@example.com', overlap_hours: '0' });
  assert.equal(await ownerOf(id), (await userOf(running, 'grace@example.com')).id);
  assert.deepEqual(await secretsOf(id), []);
});

test('what is wrong stands at its field, what was typed stays, and nothing changes', async () => {
  const { id } = await make(ada);
  const { id: adaId } = await userOf(running, 'ada@example.com');
  const gone = await signUp(running, 'gone@example.com');
  const { id: userId } = await userOf(running, 'gone@example.com');
  assert.equal((await gone.get('/')).status, 200);
  await running.app.accounts.setSuspended({ userId, isSuspended: true, origin });
  const full = await signUp(running, 'full@example.com');
  for (let made = 0; made < 4; made++) await make(full);
  const path = `/admin/apps/${id}/transfer`;
  for (const [email, overlap_hours, field, words] of [
    ['', '24', 'email', /Write their e-mail address/],
    ['not an address', '24', 'email', /Write their e-mail address/],
    ['nobody@example.com', '24', 'email', /Nobody has signed up here/],
    ['ada@example.com', '24', 'email', /theirs already/],
    ['gone@example.com', '24', 'email', /or are suspended/],
    ['full@example.com', '24', 'email', /4 apps already/],
    ['grace@example.com', '169', 'overlap-hours', /within 7 days/],
    ['grace@example.com', '-1', 'overlap-hours', /within 7 days/],
    ['grace@example.com', '', 'overlap-hours', /within 7 days/],
  ] as const) {
    await operator.get(path);
    const page = await operator.submit(path, { email, overlap_hours });
    assert.equal(page.status, 422, email);
    assert.match(page.text, words);
    assert.ok(page.html.includes(`id="field-${field}-error"`), `${email} ${overlap_hours}`);
    assert.ok(page.html.includes(`value="${email}"`));
  }
  assert.equal(await ownerOf(id), adaId);
  assert.equal((await secretsOf(id))[0]?.endsAt, null);
});

test('it is an act of operators, who give the password again', async () => {
  const { id } = await make(ada);
  const path = `/admin/apps/${id}/transfer`;
  const fields = { email: 'grace@example.com', overlap_hours: '0' };
  assert.equal((await ada.get(`/apps/${id}`)).html.includes(path), false);
  const absent = (await ada.get('/admin/people')).status;
  assert.equal((await ada.get(path)).status, absent);
  assert.equal((await act(ada, path, fields)).status, absent);
  time.now += 600;
  await operator.get(path);
  const kept = await operator.submit(path, fields);
  assert.equal(kept.status, 403);
  assert.match(kept.text, /Confirm that it is you/);
  assert.equal(await ownerOf(id), (await userOf(running, 'ada@example.com')).id);
});

test('the pages on which a person is suspended or deleted lead to the transfer of their apps', async () => {
  const joan = await signUp(running, 'joan@example.com');
  const { id } = await make(joan);
  const { id: personId } = await userOf(running, 'joan@example.com');
  operator = await signIn(running, 'operator@example.com');
  const pages = [`/admin/people/${personId}`, `/admin/people/${personId}/delete`];
  for (const page of pages) {
    const { html, text } = await operator.get(page);
    assert.ok(html.includes(`href="/admin/apps/${id}/transfer"`), page);
    assert.match(text, /Nobody/);
  }
  const own = await joan.get('/account/delete');
  assert.ok(own.html.includes(`href="/apps/${id}"`));
  assert.equal(own.html.includes('/admin/'), false);
  await running.app.accounts.setSuspended({ userId: personId, isSuspended: true, origin });
  await operator.get(`/admin/apps/${id}/transfer`);
  const fields = { email: 'operator@example.com', overlap_hours: '0' };
  const done = await operator.submit(`/admin/apps/${id}/transfer`, fields);
  assert.match(done.text, /another owner now/);
  for (const page of pages)
    assert.equal((await operator.get(page)).html.includes(`/admin/apps/${id}`), false, page);
});

test('the question of an app and the page of its connection name the owner of today', async () => {
  operator = await signIn(running, 'operator@example.com');
  const people = running.app.storage.users;
  const owner = await signUp(running, 'owner@example.com');
  await signUp(running, 'heir@example.com');
  await people.update((await userOf(running, 'owner@example.com')).id, { name: 'Olga Owner' });
  await people.update((await userOf(running, 'heir@example.com')).id, { name: 'Hanna Heir' });
  const { id } = await make(owner);
  const kit = await signUp(running, 'kit@example.com');
  const user = await userOf(running, 'kit@example.com');
  const app = await running.app.storage.apps.byId(id);
  assert.ok(app !== null);
  await approve(running.app, { user, app });
  const key = { userId: user.id, clientId: id, accountId: user.accountId };
  const grant = await running.app.storage.grants.find(key);
  const question = new URLSearchParams({
    response_type: 'code',
    client_id: id,
    redirect_uri: CALLBACK,
    scope: app.scopes.join(' '),
    prompt: 'consent',
  });
  const named = async (): Promise<readonly string[]> => {
    const pages = [
      `/connections`,
      `/connections/${grant?.id}`,
      `/oauth2/auth?${question.toString()}`,
    ];
    const all: string[] = [];
    for (const page of pages)
      all.push(/Olga Owner|Hanna Heir/.exec((await kit.get(page)).text)?.[0] ?? 'nobody');
    return all;
  };
  assert.deepEqual(await named(), ['Olga Owner', 'Olga Owner', 'Olga Owner']);
  await operator.get(`/admin/apps/${id}/transfer`);
  const fields = { email: 'heir@example.com', overlap_hours: '0' };
  await operator.submit(`/admin/apps/${id}/transfer`, fields);
  assert.deepEqual(await named(), ['Hanna Heir', 'Hanna Heir', 'Hanna Heir']);
});
