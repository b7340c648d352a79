/** The owner of an app offers it to an address; whoever has proved it accepts, in pages without script. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { CALLBACK } from '../support/oauth.ts';
import { PASSWORD, signUp, startApp, type RunningApp } from '../support/running-app.ts';
import type { WebVisitor } from '../support/visitor.ts';
import { act, csrfOf, make, SERVICE, signIn, userOf } from './app-people.ts';

const HOUR = 3600;
const time = { now: 1_790_000_000 };
let running: RunningApp;
let operator: WebVisitor;
let ada: WebVisitor;
let grace: WebVisitor;
before(async () => {
  running = await startApp({ clock: () => time.now });
  operator = await signUp(running, 'operator@example.com');
  ada = await signUp(running, 'ada@example.com');
  grace = await signUp(running, 'grace@example.com');
});
after(() => running.stop());

const ownerOf = async (id: string) => (await running.app.storage.apps.byId(id))?.ownerId;
const secretsOf = (id: string) => running.app.storage.secrets.ofApp(id);
const page = { page: 1, pageSize: 100 };

const noticesTo = async (address: string) => {
  const { items } = await running.app.storage.outbox.list('all', page);
  return items.map(({ notice }) => notice).filter(({ to }) => to === address);
};
const eventsOf = async (email: string) => {
  const { id: userId } = await userOf(running, email);
  const { items } = await running.app.storage.events.list({ userId }, page);
  return items;
};

async function offer(id: string, email: string) {
  await ada.get(`/apps/${id}/offer`);
  return ada.submit(`/apps/${id}/offer`, { email });
}

/** Where whoever it is offered to decides. */
async function offerOf(visitor: WebVisitor, appId: string): Promise<string> {
  const open = await running.app.storage.offers.openOf(appId, time.now);
  const path = `/apps/offers/${open?.id}`;
  assert.ok((await visitor.get('/apps/offers')).html.includes(`href="${path}"`));
  return path;
}

test('an app is offered, seen with all that comes with it, and accepted', async () => {
  const { id } = await make(ada);
  assert.match((await ada.get(`/apps/${id}`)).html, new RegExp(`href="/apps/${id}/offer"`));
  const made = await offer(id, ' Grace@Example.com');
  assert.match(made.text, /The app is offered/);
  assert.match(made.text, /To grace@example\.com ?, until/);
  assert.match((await grace.get('/apps')).text, /1 app is offered to you/);
  const path = await offerOf(grace, id);
  const asked = await grace.get(path);
  for (const shown of [CALLBACK, 'Cutting Room', 'asset.create', 'ada@example.com', 'Nobody'])
    assert.ok(asked.text.includes(shown), shown);
  assert.match(asked.html, /name="overlap_hours" value="24" checked/);
  const done = await grace.submit(`${path}/accept`, { overlap_hours: '1' });
  assert.match(done.text, /The app is yours now/);
  assert.equal(await ownerOf(id), (await userOf(running, 'grace@example.com')).id);
  assert.deepEqual(
    (await secretsOf(id)).map(({ endsAt }) => endsAt),
    [time.now + HOUR],
  );
  assert.equal((await ada.get(`/apps/${id}`)).status, 404);
  assert.equal((await grace.get(path)).status, 404);
  const [latest] = await noticesTo('ada@example.com');
  assert.partialDeepStrictEqual(latest, { kind: 'app-transferred', isAccepted: true });
  const log = await ada.get('/account');
  assert.match(log.text, /App given to another owner: .?Cutting Room.? .*Whoever it was offered/);
  assert.doesNotMatch(log.text, /An operator/);
  const [transferred] = await eventsOf('ada@example.com');
  assert.equal(transferred?.address, null, 'where the new owner is, is theirs');
});

test('the new owner chooses another end for the secrets of before, or ends them at once', async () => {
  const { id } = await make(ada);
  await offer(id, 'grace@example.com');
  const path = await offerOf(grace, id);
  await grace.get(path);
  await grace.submit(`${path}/accept`, { overlap_hours: '1' });
  const ends = `/apps/${id}/secrets/end`;
  assert.match((await grace.get(`/apps/${id}`)).html, new RegExp(`href="${ends}"`));
  const wrong = await grace.get(ends).then(() => grace.submit(ends, { overlap_hours: '169' }));
  assert.equal(wrong.status, 422);
  await grace.get(ends);
  const done = await grace.submit(ends, { overlap_hours: '168' });
  assert.match(done.text, /end as you chose/);
  assert.equal((await secretsOf(id))[0]?.endsAt, time.now + 168 * HOUR);
  assert.match(done.text, /End of a client secret changed/);
  await grace.get(ends);
  await grace.submit(ends, { overlap_hours: '0' });
  assert.deepEqual(await secretsOf(id), []);
  assert.equal((await grace.get(ends)).status, 409);
  assert.equal((await act(ada, ends, { overlap_hours: '0' })).status, 404);
});

