import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, mock, test } from 'node:test';
import { readConfig } from '../../src/config/read.ts';
import { createLogger } from '../../src/http/logger.ts';
import { purge, startJobs } from '../../src/compose/jobs.ts';
import { days, hours, minutes } from '../../src/kit/clock.ts';
import { openModules, type Modules } from '../../src/compose/modules.ts';
import { addToken } from './token.ts';

const START = Date.UTC(2026, 10, 24) / 1000;
const silent = createLogger({ level: 'silent' });

let directory: string;
let modules: Modules;
let now = START;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'gatehouse-jobs-'));
  now = START;
  modules = await openModules({ config: readConfig({ env: {}, directory }), clock: () => now });
});
afterEach(async () => {
  mock.timers.reset();
  await modules.close();
  rmSync(directory, { recursive: true });
});

const hash = (): Uint8Array => crypto.getRandomValues(new Uint8Array(32));

async function userId(): Promise<string> {
  await addToken(modules);
  const user = await modules.storage.users.byEmail('ada@example.com');
  if (user === null) throw new Error('no user');
  return user.id;
}

async function addSession(user: string, at: { seen: number; ends: number }): Promise<Uint8Array> {
  const secretHash = hash();
  const session = { id: crypto.randomUUID(), userId: user, secretHash, address: '::1', agent: '' };
  const times = { createdAt: START, lastSeenAt: at.seen, expiresAt: at.ends };
  await modules.storage.sessions.insert({ ...session, ...times, amr: { pwd: START } });
  return secretHash;
}

test('sessions go when they are over or idle too long, and not before', async () => {
  const user = await userId();
  const idle = modules.config.sessions.idleSeconds;
  now = START + days(20);
  const kept = await addSession(user, { seen: now - idle, ends: now + 1 });
  const over = await addSession(user, { seen: now, ends: now });
  const idleTooLong = await addSession(user, { seen: now - idle - 1, ends: now + days(9) });
  await purge(modules);
  assert.notEqual(await modules.storage.sessions.byHash(kept), null);
  assert.equal(await modules.storage.sessions.byHash(over), null);
  assert.equal(await modules.storage.sessions.byHash(idleTooLong), null);
});

test('e-mailed proofs go a week after their end, so that a late click can still be told why', async () => {
  const user = await userId();
  const add = async (expiresAt: number): Promise<string> => {
    const id = crypto.randomUUID();
    const proof = {
      id,
      userId: user,
      purpose: 'reset-password',
      email: null,
      browserHash: null,
    } as const;
    await modules.storage.proofs.insert({ ...proof, createdAt: START, expiresAt, usedAt: null });
    return id;
  };
  const gone = await add(START - days(7) - 1);
  const kept = await add(START - days(7));
  await purge(modules);
  assert.equal(await modules.storage.proofs.byId(gone), null);
  assert.notEqual(await modules.storage.proofs.byId(kept), null);
});

test('attempts go when their window ends', async () => {
  const { attempts } = modules.storage;
  await attempts.hit('old', 10, START);
  await attempts.hit('new', 11, START);
  await attempts.hit('new', 11, START);
  now = START + 10;
  await purge(modules);
  assert.equal((await attempts.hit('old', 10, START + 9)).count, 1);
  assert.equal((await attempts.hit('new', 10, START + 9)).count, 3);
});

test('where a browser was going goes when it ends', async () => {
  const { returns } = modules.storage;
  const [over, live] = [1, 2].map((seconds) => ({
    handleHash: hash(),
    path: '/x',
    expiresAt: START + seconds,
  }));
  assert.ok(over && live);
  for (const kept of [over, live]) await returns.keep(kept, 10);
  now = START + 1;
  await purge(modules);
  assert.equal(await returns.find(over.handleHash, START), null);
  assert.equal(await returns.find(live.handleHash, START), '/x');
});

test('mail goes a month after it was sent or given up; what waits stays', async () => {
  const { outbox } = modules.storage;
  const notice = {
    kind: 'password-changed',
    to: 'ada@example.com',
    name: 'Ada',
    at: START,
  } as const;
  const before = (await outbox.list('all', { page: 1, pageSize: 100 })).items.map(({ id }) => id);
  for (let count = 0; count < 5; count++) {
    await outbox.enqueue({ ...notice, address: null });
  }
  const { items } = await outbox.list('all', { page: 1, pageSize: 100 });
  const [waiting, failed, given, recent, old] = items.filter(({ id }) => !before.includes(id));
  assert.ok(waiting && failed && given && recent && old);
  now = START + days(400);
  await outbox.markFailed(failed.id, {
    error: 'no',
    at: now - days(30),
    nextAttemptAt: null,
    unanswered: 0,
    isHeld: false,
  });
  await outbox.markFailed(given.id, {
    error: 'no',
    at: now - days(30) - 1,
    nextAttemptAt: null,
    unanswered: 0,
    isHeld: false,
  });
  await outbox.markSent(recent.id, now - days(30));
  await outbox.markSent(old.id, now - days(30) - 1);
  await purge(modules);
  for (const { id } of [waiting, failed, recent]) assert.notEqual(await outbox.byId(id), null);
  assert.equal(await outbox.byId(old.id), null);
  assert.equal(await outbox.byId(given.id), null);
});

