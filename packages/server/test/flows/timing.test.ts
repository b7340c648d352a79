/** With the real cost of argon2: what whoever measures can learn, and a flood can do. The times themselves are the bench's. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  createPasswordHasher,
  type PasswordHasher,
} from '../../src/identity/authentication/password.ts';
import { randomBytes } from '../../src/kit/random.ts';
import { PASSWORD, signUp, startApp, type RunningApp } from '../support/running-app.ts';
import { encode, type Fields } from '../support/visitor.ts';

let running: RunningApp;
let hashes = 0;
const counted = (hasher: PasswordHasher): PasswordHasher => ({
  get waiting() {
    return hasher.waiting;
  },
  hash(...given) {
    hashes += 1;
    return hasher.hash(...given);
  },
  verify(...given) {
    hashes += 1;
    return hasher.verify(...given);
  },
});
const origin = { source: 'cli', client: 'cli/test', address: null, actorId: null } as const;

before(async () => {
  running = await startApp({
    passwords: counted(createPasswordHasher({ randomBytes })),
    change: (config) => ({
      ...config,
      attempts: { windowSeconds: 900, perAccount: 100_000, perAddress: 100_000 },
    }),
  });
  await signUp(running, 'known@example.com');
  await signUp(running, 'suspended@example.com');
  const user = await running.app.storage.users.byEmail('suspended@example.com');
  const userId = user?.id ?? '';
  await running.app.accounts.setSuspended({ userId, isSuspended: true, origin });
});
after(() => running.stop());

/** What one form costs: how often a password was hashed, and for whom is not to be told from it. */
async function hashesFor(path: string, fields: Fields): Promise<number> {
  const before = hashes;
  const { status } = await running.visitor().send('POST', path, { body: encode(fields) });
  assert.ok([303, 422].includes(status), `${path} ${status}`);
  return hashes - before;
}

async function assertAlike(path: string, cases: readonly Fields[], expected: number) {
  for (const fields of cases)
    assert.equal(await hashesFor(path, fields), expected, JSON.stringify(fields));
}

test('known, unknown and suspended addresses are refused after the same hashing', async () => {
  await assertAlike(
    '/sign-in',
    [
      { email: 'known@example.com', password: 'not it, surely' },
      { email: 'unknown@example.com', password: 'not it, surely' },
      { email: 'suspended@example.com', password: PASSWORD },
      { email: 'not an address at all', password: 'not it, surely' },
    ],
    1,
  );
});

test('asking for a new password hashes nothing, for known and unknown addresses', async () => {
  await assertAlike(
    '/forgot-password',
    ['known', 'unknown', 'suspended'].map((name) => ({ email: `${name}@example.com` })),
    0,
  );
});

test('signing up hashes once, whether or not the address has an account', async () => {
  const form = { name: 'Ada', password: 'velvet harbour quietly sings' };
  await assertAlike(
    '/sign-up',
    ['known', 'new'].map((name) => ({ ...form, email: `${name}@example.com` })),
    1,
  );
});

test('200 sign-ins at once leave the server answering others, and turn away what they cannot take', async () => {
  const flood = { isOver: false };
  const answered = Promise.all(
    Array.from({ length: 200 }, (_, index) => {
      const fields = { email: `flood-${index}@example.com`, password: 'not it, surely' };
      return running.visitor().send('POST', '/sign-in', { body: encode(fields) });
    }),
  ).finally(() => {
    flood.isOver = true;
  });
  while (!flood.isOver) {
    const { status } = await fetch(`${running.base}/healthz`);
    assert.equal(status, 200);
  }
  const by = Object.groupBy(await answered, ({ status }) => String(status));
  assert.deepEqual(Object.keys(by).toSorted(), ['422', '503']);
  for (const { headers, html } of by['503'] ?? []) {
    assert.equal(headers.get('retry-after'), '5');
    assert.match(html, /try again in a moment/);
  }
  // 64 wait and 2 are at work at any moment; everybody else is told at once to come back.
  const judged = by['422']?.length ?? 0;
  assert.ok(judged >= 66, String(judged));
});

test('a password is hashed away from the event loop: others have their turns while it is', async () => {
  const hasher = createPasswordHasher({ randomBytes });
  const sender = { address: null, account: 'known@example.com' };
  const stored = await hasher.hash('not it, surely', sender);
  for (const work of [
    () => hasher.hash('not it, surely', sender),
    () => hasher.verify('not it, surely', stored, sender),
    () => hasher.verify('not it, surely', null, sender),
  ]) {
    const state = { isDone: false };
    let turns = 0;
    const working = work().finally(() => (state.isDone = true));
    while (!state.isDone) {
      await nextTurn();
      turns += 1;
    }
    await working;
    // Made on the event loop, it would be done before the first of them; a few are its own.
    assert.ok(turns > 10, `${turns} turns`);
  }
});

test('after the flood a person signs in as ever', async () => {
  const visitor = running.visitor();
  const page = await visitor.post('/sign-in', { email: 'known@example.com', password: PASSWORD });
  assert.equal(page.status, 200);
});
