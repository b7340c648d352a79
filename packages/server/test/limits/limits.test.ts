/** The port of counters, in memory and on both engines. */
import { after, before, describe } from 'node:test';
import { createMemoryLimits } from '../../src/limits/memory.ts';
import { ENGINES, openPlace, type Place } from '../storage/places.ts';
import { describeLimits } from './suite.ts';

describe('in memory', () => {
  const limits = createMemoryLimits(1000);
  describeLimits(() => ({ limits, another: () => Promise.resolve(limits) }));
});

for (const engine of ENGINES)
  describe(engine, () => {
    let place: Place;
    before(async () => {
      place = await openPlace(engine);
      await place.storage.migrate();
    });
    after(() => place.close());
    describeLimits(() => ({
      limits: place.storage.attempts,
      another: async () => (await place.another()).attempts,
    }));
  });
