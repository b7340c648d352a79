/** What the port of counters promises, wherever they are kept. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Bucket } from '../../src/kit/leaky-bucket.ts';
import type { Limits } from '../../src/limits/limits.ts';
import { NOW } from '../storage/places.ts';

export interface Counters {
  readonly limits: Limits;
  /** As another process has them. The same where a process has its own. */
  readonly another: () => Promise<Limits>;
}

const BUCKET: Bucket = { requests: 30, windowSeconds: 60 };

export function describeLimits(counters: () => Counters): void {
  describe('fixed windows', () => describeWindows(counters));
  describe('leaky buckets', () => describeBuckets(counters));
}

function describeWindows(counters: () => Counters): void {
  test('count exactly for many callers of two processes', async () => {
    const { limits, another } = counters();
    const other = await another();
    const hits = await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        (index % 2 === 0 ? limits : other).hit('busy', 60, NOW),
      ),
    );
    assert.deepEqual(
      hits.map(({ count }) => count).sort((left, right) => left - right),
      Array.from({ length: 100 }, (_, index) => index + 1),
    );
    assert.ok(hits.every(({ resetsAt }) => resetsAt === NOW + 60));
  });

  test('begin again when they end, and not before', async () => {
    const { limits } = counters();
    const end = NOW + 60;
    assert.deepEqual(await limits.hit('window', 60, NOW), { count: 1, resetsAt: end });
    assert.deepEqual(await limits.hit('window', 60, NOW + 59), { count: 2, resetsAt: end });
    assert.deepEqual(await limits.hit('window', 60, end), { count: 1, resetsAt: end + 60 });
  });

  test('gain nothing from clocks that differ by seconds', async () => {
    const { limits } = counters();
    for (const begin of [0, 3]) {
      const key = `skewed ${begin}`;
      await limits.hit(key, 60, NOW + begin);
      for (let turn = 1; turn < 20; turn++) {
        const now = NOW + ((turn * 3) % 6);
        const { count, resetsAt } = await limits.hit(key, 60, now);
        assert.equal(count, turn + 1);
        // Whoever is asked to wait never waits for longer than a window.
        assert.ok(resetsAt <= now + 60);
      }
      assert.equal((await limits.hit(key, 60, NOW + 63)).count, 1);
    }
  });

  test('begin again when a clock was ahead', async () => {
    const { limits } = counters();
    await limits.hit('ahead', 60, NOW + 3600);
    assert.deepEqual(await limits.hit('ahead', 60, NOW), { count: 1, resetsAt: NOW + 60 });
  });

  test('are taken back to zero and no further', async () => {
    const { limits } = counters();
    await limits.hit('refunded', 60, NOW);
    await limits.hit('refunded', 60, NOW);
    await Promise.all(Array.from({ length: 5 }, () => limits.refund('refunded')));
    await limits.refund('never counted');
    assert.equal((await limits.hit('refunded', 60, NOW)).count, 1);
  });

  test('are forgotten on demand and when they are over', async () => {
    const { limits } = counters();
    await limits.hit('forgotten', 60, NOW);
    await limits.forget('forgotten');
    assert.equal((await limits.hit('forgotten', 60, NOW)).count, 1);
    await limits.hit('purged', 10, NOW);
    await limits.hit('kept', 1000, NOW);
    assert.ok((await limits.purge(NOW + 10)) >= 1);
    assert.equal((await limits.hit('purged', 10, NOW)).count, 1);
    assert.equal((await limits.hit('kept', 1000, NOW)).count, 2);
  });
}

