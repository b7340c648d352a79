import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isUuid, newOrderedId } from '../../src/kit/ids.ts';

/** First: after very many at once the time in an id runs ahead. */
test('ordered ids are UUIDs of version 7 that carry the time', () => {
  const before = Date.now();
  const id = newOrderedId();
  assert.ok(isUuid(id));
  assert.match(id, /^.{14}7.{4}[89ab]/);
  const time = Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16);
  assert.ok(time >= before && time <= Date.now(), `${time} is not the time of ${before}`);
});

test('ordered ids sort in the order in which they were made, however many a millisecond', () => {
  const ids = Array.from({ length: 50_000 }, newOrderedId);
  assert.deepEqual(ids, [...ids].sort());
  assert.equal(new Set(ids).size, ids.length);
});
