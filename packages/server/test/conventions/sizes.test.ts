import assert from 'node:assert/strict';
import { test } from 'node:test';
import { median, percentile, sources } from './source.ts';

const source = sources('src/**/*.ts');
const tests = sources('test/**/*.ts');

test('files of the source stay small', () => {
  const lines = source.map((file) => file.lines);
  assert.ok(median(lines) <= 120, `median ${median(lines)}`);
  assert.ok(percentile(lines, 0.9) <= 300, `p90 ${percentile(lines, 0.9)}`);
  assert.deepEqual(
    source.filter((file) => file.lines > 500).map((file) => file.path),
    [],
  );
});

test('files of the tests stay readable', () => {
  assert.deepEqual(
    tests.filter((file) => file.lines > 400).map((file) => file.path),
    [],
  );
});
