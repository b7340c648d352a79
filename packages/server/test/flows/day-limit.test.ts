/** Whoever makes and ends things in a loop is stopped for a day, in pages and over the API alike. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import type { User } from '../../src/identity/types.ts';
import { FORM, registerApp } from '../support/oauth.ts';
import { signUp, startApp, type RunningApp } from '../support/running-app.ts';
import type { WebVisitor } from '../support/visitor.ts';
import { ask as askForToken } from '../portal/tokens/people.ts';
import { ask as askForApp, SERVICE, userOf } from './app-people.ts';

const START = 1_790_000_000;
const DAY = 86_400;

const time = { now: START };
let running: RunningApp;
let nextPerson = 0;

before(async () => {
  running = await startApp({
    clock: () => time.now,
    change: (config) => ({
      ...config,
      tokens: { ...config.tokens, mostPerUser: 1 },
      apps: { ...config.apps, mostPerUser: 1 },
    }),
  });
});
after(() => running.stop());

async function person(): Promise<{ visitor: WebVisitor; user: User }> {
  const email = `u${nextPerson++}@example.com`;
  const visitor = await signUp(running, email);
  return { visitor, user: await userOf(running, email) };
}

type Source = 'portal' | 'cli';
const originOf = (source: Source, user: User) =>
  ({ source, client: 'test', address: null, actorId: user.id }) as const;

const actorOf = (user: User, source: Source = 'portal') => ({
  user,
  origin: originOf(source, user),
  isOperator: false,
  ceiling: null,
});

const create = (user: User, source: Source = 'portal', creationKey: string = randomUUID()) =>
  running.app.tokens.create(
    {
      description: 'nightly export',
      scopes: ['account.read', 'asset.read'],
      lifeSeconds: 30 * DAY,
      accountId: user.accountId,
      creationKey,
    },
    actorOf(user, source),
  );

/** Makes and revokes until `count` were made. */
async function makeTokens(user: User, count: number): Promise<void> {
  for (let made = 0; made < count; made++) {
    const outcome = await create(user);
    assert.ok(outcome.outcome === 'created', outcome.outcome);
    const asked = { id: outcome.token.id, act: 'revoke' } as const;
    await running.app.tokens.switch(asked, actorOf(user));
  }
}

async function makeApps(user: User, count: number): Promise<void> {
  const { apps } = running.app.authorization;
  for (let made = 0; made < count; made++) {
    const { app } = await registerApp(running.app, user);
    await apps.switch({ id: app.id, act: 'delete' }, actorOf(user));
  }
}

const eventsOf = async (user: User): Promise<number> =>
  (await running.app.storage.events.list({ userId: user.id }, { page: 1, pageSize: 1 })).total;

test('a tenth token of the one that may live is made, the next only when the first is a day old', async () => {
  const { user, visitor } = await person();
  await makeTokens(user, 1);
  time.now += 3600;
  await makeTokens(user, 9);
  const events = await eventsOf(user);
  const refused = await create(user);
  assert.deepEqual(refused, { outcome: 'made-enough', most: 10, retryAfterSeconds: DAY - 3600 });
  assert.equal(await eventsOf(user), events);
  const page = await askForToken(visitor);
  assert.equal(page.status, 429);
  assert.equal(page.headers.get('retry-after'), String(DAY - 3600));
  assert.match(page.text, /10 tokens were made within 24 hours.* in 23 hours/);
  assert.match(page.html, /value="nightly export"/);
  time.now += DAY - 3601;
  assert.equal((await create(user)).outcome, 'made-enough');
  time.now += 1;
  assert.equal((await create(user)).outcome, 'created');
});

test('rotations count as well, and are refused as kindly', async () => {
  const { user, visitor } = await person();
  await makeTokens(user, 8);
  const made = await create(user);
  assert.ok(made.outcome === 'created');
  const rotate = async (id: string) => {
    await visitor.get(`/tokens/${id}/rotate`);
    return visitor.submit(`/tokens/${id}/rotate`, { overlap: '0' });
  };
  assert.equal((await rotate(made.token.id)).status, 200);
  const { replacedById } = (await running.app.storage.tokens.byId(made.token.id)) ?? {};
  assert.ok(typeof replacedById === 'string');
  const refused = await rotate(replacedById);
  assert.equal(refused.status, 429);
  assert.match(refused.headers.get('retry-after') ?? '', /^\d+$/);
  assert.match(refused.text, /10 tokens were made within 24 hours/);
  const current = await running.app.storage.tokens.byId(replacedById);
  assert.deepEqual([current?.replacedById, current?.revokedAt], [null, null]);
});

test('the command line is not limited, and a form that is sent again is answered as before', async () => {
  const { user } = await person();
  await makeTokens(user, 9);
  const key = randomUUID();
  const last = await create(user, 'portal', key);
  assert.ok(last.outcome === 'created');
  assert.equal((await create(user, 'portal', key)).outcome, 'already-created');
  await running.app.tokens.switch({ id: last.token.id, act: 'revoke' }, actorOf(user));
  assert.equal((await create(user, 'cli')).outcome, 'created');
});

test('of many requests at once no more are answered than there is room for', async () => {
  const { user } = await person();
  await makeTokens(user, 8);
  const first = await create(user);
  assert.ok(first.outcome === 'created');
  const asked = () => ({ id: first.token.id, overlapSeconds: 0, creationKey: randomUUID() });
  const outcomes = await Promise.allSettled(
    Array.from({ length: 8 }, () => running.app.tokens.rotate(asked(), actorOf(user))),
  );
  const rotated = outcomes.filter(
    (one) => one.status === 'fulfilled' && one.value.outcome === 'rotated',
  );
  assert.equal(rotated.length, 1);
  assert.equal((await create(user)).outcome, 'too-many');
});

test('apps and their secrets are limited in the same way', async () => {
  const { user, visitor } = await person();
  const { apps } = running.app.authorization;
  await makeApps(user, 9);
  const { app } = await registerApp(running.app, user);
  const add = async () => apps.addSecret({ id: app.id, creationKey: randomUUID() }, actorOf(user));
  // Five may live, and ten came with the apps.
  for (let made = 10; made < 50; made++) {
    const outcome = await add();
    assert.ok(outcome.outcome === 'added', outcome.outcome);
    const secretId = outcome.secret.id;
    await apps.revokeSecret({ id: app.id, secretId }, actorOf(user));
  }
  const refusal = { outcome: 'made-enough', most: 50, retryAfterSeconds: DAY };
  assert.deepEqual(await add(), refusal);
  await visitor.get(`/apps/${app.id}`);
  const page = await visitor.submit(`/apps/${app.id}/secrets`);
  assert.equal(page.status, 429);
  assert.equal(page.headers.get('retry-after'), String(DAY));
  assert.match(page.text, /50 client secrets were made within 24 hours/);
  await apps.switch({ id: app.id, act: 'delete' }, actorOf(user));
  const form = await askForApp(visitor, SERVICE);
  assert.equal(form.status, 429);
  assert.match(form.text, /10 apps were made within 24 hours/);
  assert.match(form.html, /value="Render farm"/);
  const registration = { type: 'web', form: FORM, accountId: user.accountId } as const;
  const operator = { ...actorOf(user, 'cli'), isOperator: true };
  const made = await apps.register({ ...registration, creationKey: randomUUID() }, operator);
  assert.equal(made.outcome, 'registered');
});
