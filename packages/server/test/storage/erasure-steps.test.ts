/** Erasing somebody with very much behind them lets other work run all the time. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { sql } from 'kysely';
import type { Engine } from '../../src/storage/engine.ts';
import { newOrderedId } from '../../src/kit/ids.ts';
import { fillWithEvents } from './many-events.ts';
import { ENGINES, openPlace, type Place } from './places.ts';

// What grows faster than the number of events shows on either; SQLite runs on the thread that answers requests.
const EVENTS = { sqlite: 100_000, postgres: 20_000 } as const;
const MOST_MS = 100;
const ADDRESS = '203.0.113.77';

/** The most of the processor that one turn of the event loop took: time in which nothing else was answered. */
async function longestTurn(work: Promise<unknown>): Promise<number> {
  const state = { isOver: false, longest: 0 };
  const end = work.finally(() => (state.isOver = true));
  while (!state.isOver) {
    const before = process.threadCpuUsage();
    await nextTurn();
    const { user, system } = process.threadCpuUsage(before);
    state.longest = Math.max(state.longest, (user + system) / 1000);
  }
  await end;
  return state.longest;
}

for (const engine of ENGINES) {
  describe(engine, () => {
    const count = EVENTS[engine];
    let place: Place;
    let database: Engine;
    before(async () => {
      place = await openPlace(engine);
      await place.storage.migrate();
      database = await place.database();
    });
    after(async () => {
      await database.close();
      await place.close();
    });

    const withAddress = async (): Promise<number> => {
      const found = sql<{ n: number | string }>`select count(*) as n from events
        where address is not null or details like '%typed%'`;
      return Number((await found.execute(database.read)).rows[0]?.n);
    };

    for (const [name, isAbout] of [
      ['events about a person', true],
      ['acts of a person on others', false],
    ] as const) {
      test(`${count} ${name} are erased in steps of at most ${MOST_MS} ms`, async () => {
        const id = newOrderedId();
        const given = { actorId: id, address: ADDRESS, count };
        const text = isAbout ? 'typed' : '';
        await fillWithEvents(database, { ...given, userId: isAbout ? id : null, text });
        assert.equal(await withAddress(), count);
        const subject = { id, email: 'leaver@example.com', inAttemptKeys: ['leaver@example.com'] };
        const erasing = place.storage.personalData.erase(subject, new Set(['count']));
        const longest = await longestTurn(erasing);
        assert.equal(await withAddress(), 0);
        assert.ok(longest <= MOST_MS, `${longest} ms`);
      });
    }
  });
}