test('counts and places of use go after 90 days', async () => {
  const token = await addToken(modules);
  const use = { tokenId: token.id, outcome: 'allowed', agent: 'test' } as const;
  const { usage } = modules.storage;
  modules.usage.note({ ...use, address: '192.0.2.1', at: START });
  modules.usage.note({ ...use, address: '192.0.2.2', at: START + days(1) });
  await modules.usage.flush();
  now = START + days(90);
  await purge(modules);
  assert.equal((await usage.uses(token.id, 0)).length, 2);
  now = START + days(91);
  await purge(modules);
  assert.deepEqual(
    (await usage.uses(token.id, 0)).map(({ day }) => day),
    [(START + days(1)) / days(1)],
  );
  assert.deepEqual(
    (await usage.addresses(token.id, 10)).map(({ address }) => address),
    ['192.0.2.2'],
  );
});

test('people and what lives outlive any purge; what ended goes after its time, events after theirs', async () => {
  const [token, living] = [await addToken(modules), await addToken(modules, 'bob@example.com')];
  const user = await modules.storage.users.byEmail('ada@example.com');
  assert.ok(user !== null);
  await modules.storage.tokens.revoke(token.id, START);
  const page = { page: 1, pageSize: 100 };
  const { total } = await modules.storage.events.list({}, page);
  assert.ok(total >= 2);
  now = START + days(90);
  await purge(modules);
  assert.notEqual(await modules.storage.tokens.byId(token.id), null);
  now += 1;
  await purge(modules);
  assert.equal(await modules.storage.tokens.byId(token.id), null);
  now = START + days(400);
  await purge(modules);
  assert.equal((await modules.storage.events.list({}, page)).total, total);
  now = START + days(3650);
  await purge(modules);
  assert.equal((await modules.storage.events.list({}, page)).total, 0);
  assert.notEqual(await modules.storage.users.byId(user.id), null);
  assert.notEqual(await modules.storage.tokens.byId(living.id), null);
});

/** Lets the work that timers began come to its end. They stand still here, so that `until` would not go on. */
async function settle(isOver: () => boolean): Promise<void> {
  while (!isOver()) await new Promise(setImmediate);
}

/** Long enough for work that should not be there. */
async function letPass(): Promise<void> {
  for (let turns = 0; turns < 50; turns++) await new Promise(setImmediate);
}

test('jobs run within a minute of the start, then at their intervals', async () => {
  mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
  const { done } = modules.counts.jobs;
  const jobs = startJobs(modules, silent, () => 1);
  mock.timers.tick(59_999);
  await letPass();
  assert.equal(done.of('purge'), 0);
  mock.timers.tick(1);
  await settle(() => done.of('send-expiry-notices') === 1);
  assert.equal(done.of('purge'), 1);
  assert.equal(done.of('send-expiry-notices'), 1);
  mock.timers.tick(hours(1) * 1000 - 60_000);
  await settle(() => done.of('purge') === 2 && done.of('flush-use') > 1);
  await jobs.stop();
  mock.timers.tick(hours(2) * 1000);
  await letPass();
  assert.equal(done.of('purge'), 2);
});

test('processes that start together do not work together', async () => {
  mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
  const jobs = startJobs(modules, silent, () => 0);
  mock.timers.tick(6000);
  await settle(() => modules.counts.jobs.done.of('purge') === 1);
  await jobs.stop();
});

test('a job that fails is counted and tried again, and its failure stops no other', async () => {
  mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
  let isBroken = true;
  const flush = (): Promise<void> =>
    isBroken ? Promise.reject(new Error('disk full')) : modules.usage.flush();
  const jobs = startJobs({ ...modules, usage: { ...modules.usage, flush } }, silent, () => 0);
  const { done, failed } = modules.counts.jobs;
  mock.timers.tick(6000);
  await settle(() => failed.of('flush-use') === 1 && done.of('purge') === 1);
  isBroken = false;
  mock.timers.tick(minutes(1) * 1000);
  await settle(() => done.of('flush-use') === 1);
  await jobs.stop();
});

test('a job that is still running is not started again, and stopping waits for it', async () => {
  mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
  const { promise, resolve } = Promise.withResolvers<void>();
  let runs = 0;
  const flush = (): Promise<void> => {
    runs += 1;
    return runs === 1 ? promise : Promise.resolve();
  };
  const jobs = startJobs({ ...modules, usage: { ...modules.usage, flush } }, silent, () => 0);
  mock.timers.tick(minutes(10) * 1000);
  await settle(() => runs === 1);
  let isStopped = false;
  const stopping = jobs.stop().finally(() => {
    isStopped = true;
  });
  await letPass();
  assert.equal(isStopped, false);
  resolve();
  await stopping;
  assert.equal(runs, 2, 'it flushes once more at the end');
});
