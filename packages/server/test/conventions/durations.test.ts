/**
 * No test says how long something takes: that depends on the machine and on what else it does. A test asks what came first, what
 * was counted, or what a clock of its own says; it waits by `support/until.ts`. Figures of time are made by `bench/`.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sources } from './source.ts';

/** Clocks that are good for nothing but measuring. */
const STOPWATCH =
  /\b(?:performance\s*\.\s*(?:now|mark|measure|timerify|eventLoopUtilization)|hrtime|threadCpuUsage|cpuUsage|monitorEventLoopDelay|createHistogram)\b|\bconsole\.time\b/;
/** The time of day, taken away from something, or something from it. */
const DIFFERENCE = /\bDate\.now\(\)\s*-|-\s*Date\.now\(\)/;
/** What the time of day was, kept under a name. */
const KEPT = /\b(?:const|let)\s+(\w+)(?:\s*:\s*\w+)?\s*=\s*(?:Date\.now\(\)|new Date\(\))/g;

/** Why a file may look at the clock in a way that a rule forbids. */
const ALLOWED: Readonly<Record<string, string>> = {
  'test/support/until.ts': 'its patience has to end, and it asserts nothing else',
  'test/support/visitor.ts': 'it waits for as long as a page asks to be read, and asserts nothing',
  'test/conventions/clocks.test.ts': 'it names what it forbids',
  'test/conventions/durations.test.ts': 'it names what it forbids',
};

function faultsOf(text: string): readonly string[] {
  const faults = [STOPWATCH, DIFFERENCE].flatMap((rule) => rule.exec(text)?.[0] ?? []);
  for (const [, name = ''] of text.matchAll(KEPT)) {
    const minus = new RegExp(String.raw`-\s*${name}\b|\b${name}\s*-`).exec(text)?.[0];
    if (minus !== undefined) faults.push(minus);
  }
  return faults;
}

test('no test measures a duration', () => {
  const wrong = sources('test/**/*.ts').flatMap(({ path, text }) =>
    path in ALLOWED ? [] : faultsOf(text).map((fault) => `${path}: ${fault}`),
  );
  assert.deepEqual(wrong, []);
});

test('whoever may has a reason for it still', () => {
  const known = new Map(sources('test/**/*.ts').map(({ path, text }) => [path, text]));
  for (const path of Object.keys(ALLOWED))
    assert.notDeepEqual(faultsOf(known.get(path) ?? ''), [], path);
});

test('the rule sees what it forbids', () => {
  for (const text of [
    'assert.ok(performance.now() - start < 200)',
    'const before = process.threadCpuUsage();',
    'process.hrtime.bigint()',
    'assert.ok(Date.now() - began < 5000)',
    'Math.round((Date.parse(at) - Date.now()) / DAY)',
    'const began = Date.now();\nawait work();\nconst ended = await now();\nassert.ok(ended - began < 5)',
    'const start = new Date();\nassert.ok(later - start < 5)',
  ])
    assert.notDeepEqual(faultsOf(text), [], text);
  for (const text of [
    'const time = { now: Math.floor(Date.now() / 1000) };',
    'const before = Date.now();\nassert.ok(time >= before && time <= Date.now());',
    'Date.now = () => real() + 3_601_000;',
    'assert.equal(expiresAt - createdAt, 3600)',
  ])
    assert.deepEqual(faultsOf(text), [], text);
});
