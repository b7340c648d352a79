/**
 * Every type of event is written by a real act, from outside, in the transaction of what it tells of: where the event cannot
 * be written, the act does not happen. The table has a row for every type, or it does not compile.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { EventType } from '../../src/audit/event.ts';
import { ENGINES } from '../storage/places.ts';
import { ACTS_OF_PEOPLE, type Arrange } from './acts-of-people.ts';
import { ACTS_OF_PROGRAMS } from './acts-of-programs.ts';
import { DETAILS, TYPES_TOLD, undocumented } from './document.ts';
import { openStage, type Stage } from './stage.ts';

const ACTS: Readonly<Record<EventType, Arrange>> = { ...ACTS_OF_PEOPLE, ...ACTS_OF_PROGRAMS };
// `Object.keys` answers strings; these are the keys of the record above.
const TYPES = Object.keys(ACTS) as readonly EventType[];

/** Done in several transactions: what counts is that the last one, which the event tells of, did not happen. */
const IN_STEPS: ReadonlySet<EventType> = new Set<EventType>(['user_erased']);

test('docs/reference/events.md names every type and every detail, and no other', () => {
  assert.deepEqual([...TYPES_TOLD.keys()].sort(), TYPES.toSorted());
  const told = new Set([...TYPES_TOLD.values()].flatMap(({ details }) => details));
  assert.deepEqual([...told].sort(), [...DETAILS].sort());
});

for (const engine of ENGINES) {
  describe(engine, () => {
    let stage: Stage;
    before(async () => {
      stage = await openStage(engine);
    });
    after(() => stage.close());

    for (const type of TYPES)
      test(`${type} is written with what it tells of, or neither is`, async () => {
        const act = await ACTS[type](stage);
        const [contents, count] = [await stage.contents(), (await stage.written(type)).length];
        await stage.refuse(type);
        const failed = await act();
        await stage.refuse(null);
        assert.equal(failed.isDone, false, `done without its event: ${failed.said}`);
        assert.equal((await stage.written(type)).length, count);
        if (!IN_STEPS.has(type)) assert.deepEqual(await stage.contents(), contents);
        const done = await act();
        assert.equal(done.isDone, true, done.said);
        const written = await stage.written(type);
        assert.ok(written.length > count, `no ${type}: ${done.said}`);
        for (const event of written) assert.deepEqual(undocumented(type, event), []);
      });
  });
}
