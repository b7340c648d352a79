/**
 * Erasing somebody with very much behind them lets other work run all the time: seen in the statements themselves, never in
 * the time that they take.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { sql } from 'kysely';
import { newOrderedId } from '../../src/kit/ids.ts';
import { MOST_A_STEP } from '../../src/storage/delete-over.ts';
import type { Engine } from '../../src/storage/engine.ts';
import { storesOn } from '../../src/storage/storage.ts';
import { fillWithEvents } from './many-events.ts';
import { ENGINES, NOW, openPlace, type Place } from './places.ts';
import { nothingSeen, scansOf, spyOn } from './spy.ts';

const EVENTS = 5 * MOST_A_STEP + 50;
/** Not one more than the rows need. */
const STEPS = Math.ceil(EVENTS / MOST_A_STEP);
const ADDRESS = '203.0.113.77';

/** Counts the turns of the event loop, in each of which others are served. */
function countTurns() {
  const turns = { count: 0, isOver: false };
  const turn = (): void => {
    turns.count += 1;
    if (!turns.isOver) setImmediate(turn);
  };
  setImmediate(turn);
  return turns;
}

for (const engine of ENGINES) {
  describe(engine, () => {
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
      test(`${name} are erased in small steps, by an index, and others are served between them`, async () => {
        const id = newOrderedId();
        const given = { actorId: id, address: ADDRESS, count: EVENTS };
        const text = isAbout ? 'typed' : '';
        await fillWithEvents(database, { ...given, userId: isAbout ? id : null, text });
        assert.equal(await withAddress(), EVENTS);
        const seen = nothingSeen();
        const spied = spyOn(database, seen);
        const turns = countTurns();
        /** Turns in which something was written. */
        const writing = new Set<number>();
        const write: typeof spied.write = (...asked) => {
          writing.add(turns.count);
          return spied.write(...asked);
        };
        const { personalData } = storesOn({ ...spied, write }, { clock: () => NOW, engine });
        const subject = { id, email: 'leaver@example.com', inAttemptKeys: ['leaver@example.com'] };
        await personalData.erase(subject, new Set(['count']));
        turns.isOver = true;
        assert.equal(await withAddress(), 0);
        const steps = seen.steps.filter((rows) => rows > 0);
        assert.equal(steps.length, STEPS, String(steps));
        assert.ok(Math.max(...steps) <= MOST_A_STEP, String(steps));
        assert.ok(writing.size >= steps.length, `${writing.size} turns for ${steps.length} steps`);
        const texts = new Map(seen.statements.map((statement) => [statement.sql, statement]));
        for (const statement of texts.values())
          assert.deepEqual(await scansOf(database, statement), [], statement.sql);
      });
    }
  });
}
