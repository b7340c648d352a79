import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { safePath } from '../../src/portal/door.ts';

const BASE = 'https://developer.example.com';

/** Made of what confuses parsers of addresses. */
const PIECES = [
  '/ \\ . .. %2f %5c %2e @ : ? # evil.example javascript: https: data: a \u3002 \uff0f é'.split(
    ' ',
  ),
  ['\t', '\n', '\r', '\0', ' ', '\u2028'],
].flat();
const trick = fc
  .array(fc.constantFrom(...PIECES), { maxLength: 12 })
  .map((pieces) => pieces.join(''));

test('wherever a browser would go, it is a page of this site', () => {
  fc.assert(
    fc.property(fc.oneof(trick, fc.string(), fc.webUrl(), fc.webPath()), (given) => {
      const path = safePath(given, BASE);
      assert.ok(path.startsWith('/'));
      assert.doesNotMatch(path, /^\/[/\\]|[\r\n\t\0]/);
      assert.equal(new URL(path, BASE).origin, BASE);
      // Read once more it stays what it is: a header or a second sign-in cannot turn it into something else.
      assert.equal(safePath(path, BASE), path);
    }),
    { numRuns: 2000 },
  );
});

test('a page of this site is kept, with its query', () => {
  for (const path of ['/', '/tokens', '/tokens?unused=90&page=2', '/tokens/AbCdEf012345/rotate']) {
    assert.equal(safePath(path, BASE), path);
  }
});

test('anything but one text leads to the first page', () => {
  for (const value of [undefined, null, 1, true, {}, [], ['/tokens'], ['/tokens', '/account']]) {
    assert.equal(safePath(value, BASE), '/');
  }
});
