/** What is counted in words goes through one helper, so that nobody reads "1 scopes". */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countOf, nounFor } from '../../src/kit/plural.ts';
import { sources } from './source.ts';

const NOUNS =
  'scope token app person secret message offer day hour minute second call thing browser time process connection user'
    .split(' ')
    .map((noun) => ({ person: 'people', process: 'processes' })[noun] ?? `${noun}s`)
    .join('|');
/** A number that is not fixed in the program (nor the name of the site), and a plural behind it. */
const COUNTED = new RegExp(
  `\\$\\{(?![A-Z_]+\\}|[\\w.]*brandName\\})[^{}]*\\} (?:[a-z]+ )?(?:${NOUNS})\\b`,
);
const CHOSEN = /=== 1 \?\s*['`]/;

const READ_BY_PEOPLE = /^src\/(?:portal|mail|cli)\//;

const faultsOf = (text: string): readonly string[] =>
  text.split('\n').filter((line) => COUNTED.test(line) || CHOSEN.test(line));

test('0, 1 and 2 of a thing', () => {
  const counted = [0, 1, 2].map((count) => countOf(count, 'scope'));
  assert.deepEqual(counted, ['0 scopes', '1 scope', '2 scopes']);
  assert.deepEqual(
    [0, 1, 2].map((count) => countOf(count, 'person', 'people')),
    ['0 people', '1 person', '2 people'],
  );
  assert.deepEqual(
    [0, 1, 2].map((count) => nounFor(count, 'is', 'are')),
    ['are', 'is', 'are'],
  );
});

test('pages, messages and commands count with it', () => {
  const faults = sources('src/**/*.ts')
    .filter(({ path }) => READ_BY_PEOPLE.test(path))
    .flatMap(({ path, text }) => faultsOf(text).map((line) => `${path}: ${line.trim()}`));
  assert.deepEqual(faults, []);
});

test('a plural that is written out would be found', () => {
  for (const line of [
    'const found = `${total} scopes found`;',
    'html`They have ${outcome.most} live tokens already`',
    "count === 1 ? 'is' : 'are'",
  ])
    assert.equal(faultsOf(line).length, 1, line);
  assert.deepEqual(faultsOf('`Use over ${CHART_DAYS} days`'), []);
});
