/** What every port promises, on every engine. */
import { describe } from 'node:test';
import { ENGINES, openPlace } from './places.ts';
import { SUITES } from './suites.ts';

for (const engine of ENGINES) {
  describe(engine, () => {
    for (const describePort of SUITES) describePort((how) => openPlace(engine, how));
  });
}
