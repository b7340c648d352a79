import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeBase62, encodeBase62 } from '../../src/kit/base62.ts';

test('every figure of 32 bits is read as it was written, and no two texts of a width are one figure', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 32 - 1 }), (value) => {
      const text = encodeBase62(value, 6);
      assert.equal(text.length, 6);
      assert.equal(decodeBase62(text), value);
    }),
  );
  fc.assert(
    fc.property(fc.stringMatching(/^[0-9A-Za-z]{6}$/), (text) => {
      assert.equal(encodeBase62(decodeBase62(text), 6), text);
    }),
  );
});

test('whatever is no digit makes no figure', () => {
  for (const text of ['00000_', 'é00000', '0000 0', '-00001', '\u{1F600}0000', '00000\0'])
    assert.equal(decodeBase62(text), Number.NaN, text);
});
