import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readBearer, writeChallenge } from '../../src/oauth/bearer.ts';

test('no header and an empty header are both absent', () => {
  assert.deepEqual(readBearer(undefined), { outcome: 'absent' });
  assert.deepEqual(readBearer('  '), { outcome: 'absent' });
});

test('the scheme is read in any case', () => {
  assert.deepEqual(readBearer('bEaReR abc'), { outcome: 'present', token: 'abc' });
});

test('other schemes, two tokens and endless values are malformed', () => {
  for (const header of ['Basic abc', 'Bearer', 'Bearer a b', `Bearer ${'a'.repeat(5000)}`]) {
    assert.deepEqual(readBearer(header), { outcome: 'malformed' });
  }
});

test('no realm or description can break out of the header', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (realm, description) => {
      const header = writeChallenge({ realm, error: 'invalid_token', description });
      assert.match(
        header,
        /^Bearer realm="[\x20\x21\x23-\x5B\x5D-\x7E]*", error="invalid_token", error_description="[\x20\x21\x23-\x5B\x5D-\x7E]*"$/,
      );
    }),
  );
});

test('a request without credentials is told the realm alone', () => {
  assert.equal(writeChallenge({ realm: 'Gatehouse' }), 'Bearer realm="Gatehouse"');
});