test('after a transfer by an operator too', async () => {
  const { id } = await make(ada);
  await operator.get(`/admin/apps/${id}/transfer`);
  const fields = { email: 'grace@example.com', overlap_hours: '1' };
  await operator.submit(`/admin/apps/${id}/transfer`, fields);
  await grace.get(`/apps/${id}/secrets/end`);
  await grace.submit(`/apps/${id}/secrets/end`, { overlap_hours: '24' });
  assert.equal((await secretsOf(id))[0]?.endsAt, time.now + 24 * HOUR);
});

test('the owner is told the same of every address, and messages say nothing that was typed', async () => {
  const [known, unknown] = [await make(ada), await make(ada)];
  await running.app.storage.users.update((await userOf(running, 'ada@example.com')).id, {
    name: 'Call 1-888',
  });
  const said = async (id: string, email: string) => {
    const { text, status } = await offer(id, email);
    return { status, text: text.replaceAll(email, '<>').replaceAll(id, '<id>') };
  };
  // Ids of secrets and times apart, the two pages are one.
  const bare = (text: string) => text.replaceAll(/gate_cs_\S+/g, '').replaceAll(/\d/g, '');
  const [first, second] = [
    await said(known.id, 'grace@example.com'),
    await said(unknown.id, 'nobody@example.com'),
  ];
  assert.equal(first.status, second.status);
  assert.equal(bare(first.text), bare(second.text));
  const [toKnown] = await noticesTo('grace@example.com');
  const [toUnknown] = await noticesTo('nobody@example.com');
  assert.deepEqual({ ...toUnknown, to: 'grace@example.com' }, toKnown);
  assert.deepEqual(Object.keys(toKnown ?? {}).toSorted(), ['expiresAt', 'kind', 'to']);
  const path = await offerOf(grace, known.id);
  await grace.get(path);
  assert.match((await grace.submit(`${path}/decline`)).text, /You declined/);
  assert.equal((await noticesTo('ada@example.com'))[0]?.kind, 'app-offer-declined');
  assert.match((await ada.get(`/apps/${known.id}`)).text, /Offer to another owner declined/);
  await ada.get(`/apps/${unknown.id}`);
  assert.match((await ada.submit(`/apps/${unknown.id}/offer/withdraw`)).text, /withdrawn/);
  assert.equal((await act(ada, `/apps/${unknown.id}/offer/withdraw`)).status, 409);
});

test('only whoever has proved the address sees an offer', async () => {
  const { id } = await make(ada);
  await offer(id, 'later@example.com');
  const { items } = await running.app.storage.events.list({ resourceId: id }, page);
  const offerId = items.find(({ type }) => type === 'oauth_app_offered')?.details['offer'];
  const path = `/apps/offers/${String(offerId)}`;
  for (const other of [ada, grace, operator]) {
    assert.equal((await other.get(path)).status, 404);
    const accepted = await act(other, `${path}/accept`, { seen: 'x', overlap_hours: '0' });
    assert.equal(accepted.status, 404);
    assert.equal((await act(other, `${path}/decline`)).status, 404);
  }
  const later = await signUp(running, 'later@example.com');
  const { id: userId } = await userOf(running, 'later@example.com');
  await running.app.storage.users.update(userId, { emailVerifiedAt: null });
  assert.equal((await later.get(path)).status, 404);
  await running.app.storage.users.update(userId, { emailVerifiedAt: time.now });
  assert.equal((await later.get(path)).status, 200);
  const wrong = await act(later, `${path}/accept`, { seen: 'x', overlap_hours: '0' });
  assert.equal(wrong.status, 409);
  assert.match(wrong.html, /changed meanwhile/);
  const hours = await act(later, `${path}/accept`, { overlap_hours: '999' });
  assert.equal(hours.status, 422);
  await ada.get(`/apps/${id}`);
  await ada.submit(`/apps/${id}/offer/withdraw`);
  assert.equal((await later.get(path)).status, 404);
  assert.equal((await later.get('/apps/offers/not-an-id')).status, 404);
});

