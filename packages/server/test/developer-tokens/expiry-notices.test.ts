import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { User } from '../../src/identity/types.ts';
import { createPasswordHasher } from '../../src/identity/authentication/password.ts';
import { readConfig } from '../../src/config/read.ts';
import { randomBytes } from '../../src/kit/random.ts';
import { openModules, type Modules } from '../../src/compose/modules.ts';

const START = 1_790_000_000;
const DAY = 86_400;
const origin = { source: 'cli', client: 'cli/test', address: null, actorId: null } as const;

const time = { now: START };
let directory: string;
/** Two processes as the database sees them: each with connections of its own. */
let processes: readonly Modules[];
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'gatehouse-notices-'));
  const config = readConfig({ env: {}, directory });
  const cost = { memory: 8, passes: 1, parallelism: 1 };
  const open = () =>
    openModules({
      config,
      clock: () => time.now,
      passwords: createPasswordHasher({ randomBytes, cost }),
    });
  processes = [await open(), await open()];
});
after(async () => {
  for (const modules of processes) await modules.close();
  await rm(directory, { recursive: true, force: true });
});

const first = (): Modules => {
  const [modules] = processes;
  if (modules === undefined) throw new Error('nothing is open');
  return modules;
};

async function person(email: string): Promise<User> {
  const form = { name: 'Ada', email, password: 'copper lantern drifting north', isOperator: false };
  const made = await first().accounts.createUser(form, origin);
  if (made.outcome !== 'created') throw new Error(JSON.stringify(made.errors));
  return made.user;
}

async function token(user: User, lifeSeconds: number | null): Promise<string> {
  const { accountId } = user;
  const creationKey = crypto.randomUUID();
  const form = {
    description: 'export',
    scopes: ['asset.read'],
    lifeSeconds,
    accountId,
    creationKey,
  };
  const made = await first().tokens.create(form, { user, origin, ceiling: null });
  if (made.outcome !== 'created') throw new Error(made.outcome);
  return made.token.id;
}

/** Days before the end of every notice that was written to an address, in order. */
async function noticesTo(email: string): Promise<readonly number[]> {
  const { items } = await first().storage.outbox.list('all', { page: 1, pageSize: 5000 });
  return items
    .map(({ notice }) => notice)
    .flatMap((notice) =>
      notice.kind === 'token-expires' && notice.to === email ? [notice.days] : [],
    )
    .toReversed();
}

/** Every process looks, several times, all at once. */
const look = (): Promise<readonly number[]> =>
  Promise.all(
    [...processes, ...processes, ...processes].map((modules) => modules.tokens.sendExpiryNotices()),
  );

test('an owner is told a week and a day before the end, once each, by however many processes', async () => {
  time.now = START;
  const user = await person('month@example.com');
  await token(user, 30 * DAY);
  for (const [at, expected] of [
    [0, []],
    [23 * DAY - 1, []],
    [23 * DAY, [7]],
    [23 * DAY + 3600, [7]],
    [29 * DAY - 1, [7]],
    [29 * DAY, [7, 1]],
    [30 * DAY - 1, [7, 1]],
    [30 * DAY + 1, [7, 1]],
  ] as const) {
    time.now = START + at;
    await look();
    assert.deepEqual(await noticesTo(user.email), expected, String(at));
  }
});

test('of 250 tokens that end together each is told of exactly once', async () => {
  time.now = START;
  const users = [];
  for (let index = 0; index < 5; index++) {
    const user = await person(`many-${index}@example.com`);
    for (let count = 0; count < 50; count++) await token(user, 10 * DAY);
    users.push(user);
  }
  time.now = START + 4 * DAY;
  const sent = await look();
  assert.equal(
    sent.reduce((total, count) => total + count, 0),
    250,
  );
  for (const { email } of users) assert.equal((await noticesTo(email)).length, 50);
});

test('after a long pause only the notice that is still true is sent', async () => {
  time.now = START;
  const user = await person('paused@example.com');
  await token(user, 30 * DAY);
  time.now = START + 29 * DAY + 3600;
  await look();
  assert.deepEqual(await noticesTo(user.email), [1]);
});

test('a token that was made to live no longer than a notice reaches is not announced as it is made', async () => {
  time.now = START;
  const user = await person('short@example.com');
  await token(user, 7 * DAY);
  await token(user, 3600);
  await look();
  assert.deepEqual(await noticesTo(user.email), []);
  time.now = START + 6 * DAY;
  await look();
  assert.deepEqual(await noticesTo(user.email), [1]);
});

test('nobody is told of tokens that are over, replaced or endless, or whose owner is suspended', async () => {
  time.now = START;
  const user = await person('quiet@example.com');
  const actor = { user, origin, ceiling: null };
  const [revoked, rotated] = [await token(user, 10 * DAY), await token(user, 10 * DAY)];
  await token(user, null);
  await first().tokens.switch({ id: revoked, act: 'revoke' }, actor);
  await first().tokens.rotate(
    { id: rotated, overlapSeconds: 604_800, creationKey: crypto.randomUUID() },
    actor,
  );
  time.now = START + 4 * DAY;
  await look();
  // The successor lives as long as the old one was given, and is told of by itself.
  assert.deepEqual(await noticesTo(user.email), [7]);
  const gone = await person('gone@example.com');
  await token(gone, 8 * DAY);
  await first().accounts.setSuspended({ userId: gone.id, isSuspended: true, origin });
  time.now = START + 6 * DAY;
  await look();
  assert.deepEqual(await noticesTo(gone.email), []);
});
