/**
 * Every grant type and every way of client authentication is documented, is compared with its specification, and has a test that
 * sends it and a foreign client that uses it.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { AUTHENTICATION_METHODS } from '../../src/oauth/client-authentication/authenticate.ts';
import { GRANT_TYPE_NAMES } from '../../src/oauth/grants/pipeline.ts';
import { conformance, isThere, REFERENCE } from './conformance.ts';

const endpoints = readFileSync(
  new URL('../../../../docs/reference/endpoints.md', import.meta.url),
  'utf8',
);

interface Documented {
  readonly names: readonly string[];
  /** Of its table in endpoints.md. */
  readonly heading: string;
}

const KINDS: readonly Documented[] = [
  { names: GRANT_TYPE_NAMES, heading: '### Grant types' },
  { names: AUTHENTICATION_METHODS, heading: '### How a client authenticates' },
];
const NAMES = KINDS.flatMap(({ names }) => names);

const sectionOf = (document: string, heading: string): string =>
  document.split(`\n${heading}`)[1]?.split(/\n##/)[0] ?? '';

/** The rows of a section whose first cell is a name in backquotes, by that name. */
function rowsOf(section: string): ReadonlyMap<string, readonly string[]> {
  const rows = section
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.split('|').slice(1, -1))
    .map((cells) => cells.map((cell) => cell.trim()));
  const named = rows.map(([name = '', ...cells]) => [name.slice(1, -1), cells] as const);
  assert.equal(new Map(named).size, rows.length, 'a row is there twice');
  return new Map(named);
}

for (const { names, heading } of KINDS)
  test(`endpoints.md has a row for each under "${heading}", and no other`, () => {
    const rows = rowsOf(sectionOf(endpoints, `${heading}\n`));
    assert.deepEqual([...rows.keys()].toSorted(), [...names].toSorted());
    for (const [name, cells] of rows)
      for (const cell of cells) assert.ok(cell.length > 3, `${name}: which clients, what it gives`);
  });

const ways = rowsOf(sectionOf(conformance, '## Ways to a token\n'));

test('conformance.md has a row for each, and no other', () => {
  assert.deepEqual([...ways.keys()].toSorted(), [...NAMES].toSorted());
});

/** `RFC 6749 4.1.3`: a heading of conformance.md, and a section among the rows under it. */
function faultOfSection(specification: string): string | null {
  const [, title = '', section = ''] = /^(.+) ([\d.]+)$/.exec(specification) ?? [];
  const rows = sectionOf(conformance, `## ${title},`);
  const sections = [...rows.matchAll(/^\| ([\d., ]+) \|/gm)].flatMap(([, keys = '']) =>
    keys.split(', '),
  );
  return sections.includes(section) ? null : `no row about section ${section} of ${title}`;
}

test('what its specification asks for is compared with it', () => {
  for (const [name, [specification = '']] of ways)
    assert.equal(faultOfSection(specification), null, name);
  assert.notEqual(faultOfSection('RFC 6749 99.9'), null);
  assert.notEqual(faultOfSection('RFC 9999 1'), null);
});

test('a test of its rules sends it, and a foreign client uses it', () => {
  for (const [name, [, rules = '', stranger = '']] of ways) {
    assert.deepEqual(faultsOf(rules, 'oauth/'), [], name);
    assert.deepEqual(faultsOf(stranger, 'strangers/'), [], name);
  }
  assert.deepEqual(faultsOf('', 'oauth/'), ['a test in oauth/']);
  assert.deepEqual(faultsOf('`oauth/code.test.ts`: no such test', 'oauth/'), ['no such test']);
});

/** What is missing in a cell of tests. */
function faultsOf(cell: string, folder: string): readonly string[] {
  const found = cell.split('<br>').map((part) => REFERENCE.exec(part) ?? []);
  if (!found.every(([, file = '']) => file.startsWith(folder))) return [`a test in ${folder}`];
  return found
    .filter(([, file = '', title = '']) => !isThere(file, title))
    .map(([, , title = '']) => title);
}
