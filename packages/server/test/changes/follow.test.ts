/** What a process is brought of the changes of others: everything, once, in order; and when that cannot be, that anything may have changed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccessChange } from '../../src/changes/changes.ts';
import { followChanges } from '../../src/changes/follow.ts';
import type { ChangeStore } from '../../src/changes/ports.ts';
import { createChangeReaders } from '../../src/changes/readers.ts';
import { until } from '../support/until.ts';

const change = (position: number): AccessChange => ({
  kind: 'user',
  userId: `u${position}`,
  position,
  at: 0,
});

/** A log in memory, which the test writes and damages. */
function desk() {
  const log = { rows: [] as AccessChange[], newest: 0, isDown: false, reads: 0 };
  const look = (): void => {
    log.reads += 1;
    if (log.isDown) throw new Error('no database');
  };
  const store: ChangeStore = {
    async newest() {
      look();
      return log.newest;
    },
    async after(position, most) {
      look();
      const rows = log.rows.filter((row) => row.position > position);
      return { newest: log.newest, changes: rows.slice(0, most) };
    },
    purge: async () => 0,
  };
  const heard: string[] = [];
  const readers = createChangeReaders();
  readers.add({
    onChange: (fact) => void heard.push(fact.kind === 'user' ? fact.userId : fact.kind),
    onAnything: () => void heard.push('anything'),
  });
  const following = followChanges({ store, readers, everyMilliseconds: 1 });
  return {
    log,
    following,
    readers,
    /** Another process writes. */
    write: (count = 1): void => {
      for (let index = 0; index < count; index++) log.rows.push(change((log.newest += 1)));
    },
    takeHeard: () => heard.splice(0),
  };
}

test('what was changed before is of no concern, what is changed then is heard once and in order', async () => {
  const { following, write, takeHeard } = desk();
  write(3);
  await following.poll();
  assert.deepEqual(takeHeard(), ['anything'], 'what was read earlier may be older');
  await following.poll();
  assert.deepEqual(takeHeard(), []);
  write(2);
  await following.poll();
  write();
  await following.poll();
  await following.poll();
  assert.deepEqual(takeHeard(), ['u4', 'u5', 'u6']);
});

test('more than one statement reads are read by several', async () => {
  const { following, write, takeHeard } = desk();
  await following.poll();
  takeHeard();
  write(1203);
  await following.poll();
  const heard = takeHeard();
  assert.deepEqual([heard.length, heard[0], heard.at(-1)], [1203, 'u1', 'u1203']);
});

test('what this process wrote is not brought again, whether it was read before or after its delivery', async () => {
  const { following, readers, write, takeHeard, log } = desk();
  await following.poll();
  takeHeard();
  write(2);
  const own = log.rows.slice(0, 1);
  following.noteOwn(own);
  readers.deliver(own);
  await following.poll();
  assert.deepEqual(takeHeard(), ['u1', 'u2']);
  following.noteOwn(own);
  write();
  await following.poll();
  assert.deepEqual(takeHeard(), ['u3']);
});

test('while the database is away nothing is lost, and its fault is told once', async () => {
  const { following, write, takeHeard, log } = desk();
  const faults: (string | null)[] = [];
  following.start((error) => faults.push(error instanceof Error ? error.message : null));
  await until(() => takeHeard().includes('anything'), 'the first read');
  log.isDown = true;
  write(2);
  const { reads } = log;
  await until(() => log.reads > reads + 3, 'several attempts');
  assert.deepEqual(faults, ['no database']);
  log.isDown = false;
  const heard: string[] = [];
  await until(() => {
    heard.push(...takeHeard());
    return heard.length >= 2 && faults.length === 2;
  }, 'what was written meanwhile');
  assert.deepEqual(heard, ['u1', 'u2']);
  assert.deepEqual(faults, ['no database', null]);
  await following.stop();
  const last = log.reads;
  write();
  await following.stop();
  assert.equal(log.reads, last);
});

const LOSSES = {
  'deleted before they were read': ({ log, write }: ReturnType<typeof desk>) => {
    write(5);
    log.rows.splice(0, 3);
  },
  'deleted, all of them': ({ log, write }: ReturnType<typeof desk>) => {
    write(5);
    log.rows.splice(0);
  },
  'missing in between': ({ log, write }: ReturnType<typeof desk>) => {
    write(5);
    log.rows.splice(2, 1);
  },
  'taken back, as by a restored backup': ({ log }: ReturnType<typeof desk>) => {
    log.rows.splice(0);
    log.newest = 0;
  },
  'of a kind that this version does not know': ({ log }: ReturnType<typeof desk>) => {
    log.rows.push({ kind: 'unknown', position: (log.newest += 1), at: 0 });
  },
};

for (const [what, lose] of Object.entries(LOSSES)) {
  test(`changes that were ${what} may have been anything, and those after them are heard`, async () => {
    const place = desk();
    const { following, write, takeHeard, log } = place;
    await following.poll();
    write(2);
    await following.poll();
    takeHeard();
    lose(place);
    await following.poll();
    assert.deepEqual(takeHeard(), ['anything']);
    write();
    await following.poll();
    assert.deepEqual(takeHeard(), [`u${log.newest}`]);
  });
}
