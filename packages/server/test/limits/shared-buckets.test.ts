/** Refused credentials that all processes on one database count. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Limits, Pour } from '../../src/limits/limits.ts';
import { createMemoryLimits } from '../../src/limits/memory.ts';
import {
  refusedAmongProcesses,
  refusedInMemory,
  type RefusedCount,
  type RefusedCredentials,
} from '../../src/limits/refused-credentials.ts';
import { createRules } from '../../src/limits/rules.ts';
import { openPlace } from '../storage/places.ts';

const MOST = 30;
const rules = createRules({
  attempts: { windowSeconds: 900, perAccount: 10, perAddress: 50 },
  rateLimit: { requests: 600, failures: MOST, windowSeconds: 60, changesPerDay: 2000 },
});

const time = { now: 1_000_000 };
const clock = (): number => time.now;
const elapsed = (): number => time.now * 1000;

const among = (limits: Pick<Limits, 'pour'>): RefusedCredentials =>
  refusedAmongProcesses(rules, { limits, clock, elapsed });

/** Counts in memory, and notes the keys of every statement. */
function spied(): { readonly limits: Pick<Limits, 'pour'>; readonly statements: Pour[][] } {
  const memory = createMemoryLimits(100_000);
  const statements: Pour[][] = [];
  const pour: Limits['pour'] = (pours, ...rest) => {
    statements.push([...pours]);
    return memory.pour(pours, ...rest);
  };
  return { limits: { pour }, statements };
}

const many = (length: number, act: (index: number) => Promise<RefusedCount>) =>
  Promise.all(Array.from({ length }, (_, index) => act(index)));
const allowedOf = (counts: readonly RefusedCount[]): number =>
  counts.filter(({ allowed }) => allowed).length;

describe('refused credentials', () => {
  test('of one moment are one statement, and of a full bucket none', async () => {
    const { limits, statements } = spied();
    const refused = among(limits);
    const first = await many(1000, () => refused.count('192.0.2.1', 'client'));
    assert.equal(allowedOf(first), MOST);
    assert.equal(statements.length, 1);
    assert.deepEqual(
      statements[0]?.map(({ times }) => times),
      [1000, 1000],
    );
    const second = await many(1000, () => refused.count('192.0.2.1', 'client'));
    assert.deepEqual([allowedOf(second), statements.length], [0, 1]);
    assert.deepEqual(second[0], {
      allowed: false,
      limit: MOST,
      remaining: 0,
      retryAfterSeconds: 2,
    });
    time.now += 2;
    assert.equal(allowedOf(await many(10, () => refused.count('192.0.2.1', 'client'))), 1);
    assert.equal(statements.length, 2);
  });

  test('that come while a statement is under way wait for the next one together', async () => {
    const { limits, statements } = spied();
    const { promise: gate, resolve: open } = Promise.withResolvers<void>();
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    const refused = among({
      async pour(...given) {
        begin();
        await gate;
        return limits.pour(...given);
      },
    });
    const first = refused.count('192.0.2.2');
    await begun;
    const others = many(500, (index) => refused.count(`198.51.100.${index % 50}`));
    open();
    assert.ok((await first).allowed);
    assert.equal(allowedOf(await others), 500);
    assert.deepEqual(
      statements.map((pours) => pours.length),
      [1, 50],
    );
  });

  test('of very many networks write a bounded number of rows, and are limited all the same', async () => {
    const { limits, statements } = spied();
    const refused = among(limits);
    const counts = await many(40_000, (index) => refused.count(`2001:db8:${index % 1000}::/64`));
    assert.equal(allowedOf(counts), 1000 * MOST);
    assert.deepEqual(
      statements.map((pours) => pours.length),
      [200],
    );
  });

  test('are counted by the process itself while the database is away', async () => {
    const refused = among({ pour: () => Promise.reject(new Error('away')) });
    const counts = await many(100, () => refused.count('192.0.2.3', 'client'));
    assert.equal(allowedOf(counts), MOST);
    assert.equal((await refused.count('192.0.2.3')).allowed, false);
  });

  test('say as much in the database as in memory', async () => {
    const kept = refusedInMemory(rules, clock);
    const shared = among(spied().limits);
    for (const pause of [0, 0, 1, 0, 5, 0, 100, 0]) {
      time.now += pause;
      const client = pause === 0 ? 'client' : undefined;
      const answers = (of: RefusedCredentials) => many(20, () => of.count('192.0.2.4', client));
      assert.deepEqual(await answers(shared), await answers(kept));
    }
  });

  test('of a full network and a full client wait for the later of the two', async () => {
    for (const refused of [refusedInMemory(rules, clock), among(spied().limits)]) {
      const names = ['192.0.2.5', 'some client'] as const;
      await many(MOST, (index) => refused.count(`198.51.100.${index}`, names[1]));
      time.now += 1;
      await many(MOST, () => refused.count(names[0]));
      const { retryAfterSeconds } = await refused.count(...names);
      assert.equal(retryAfterSeconds, 2);
      time.now += retryAfterSeconds;
      assert.equal((await refused.count(...names)).allowed, true);
    }
  });

  test('of one client from everywhere are counted exactly by two processes', async (t) => {
    const place = await openPlace('postgres');
    t.after(() => place.close());
    await place.storage.migrate();
    const other = await place.another();
    const processes = [among(place.storage.attempts), among(other.attempts)] as const;
    const counts = await many(200, (index) =>
      processes[index % 2 === 0 ? 0 : 1].count(`192.0.2.${index}`, 'one client'),
    );
    assert.equal(allowedOf(counts), MOST);
  });
});