test('what is wrong stands at its field', async () => {
  const { id } = await make(ada, SERVICE);
  for (const [email, words] of [
    ['', /Write their e-mail address/],
    ['not an address', /Write their e-mail address/],
    ['ada@example.com', /your own address/],
  ] as const) {
    const refused = await offer(id, email);
    assert.equal(refused.status, 422);
    assert.match(refused.text, words);
  }
  await offer(id, 'grace@example.com');
  assert.match((await offer(id, 'operator@example.com')).text, /offered already/);
  const path = await offerOf(grace, id);
  const asked = await grace.get(path);
  assert.match(asked.html, /name="overlap_hours" value="0" checked/, 'none for a service');
  assert.match(asked.text, /acts with your rights/);
});

test('offering and accepting ask for the password again, and nothing is lost', async () => {
  const { id } = await make(ada);
  time.now += 600;
  await ada.get(`/apps/${id}/offer`);
  const kept = await ada.submit(`/apps/${id}/offer`, { email: 'grace@example.com' });
  assert.equal(kept.status, 403);
  assert.match(kept.text, /Confirm that it is you/);
  assert.equal((await running.app.storage.offers.openOf(id, time.now)) === null, true);
  ada = await signIn(running, 'ada@example.com');
  await offer(id, 'grace@example.com');
  const path = await offerOf(grace, id);
  await grace.get(path);
  const asked = await grace.submit(`${path}/accept`, { overlap_hours: '0' });
  assert.equal(asked.status, 403);
  assert.equal(await ownerOf(id), (await userOf(running, 'ada@example.com')).id);
});

test('a token gives no app away, and an owner to be deleted is shown the way', async () => {
  const { id } = await make(ada);
  const deletion = await ada.get('/account/delete');
  assert.ok(deletion.html.includes(`href="/apps/${id}/offer"`));
  assert.match(deletion.text, /wait until they have accepted/);
  const user = await userOf(running, 'ada@example.com');
  const ceiling = { tokenId: 'x', accountId: user.accountId, scopes: [] };
  const origin = { source: 'api', client: 'x', address: null, actorId: user.id } as const;
  const actor = { user, origin, isOperator: true, ceiling };
  const asked = { id, email: 'grace@example.com' };
  assert.equal((await running.app.authorization.apps.offer(asked, actor)).outcome, 'not-found');
  assert.ok((await csrfOf(ada)).length > 0);
});

test('offers are in the export of both, and go with whoever made them', async () => {
  const { id } = await make(ada);
  await offer(id, 'grace@example.com');
  const rows = async (email: string) => {
    const user = await userOf(running, email);
    const read = running.app.storage.personalData.read({
      id: user.id,
      email: user.email,
      inAttemptKeys: ['x'],
    });
    const found = [];
    for await (const { section, rows } of read) if (section === 'app_offers') found.push(...rows);
    return found.filter((row) => row['app_id'] === id);
  };
  assert.equal((await rows('ada@example.com')).length, 1);
  assert.equal((await rows('grace@example.com')).length, 1);
  assert.equal((await rows('operator@example.com')).length, 0);
  const user = await userOf(running, 'ada@example.com');
  const subject = { id: user.id, email: user.email, inAttemptKeys: [user.id] };
  await running.app.storage.personalData.erase(subject, new Set());
  assert.equal((await rows('grace@example.com')).length, 0);
});

test('an address that nobody can sign up with is written to only when somebody has it', async () => {
  const closed = await startApp({
    change: (config) => ({ ...config, signUp: { mode: 'domains', domains: ['example.com'] } }),
  });
  try {
    const owner = await signUp(closed, 'ada@example.com');
    const outside = { name: 'Edsger', email: 'edsger@example.net', password: PASSWORD };
    const origin = { source: 'cli', client: 'cli/test', address: null, actorId: null } as const;
    await closed.app.accounts.createUser({ ...outside, isOperator: false }, origin);
    const written = async (address: string): Promise<boolean> => {
      const { id } = await make(owner);
      await owner.get(`/apps/${id}/offer`);
      const made = await owner.submit(`/apps/${id}/offer`, { email: address });
      assert.match(made.text, /The app is offered/, 'the same answer for all');
      const { items } = await closed.app.storage.outbox.list('all', page);
      return items.some(({ notice: { kind, to } }) => kind === 'app-offered' && to === address);
    };
    assert.equal(await written('nobody@example.com'), true, 'who may sign up');
    assert.equal(await written('nobody@example.net'), false, 'who may not');
    assert.equal(await written('edsger@example.net'), true, 'who need not');
  } finally {
    await closed.stop();
  }
});
