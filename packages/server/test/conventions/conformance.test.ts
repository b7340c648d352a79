/** docs/conformance.md cannot rot: its rows are complete, and the tests that it names exist. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { conformance as document, isThere, REFERENCE } from './conformance.ts';

/** How many attacks there are. */
const LINES = 113;

/** Rows before this heading are attacks; rows after it are sections of specifications. */
const SPECIFICATIONS = '\n## RFC 6749';

interface Row {
  readonly key: string;
  readonly state: string;
  /** The last cell, line by line. */
  readonly shownBy: readonly string[];
}

const readRows = (text: string): readonly Row[] =>
  text
    .split('\n')
    .filter((line) => /^\| +[0-9]/.test(line))
    .map((line) => line.split(/(?<!\\)\|/).map((cell) => cell.trim()))
    .map(([, key = '', , state = '', shown = '']) => ({
      key,
      state,
      shownBy: shown.split('<br>').filter((part) => part !== ''),
    }));

const rows = readRows(document);

test('every attack has one row', () => {
  const attacks = readRows(document.slice(0, document.indexOf(SPECIFICATIONS)));
  assert.deepEqual(
    attacks.map(({ key }) => Number(key)),
    Array.from({ length: LINES }, (_, index) => index + 1),
  );
});

test('every row says what its state asks for', () => {
  const wrong = rows.filter(({ state, shownBy }) => {
    const references = shownBy.filter((part) => REFERENCE.test(part)).length;
    if (state === 'tested') return references === 0 || references !== shownBy.length;
    if (state === 'partly') return references === 0 || references !== shownBy.length - 1;
    if (state === 'not applicable') return shownBy[0]?.startsWith('because ') !== true;
    return state !== 'not yet' || shownBy.length > 0;
  });
  assert.deepEqual(wrong, []);
});

test('every test that is named exists', () => {
  const references = rows
    .flatMap(({ shownBy }) => shownBy.map((part) => REFERENCE.exec(part)))
    .filter((match) => match !== null);
  assert.ok(references.length > 30);
  const missing = references.filter(([, file = '', title = '']) => !isThere(file, title));
  assert.deepEqual(
    missing.map(([text]) => text),
    [],
  );
});

test('a test that is not there is noticed', () => {
  assert.ok(isThere('conventions/conformance.test.ts', 'every attack has one row'));
  assert.ok(!isThere('conventions/conformance.test.ts', 'every attack has two rows'));
  assert.ok(!isThere('conventions/gone.test.ts', 'every attack has one row'));
});
