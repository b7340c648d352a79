/** Time comes from one module: a wall clock for what is stored and told, a monotonic one for ages and limits in memory. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sources } from './source.ts';

const CLOCK = 'src/kit/clock.ts';
const ASKS_THE_SYSTEM =
  /\bDate\.now\b|\bnew Date\(\s*\)|\bperformance\.now\b|\bhrtime\b|\bprocess\.uptime\b/;

test('nothing asks the system for the time but the clock', () => {
  const wrong = sources('src/**/*.ts').filter(
    ({ path, text }) => path !== CLOCK && ASKS_THE_SYSTEM.test(text),
  );
  assert.deepEqual(
    wrong.map(({ path }) => path),
    [],
  );
});

test('the rule sees what it forbids', () => {
  for (const text of ['Date.now()', 'milliseconds: Date.now,', 'new Date()', 'performance.now()'])
    assert.match(text, ASKS_THE_SYSTEM);
  assert.doesNotMatch('new Date(at * 1000)', ASKS_THE_SYSTEM);
});

/** What counts or remembers in memory, and must be given the monotonic clock. */
test('limits and caches in memory are told how much time went by, never what time it is', () => {
  const wrong = sources('src/**/*.ts').filter(({ text }) =>
    /\.take\([^)]*\b(clock|milliseconds)\(\)/.test(text),
  );
  assert.deepEqual(
    wrong.map(({ path }) => path).filter((path) => !path.startsWith('src/identity/')),
    [],
  );
});
