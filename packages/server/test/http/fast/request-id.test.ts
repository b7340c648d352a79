import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { createRequestIds } from '../../../src/http/fast/request-id.ts';

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

test('every request has a name of its own, and names sort by time', () => {
  let now = Date.UTC(2026, 10, 24);
  const next = createRequestIds({ randomBytes, milliseconds: () => now });
  const ids = Array.from({ length: 10_000 }, (_, index) => {
    if (index % 7 === 0) now += 1;
    return next();
  });
  assert.equal(new Set(ids).size, ids.length);
  assert.ok(ids.every((id) => UUID_V7.test(id)));
  assert.deepEqual([...ids].sort(), ids);
});

test('two processes that start in the same millisecond name nothing alike', () => {
  const milliseconds = () => 1_795_000_000_000;
  const left = createRequestIds({ randomBytes, milliseconds })();
  const right = createRequestIds({ randomBytes, milliseconds })();
  assert.equal(left.slice(0, 23), right.slice(0, 23));
  assert.notEqual(left, right);
});
