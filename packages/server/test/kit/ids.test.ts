import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isUuid, newOrderedId } from '../../src/kit/ids.ts';

test('ordered ids sort in the order in which they were made, however many a millisecond', () => {
  const ids = Array.from({ length: 50_000 }, newOrderedId);
  assert.deepEqual(ids, [...ids].sort());
  assert.equal(new Set(ids).size, ids.length);
});

test('ordered ids are UUIDs of version 7 that carry the time', () => {
  const before = Date.now();
  const id = newOrderedId();
  assert.ok(isUuid(id));
  assert.match(id, /^.{14}7.{4}[89ab]/);
  const time = Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16);
  assert.ok(time >= before && time < before + 1000, `${time} is not near ${before}`);
});
