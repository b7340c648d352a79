/** What strangers name is never looked up in an object that has `__proto__` and `constructor` by itself. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { unguardedKeys } from './dictionaries.ts';
import { sources } from './source.ts';

const COLUMNS = 'columns are named by the program';
const SETTINGS = 'keys of the table of settings';

/** Keys that nobody but the program chooses. */
const REASONS: Readonly<Record<string, string>> = {
  'src/cli/table.ts row[heading]': 'headings are named by the program',
  'src/config/catalogue.ts name in Object.prototype': 'this is the question',
  'src/config/config.ts all[name]': SETTINGS,
  'src/config/describe.ts all[camelCase(name)]': SETTINGS,
  'src/config/describe.ts values[nameInConfig(key, row)]': SETTINGS,
  'src/config/read.ts file[name]': SETTINGS,
  'src/http/validator.ts properties[name]': 'keys of the same object',
  'src/http/validator.ts read[name]': 'keys of the schema',
  'src/http/fast/whole-answer.ts headers[at + 1]': 'a list',
  'src/portal/apps/form-fields.ts values[name]': 'names of the description',
  'src/storage/delete-over.ts row[column]': COLUMNS,
  'src/storage/lists.ts row[column]': COLUMNS,
  'src/storage/rows.ts record[camel(name)]': COLUMNS,
  'src/storage/rows.ts row[name as keyof Value]': COLUMNS,
  'src/storage/rows.ts row[snake(name)]': COLUMNS,
  'src/storage/search.ts row[column]': COLUMNS,
  'src/storage/sqlite.ts row[name]': COLUMNS,
};

test('a dictionary is a Map, is asked whether it has the key, or has keys of the program alone', () => {
  const found = [...new Set(unguardedKeys(sources('src/**/*.ts')))];
  assert.deepEqual(found.toSorted(), Object.keys(REASONS).toSorted());
});

test('an unguarded key is found however the dictionary is reached', () => {
  const fileOf = (text: string) => ({ path: 'src/x.ts', text, lines: 1, imports: [] });
  const foundIn = (text: string): readonly string[] => unguardedKeys([fileOf(text)]);
  const constant = 'const NAMES: Readonly<Record<string, string>> = {};';
  assert.deepEqual(foundIn(`${constant} NAMES[word];`), ['src/x.ts NAMES[word]']);
  assert.deepEqual(foundIn(`${constant} Object.hasOwn(NAMES, word) ? NAMES[word] : 0;`), []);
  assert.deepEqual(foundIn(`${constant} NAMES['word'];`), []);
  assert.deepEqual(foundIn('word in names;'), ['src/x.ts word in names']);
  const property = 'interface Context { readonly names: { readonly [name: string]: number } }';
  assert.deepEqual(foundIn(`${property} context.names[word];`), ['src/x.ts context.names[word]']);
  assert.deepEqual(foundIn(`${property} const { names } = context; names[word];`), [
    'src/x.ts names[word]',
  ]);
  const union = "const WORDS: Record<'a' | 'b', string> = { a: '', b: '' };";
  assert.deepEqual(foundIn(`${union} WORDS[letter];`), []);
});