function describeBuckets(counters: () => Counters): void {
  const pour = async (key: string, times: number, now = NOW, limits = counters().limits) => {
    const [poured] = await limits.pour([{ key, times }], BUCKET, now);
    assert.ok(poured !== undefined);
    return poured;
  };

  test('take exactly what fits from many callers of two processes', async () => {
    const { limits, another } = counters();
    const other = await another();
    const all = await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        pour('crowd', 1, NOW, index % 2 === 0 ? limits : other),
      ),
    );
    const sum = all.reduce((total, { allowed }) => total + allowed, 0);
    assert.equal(sum, 30);
    const left = all.filter(({ allowed }) => allowed === 1).map(({ remaining }) => remaining);
    assert.deepEqual(
      left.sort((one, other2) => one - other2),
      Array.from({ length: 30 }, (_, index) => index),
    );
  });

  test('take of many at once those that fit', async () => {
    const wait = { remaining: 0, retryAfterSeconds: 2 };
    assert.deepEqual(await pour('batch', 20), { allowed: 20, remaining: 10, retryAfterSeconds: 0 });
    assert.deepEqual(await pour('batch', 25), { allowed: 10, ...wait });
    assert.deepEqual(await pour('batch', 25), { allowed: 0, ...wait });
    assert.deepEqual(await pour('first of all', 45), { allowed: 30, ...wait });
  });

  test('leak one at a time, and what was refused costs nothing', async () => {
    await pour('leaks', 30);
    await pour('leaks', 1000);
    assert.equal((await pour('leaks', 1, NOW + 1)).allowed, 0);
    assert.equal((await pour('leaks', 1, NOW + 1)).retryAfterSeconds, 1);
    assert.equal((await pour('leaks', 5, NOW + 2)).allowed, 1);
    assert.equal((await pour('leaks', 5, NOW + 6)).allowed, 2);
    assert.equal((await pour('leaks', 100, NOW + 1000)).allowed, 30);
  });

  test('hold the exact number also where the window cannot be divided by it', async () => {
    const { limits } = counters();
    const uneven: Bucket = { requests: 7, windowSeconds: 60 };
    for (const expected of [true, true, true, true, true, true, true, false]) {
      const [poured] = await limits.pour([{ key: 'uneven', times: 1 }], uneven, NOW);
      assert.equal(poured?.allowed === 1, expected);
    }
  });

  test('are answered in the order of the pours, each by itself', async () => {
    const { limits } = counters();
    await pour('order b', 29);
    const pours = ['order c', 'order b', 'order a'].map((key) => ({ key, times: 2 }));
    const all = await limits.pour(pours, BUCKET, NOW);
    assert.deepEqual(
      all.map(({ allowed, remaining }) => [allowed, remaining]),
      [
        [2, 28],
        [1, 0],
        [2, 28],
      ],
    );
    assert.deepEqual(await limits.pour([], BUCKET, NOW), []);
  });

  test('of many keys at once, in any order, never wait for each other', async () => {
    const { limits, another } = counters();
    const other = await another();
    const pours = Array.from({ length: 50 }, (_, index) => ({ key: `many ${index}`, times: 1 }));
    const all = await Promise.all(
      Array.from({ length: 20 }, (_, turn) =>
        turn % 2 === 0
          ? limits.pour(pours, BUCKET, NOW)
          : other.pour(pours.toReversed(), BUCKET, NOW),
      ),
    );
    assert.ok(all.flat().every(({ allowed }) => allowed === 1));
    assert.equal((await pour('many 7', 100)).allowed, 10);
  });

  test('gain nothing from clocks that differ by seconds', async () => {
    let allowed = 0;
    for (let turn = 0; turn < 60; turn++)
      allowed += (await pour('skewed', 1, NOW + (turn % 2) * 3)).allowed;
    // 30, and one for every two of the three seconds.
    assert.equal(allowed, 31);
  });

  test('are full for one window at the most when a clock was a day ahead', async () => {
    await pour('far ahead', 30, NOW + 86_400);
    assert.equal((await pour('far ahead', 1)).allowed, 0);
    assert.equal((await pour('far ahead', 100, NOW + 60)).allowed, 30);
  });

  test('are forgotten on demand, and purged when they are empty and not before', async () => {
    const { limits } = counters();
    await pour('forgotten bucket', 30);
    await limits.forget('forgotten bucket');
    assert.equal((await pour('forgotten bucket', 30)).allowed, 30);
    await pour('purged bucket', 15);
    await limits.purge(NOW + 29);
    assert.equal((await pour('purged bucket', 100, NOW + 29)).allowed, 29);
    assert.ok((await limits.purge(NOW + 3600)) >= 1);
    assert.equal((await pour('purged bucket', 100)).allowed, 30);
  });
}
