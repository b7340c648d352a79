import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  ID_LENGTH,
  mintCredential,
  parseCredential,
  SECRET_LENGTH,
} from '../../src/oauth/tokens/format.ts';

test('a minted credential is read back with the same id, kind and hash', () => {
  const minted = mintCredential('gate', 'pat', randomBytes);
  const parsed = parseCredential('gate', minted.value);
  assert.deepEqual(parsed, { kind: 'pat', id: minted.id, hash: minted.hash });
  assert.match(minted.value, /^gate_pat_[0-9A-Za-z]{48}$/);
});

test('every digit of an id and of a secret is drawn at random, for every credential anew', () => {
  const length = ID_LENGTH + SECRET_LENGTH;
  for (const kind of ['pat', 'oat', 'cs', 'oac'] as const) {
    const values = Array.from(
      { length: 200 },
      () => mintCredential('gate', kind, randomBytes).value,
    );
    const drawn = values.map((value) => value.split('_')[2]?.slice(0, length) ?? '');
    assert.equal(new Set(drawn.map((text) => text.slice(0, ID_LENGTH))).size, values.length);
    assert.equal(new Set(drawn.map((text) => text.slice(ID_LENGTH))).size, values.length);
    for (let place = 0; place < length; place++) {
      const digits = new Set(drawn.map((text) => text[place]));
      // Of 62; 200 draws show about 60 of them.
      assert.ok(digits.size >= 30, `${kind} ${place}: ${[...digits].join('')}`);
    }
  }
});

test('a credential of another brand is refused', () => {
  const minted = mintCredential('gate', 'pat', randomBytes);
  assert.equal(parseCredential('fort', minted.value), null);
  assert.equal(parseCredential('gat', minted.value), null);
});

test('changing any one character is caught by the checksum or the grammar', () => {
  const { value } = mintCredential('gate', 'pat', randomBytes);
  fc.assert(
    fc.property(
      fc.nat({ max: value.length - 1 }),
      fc.string({ minLength: 1, maxLength: 1 }),
      (at, character) => {
        fc.pre(value[at] !== character);
        const changed = value.slice(0, at) + character + value.slice(at + 1);
        assert.equal(parseCredential('gate', changed), null);
      },
    ),
  );
});

test('arbitrary text is never a credential and never throws', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 200 }), (text) => {
      assert.equal(parseCredential('gate', text), null);
    }),
  );
});
