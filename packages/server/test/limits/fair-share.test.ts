import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setImmediate as turnOfEventLoop } from 'node:timers/promises';
import { until } from '../support/until.ts';
import { FairShare, TooMuchOfOne, type LaneLimits } from '../../src/limits/fair-share.ts';

const LIMITS = { alone: 3, amongOthers: 1, mostWaiting: 50, waitSeconds: 60 };
const CHECKS: LaneLimits = { alone: Infinity, amongOthers: Infinity };

/** Work that ends when the test says so, on a clock that the test sets. */
function held(changes: Partial<typeof LIMITS> = {}) {
  const time = { now: 1000 };
  const { alone, amongOthers, ...limits } = { ...LIMITS, ...changes };
  const lane = { alone, amongOthers };
  const lanes = { read: lane, write: lane, check: CHECKS };
  const share = new FairShare({ ...limits, lanes }, () => time.now);
  const ends: (() => void)[] = [];
  const begun: string[] = [];
  const run = async (name: string): Promise<void> =>
    share.run(name, 'write', () => {
      begun.push(name);
      return new Promise<void>((resolve) => void ends.push(resolve));
    });
  const endNext = (): void => {
    time.now += 10;
    ends.shift()?.();
  };
  /** Ends what runs until all has ended. */
  const endAll = async (all: readonly Promise<void>[]): Promise<void> => {
    const over = { isSo: false };
    const ended = Promise.all(all).finally(() => (over.isSo = true));
    await until(() => {
      endNext();
      return over.isSo;
    }, 'the end of all work');
    await ended;
  };
  return { share, time, begun, run, endNext, endAll };
}

describe('the share of one subject', () => {
  test('is bounded while it is alone, and smaller among others', async () => {
    const { begun, run, endAll } = held();
    const all = Array.from({ length: 40 }, () => run('ada'));
    assert.deepEqual(begun, ['ada', 'ada', 'ada']);
    all.push(run('bob'), run('bob'));
    assert.deepEqual(begun, ['ada', 'ada', 'ada', 'bob']);
    await endAll(all);
    assert.equal(begun.length, 42);
  });

  test('pauses after it used the thread, unless it is alone', async () => {
    const { share, time } = held();
    const use = (): void => void (time.now += 20);
    await share.run('ada', 'write', use);
    assert.ok(!(share.run('ada', 'write', use) instanceof Promise));
    await share.run('bob', 'write', () => undefined);
    await share.run('ada', 'write', use);
    await share.run('ada', 'write', use);
    const later = share.run('ada', 'write', use);
    assert.ok(later instanceof Promise);
    assert.ok(!(share.run('bob', 'write', () => undefined) instanceof Promise));
    time.now += 1000;
    await later;
  });

  test('does not pause when one request follows the answer of another, unless it goes on without a rest', async () => {
    const { share, time } = held();
    const use = (): void => void (time.now += 10);
    const ask = () => share.run('ada', 'check', use);
    await share.run('bob', 'write', () => undefined);
    for (let count = 0; count < 100; count += 1) {
      assert.ok(!(ask() instanceof Promise));
      time.now += 10;
      await turnOfEventLoop();
    }
    let later: unknown;
    for (let count = 0; count < 100 && !(later instanceof Promise); count += 1) {
      later = ask();
      await turnOfEventLoop();
    }
    assert.ok(
      later instanceof Promise,
      'as many connections would, each after the answer of another',
    );
    time.now += 1000;
    await later;
  });

  test('owes nothing for what it used while it was alone', async () => {
    const { share, time } = held();
    const use = (milliseconds: number) => (): void => void (time.now += milliseconds);
    for (let count = 0; count < 1000; count += 1) await share.run('ada', 'write', use(100));
    await share.run('bob', 'write', () => undefined);
    await share.run('ada', 'write', use(1));
    assert.ok(!(share.run('ada', 'write', use(1)) instanceof Promise));
  });

  test('refuses what is too much of one subject, and of nobody else', async () => {
    const { run, endAll } = held({ alone: 1, mostWaiting: 1 });
    const all = [run('ada'), run('ada'), run('bob')];
    await assert.rejects(run('ada'), TooMuchOfOne);
    await endAll(all);
  });

  test('lets nothing wait for ever, and goes on behind what gave up', async () => {
    const { begun, run, endNext } = held({ alone: 1, waitSeconds: 0.001 });
    const first = run('ada');
    await assert.rejects(run('ada'), TooMuchOfOne);
    endNext();
    await first;
    const next = run('ada');
    endNext();
    await next;
    assert.deepEqual(begun, ['ada', 'ada']);
  });

  test('goes on after work that failed', async () => {
    const { share } = held({ alone: 1 });
    await assert.rejects(
      async () => share.run('ada', 'write', () => Promise.reject(new Error('no'))),
      /no/,
    );
    const fail = (): number => {
      throw new Error('neither');
    };
    assert.throws(() => share.run('ada', 'write', fail), /neither/);
    assert.equal(await share.run('ada', 'write', () => 4), 4);
  });

  test('what reads does not wait for what writes', async () => {
    const { share, run, endAll } = held({ alone: 1 });
    const writes = Array.from({ length: 40 }, () => run('ada'));
    for (const lane of ['read', 'check'] as const)
      assert.equal(await share.run('ada', lane, () => 'at once'), 'at once');
    await endAll(writes);
  });
});
