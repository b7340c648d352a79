/** No table and no column can be forgotten by an export or an erasure. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { TableOfPerson } from '../../src/storage/personal-data/table.ts';
import { PERSONAL_DATA } from '../../src/storage/personal-data/tables.ts';
import { ENGINES } from '../storage/places.ts';
import { currentSchema, type Tables } from '../storage/real-schema.ts';

const entries = Object.entries<TableOfPerson>(PERSONAL_DATA);

/** What is wrong with the entries, compared with the tables of a database. */
function faults(real: Tables): readonly string[] {
  const missing = Object.keys(real).filter((table) => !Object.hasOwn(PERSONAL_DATA, table));
  return [
    ...missing.map((table) => `${table}: say what it holds about a person`),
    ...entries.flatMap(([table, entry]) => faultsOf(table, entry, real)),
  ];
}

function faultsOf(table: string, { exported, key }: TableOfPerson, real: Tables): string[] {
  const columns = Object.keys(real[table]?.columns ?? {});
  if (columns.length === 0) return [`${table}: there is no such table`];
  const named =
    'notExported' in exported
      ? columns
      : [...exported.columns, ...Object.keys(exported.leftOut ?? {})];
  const forgotten = columns.filter((column) => !named.includes(column));
  const isKeyed = key.join() === real[table]?.key.join();
  return [
    ...forgotten.map((column) => `${table}.${column}: neither exported nor left out`),
    ...(isKeyed ? [] : [`${table}: its key is another`]),
  ];
}

for (const engine of ENGINES) {
  describe(engine, () => {
    test('every table and column is exported or left out with a reason', async () => {
      const real = await currentSchema(engine);
      assert.deepEqual(faults(real), []);
      const table = { columns: { user_id: 'text' }, key: ['id'], references: {}, indexes: {} };
      assert.deepEqual(faults({ ...real, new_table: table }), [
        'new_table: say what it holds about a person',
      ]);
    });
  });
}

test('no column of bytes, password or secret is exported', () => {
  const columns = entries.flatMap(([table, { exported }]) =>
    'notExported' in exported ? [] : exported.columns.map((column) => `${table}.${column}`),
  );
  assert.deepEqual(
    columns.filter((column) => /hash|salt|password$|creation_key|_secret$/.test(column)),
    [],
  );
});
