/** With a database that is far away, a page takes as long as its round trips: few of them, of every route. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { isWriting, nameOf, openWorld, prepare } from './acts.ts';
import { addressOf, isShowing, look, lookAs, type Looking } from './pages.ts';
import { openCostStage, type Person, type Stage } from './people.ts';
import { enrich } from './riches.ts';
import { MORE, MOST } from './round-trip-limits.ts';
import { noteRoundTrips } from './round-trips.ts';

const ROWS = 3;

const countRoundTrips = noteRoundTrips();
let stage: Stage;
let looking: Looking;
before(async () => {
  stage = await openCostStage('postgres');
  const me = await stage.person();
  looking = await lookAs(stage, me, await enrich(stage, me, { count: ROWS }));
});
after(() => stage.running.stop());

/** The act alone, without the page that it leads to. */
function followNothing({ visitor }: Person): void {
  const nowhere = { status: 303, url: '', html: '', headers: new Headers(), text: '' };
  Object.defineProperty(visitor, 'get', { value: async () => nowhere });
}

function check(counts: ReadonlyMap<string, number>, usual: number): void {
  const over = [...counts].filter(([name, count]) => count > (MORE[name]?.most ?? usual));
  assert.deepEqual(over, [], 'more round trips than are allowed');
}

test('a page is read by few round trips', async () => {
  const counts = new Map<string, number>();
  for (const route of stage.running.app.routes.filter(isShowing)) {
    const address = addressOf(route, looking.riches);
    // Once before: connections are open, and what is kept for some seconds is there.
    await look(looking, route, address);
    // The fewest of some: a connection that is opened meanwhile holds up what was asked together.
    const some: number[] = [];
    for (let n = 0; n < 3; n += 1)
      some.push(await countRoundTrips(() => look(looking, route, address)));
    counts.set(nameOf(route), Math.min(...some));
  }
  assert.ok(counts.size > 50, String(counts.size));
  check(counts, MOST.page);
});

test('an act is done by few round trips', async () => {
  const counts = new Map<string, number>();
  for (const route of stage.running.app.routes.filter(isWriting)) {
    const world = await openWorld(stage, route);
    const send = await prepare(route, world);
    followNothing(world.me);
    const count = await countRoundTrips(send);
    counts.set(nameOf(route), count);
  }
  assert.ok(counts.size > 50, String(counts.size));
  check(counts, MOST.act);
});
