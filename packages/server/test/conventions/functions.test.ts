import assert from 'node:assert/strict';
import { test } from 'node:test';
import { syntaxOf } from './functions.ts';
import { percentile, sources } from './source.ts';

const MOST_LINES = 60;
const MOST_PARAMETERS = 3;

const files = sources('src/**/*.ts');
const syntax = files.map(syntaxOf);
const functions = syntax.flatMap((file) => file.functions);

test('functions are measured as people would', () => {
  const text = [
    'export function outer(a: number, b: number) {',
    '  return {',
    '    inner: () => {',
    '      return a + b;',
    '    },',
    '  };',
    '}',
    'const x: any = 1;',
    'const row = x as Row;',
    'const id = x as unknown as string;',
    'db.values(x as never).columns([x] as never[]);',
  ].join('\n');
  const found = syntaxOf({ path: 'src/x.ts', text, lines: 11, imports: [] });
  assert.deepEqual(found, {
    functions: [
      { place: 'src/x.ts:1', lines: 5, parameters: 2 },
      { place: 'src/x.ts:3', lines: 3, parameters: 0 },
    ],
    anys: ['src/x.ts:8'],
    blindCasts: ['src/x.ts:10', 'src/x.ts:11', 'src/x.ts:11'],
  });
});

test('functions are short', () => {
  const lines = functions.map((one) => one.lines);
  assert.ok(lines.length > 500);
  assert.ok(percentile(lines, 0.5) <= 10, `median ${percentile(lines, 0.5)}`);
  assert.ok(percentile(lines, 0.9) <= 35, `p90 ${percentile(lines, 0.9)}`);
  // A migration is a list of statements, read once from top to bottom.
  const long = functions.filter(
    (one) => one.lines > MOST_LINES && !one.place.includes('/migrations/'),
  );
  assert.deepEqual(long, []);
});

test('functions take three parameters at most, then an object', () => {
  assert.deepEqual(
    functions.filter((one) => one.parameters > MOST_PARAMETERS),
    [],
  );
});

test('nothing is any', () => {
  assert.deepEqual(
    syntax.flatMap((file) => file.anys),
    [],
  );
});

/** Where a library declares less than it takes. */
const BLIND_CASTS: Readonly<Record<string, string>> = {
  'src/http/server.ts': 'Fastify declares the types of the one compiler of schemas that it brings',
};

test('no cast hides what the compiler would say', () => {
  const places = syntax.flatMap((file) => file.blindCasts);
  const files = new Set(places.map((place) => place.slice(0, place.lastIndexOf(':'))));
  assert.deepEqual([...files], Object.keys(BLIND_CASTS), places.join('\n'));
});

test('there is as much test as the code deserves', (context) => {
  const linesOf = (pattern: string): number =>
    sources(pattern).reduce((sum, file) => sum + file.lines, 0);
  const ratio = linesOf('test/**/*.ts') / linesOf('src/**/*.ts');
  context.diagnostic(`lines of test to one of source: ${ratio.toFixed(2)}`);
  assert.ok(ratio > 0.3);
});
