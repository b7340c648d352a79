/** With the real cost of argon2: what a stopwatch and a flood can learn or do. */
import assert from 'node:assert/strict';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { after, before, test } from 'node:test';
import { createPasswordHasher } from '../../src/accounts/password.ts';
import { randomBytes } from '../../src/kit/random.ts';
import { PASSWORD, signUp, startApp, type RunningApp } from '../support/running-app.ts';
import { encode, type Fields } from '../support/visitor.ts';

let running: RunningApp;
const origin = { source: 'cli', client: 'cli/test', address: null, actorId: null } as const;

before(async () => {
  running = await startApp({
    passwords: createPasswordHasher({ randomBytes }),
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

const ROUNDS = 15;

async function millisecondsOf(path: string, fields: Fields): Promise<number> {
  const visitor = running.visitor();
  const start = performance.now();
  const { status } = await visitor.send('POST', path, { body: encode(fields) });
  assert.ok([303, 422].includes(status), `${path} ${status}`);
  return performance.now() - start;
}

/** What somebody with a stopwatch looks at: the quick quarter, in which other work on the machine has the least say. */
const quarter = (values: readonly number[]): number =>
  values.toSorted((left, right) => left - right)[values.length >> 2] ?? Number.NaN;

/** Of runs that take turns, each first in its turn, so that whatever else the machine does meets all of them alike. */
async function quarters(
  path: string,
  cases: readonly ((round: number) => Fields)[],
): Promise<readonly number[]> {
  const times = cases.map((): number[] => []);
  for (let round = 0; round <= ROUNDS; round++) {
    for (let turn = 0; turn < cases.length; turn++) {
      const index = (round + turn) % cases.length;
      const taken = await millisecondsOf(path, cases[index]?.(round) ?? {});
      // The first round warms up.
      if (round > 0) times[index]?.push(taken);
    }
  }
  return times.map(quarter);
}

/** Without equal hashing one would take ten times as long as another. */
function assertAlike(times: readonly number[]): void {
  const ratio = Math.max(...times) / Math.min(...times);
  assert.ok(ratio < 2, `${times.map((time) => time.toFixed(1)).join(', ')} ms`);
}

test('known, unknown and suspended addresses take the same time to refuse', async () => {
  const times = await quarters('/sign-in', [
    () => ({ email: 'known@example.com', password: 'not it, surely' }),
    (round) => ({ email: `unknown-${round}@example.com`, password: 'not it, surely' }),
    () => ({ email: 'suspended@example.com', password: PASSWORD }),
    () => ({ email: 'not an address at all', password: 'not it, surely' }),
  ]);
  assertAlike(times);
});

test('asking for a new password takes the same time for known and unknown addresses', async () => {
  const times = await quarters('/forgot-password', [
    () => ({ email: 'known@example.com' }),
    (round) => ({ email: `unknown-${round}@example.com` }),
    () => ({ email: 'suspended@example.com' }),
  ]);
  assertAlike(times);
});

test('so does signing up', async () => {
  const form = { name: 'Ada', password: 'velvet harbour quietly sings' };
  const times = await quarters('/sign-up', [
    () => ({ ...form, email: 'known@example.com' }),
    (round) => ({ ...form, email: `new-${round}@example.com` }),
  ]);
  assertAlike(times);
});

test('200 sign-ins at once leave the server answering others, and turn away what they cannot take', async () => {
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  const progress = { isOver: false };
  const flood = Promise.all(
    Array.from({ length: 200 }, (_, index) => {
      const fields = { email: `flood-${index}@example.com`, password: 'not it, surely' };
      return running.visitor().send('POST', '/sign-in', { body: encode(fields) });
    }),
  ).finally(() => {
    progress.isOver = true;
  });
  const waits: number[] = [];
  while (!progress.isOver) {
    const start = performance.now();
    const { status } = await fetch(`${running.base}/healthz`);
    assert.equal(status, 200);
    waits.push(performance.now() - start);
  }
  const answers = await flood;
  delay.disable();
  const by = Object.groupBy(answers, ({ status }) => String(status));
  assert.deepEqual(Object.keys(by).toSorted(), ['422', '503']);
  for (const { headers, html } of by['503'] ?? []) {
    assert.equal(headers.get('retry-after'), '5');
    assert.match(html, /try again in a moment/);
  }
  // 64 wait and 2 are at work at any moment; everybody else is told at once to come back.
  assert.ok((by['422']?.length ?? 0) >= 66, String(by['422']?.length));
  // Hashing all 200 on the event loop would block it for seconds.
  waits.sort((left, right) => left - right);
  const p99 = waits[Math.floor(waits.length * 0.99)] ?? Infinity;
  assert.ok(waits.length > 20, `${waits.length} looks`);
  assert.ok(p99 < 1000, `healthz p99 ${Math.round(p99)} ms of ${waits.length}`);
  assert.ok(delay.percentile(99) / 1e6 < 500, `event loop p99 ${delay.percentile(99) / 1e6} ms`);
});

test('after the flood a person signs in as ever', async () => {
  const visitor = running.visitor();
  const page = await visitor.post('/sign-in', { email: 'known@example.com', password: PASSWORD });
  assert.equal(page.status, 200);
});
