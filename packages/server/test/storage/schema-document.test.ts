import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openPostgres } from '../../src/storage/postgres.ts';
import { openSqlite } from '../../src/storage/sqlite.ts';
import { openStorage } from '../../src/storage/storage.ts';
import { sharedPostgres } from '../support/postgres.ts';
import { readSchema, type Table, type Tables } from './real-schema.ts';

const file = new URL('../../../../docs/reference/storage-schema.md', import.meta.url);
const text = await readFile(file, 'utf8');

/** One section a table: `## \`users\``, what it is for, its columns, its key, references and indexes, how long it is kept. */
const sections = text
  .split(/^## /m)
  .slice(1)
  .map((section) => /^`(\w+)`\n([^]*)$/.exec(section))
  .filter((match) => match !== null)
  .map(([, table = '', body = '']) => ({ table, body }));

const matches = (body: string, pattern: RegExp): readonly (readonly string[])[] =>
  [...body.matchAll(pattern)].map((match) => match.slice(1).map((part) => part ?? ''));

const unquoted = (names: string): string => names.replaceAll('`', '');

function documented(body: string): Table {
  const columns = matches(body, /^\| `(\w+)` *\| (\w+\??) *\| *\S.*\|$/gm);
  const [key = ['']] = matches(body, /^- Key: (.+)$/gm);
  const references = matches(body, /^- `(\w+)` refers to `(\w+)`/gm);
  const indexes = matches(body, /^- Index `(\w+)`: (.+)$/gm);
  return {
    columns: Object.fromEntries(columns),
    key: unquoted(key[0] ?? '').split(', '),
    references: Object.fromEntries(references),
    indexes: Object.fromEntries(indexes.map(([name = '', what = '']) => [name, unquoted(what)])),
  };
}

const document: Tables = Object.fromEntries(
  sections.map(({ table, body }) => [table, documented(body)]),
);

test('the document describes the tables that SQLite has', async () => {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'gatehouse-schema-'));
  const storage = await openStorage({ dataDirectory, databaseUrl: null, clock: () => 0 });
  await storage.migrate();
  await storage.close();
  const engine = await openSqlite(dataDirectory);
  const real = await readSchema(engine.read, 'sqlite');
  await engine.close();
  await rm(dataDirectory, { recursive: true });
  assert.ok(Object.keys(real).length > 10);
  assert.deepEqual(document, real);
});

test('the document describes the tables that PostgreSQL has', async () => {
  const databaseUrl = await (await sharedPostgres()).createDatabase();
  const storage = await openStorage({ dataDirectory: '', databaseUrl, clock: () => 0 });
  await storage.migrate();
  await storage.close();
  const engine = openPostgres(databaseUrl);
  const real = await readSchema(engine.read, 'postgres');
  await engine.close();
  assert.ok(Object.keys(real).length > 10);
  assert.deepEqual(document, real);
});

test('the document says what every table is for and how long its rows are kept', () => {
  for (const { table, body } of sections) {
    assert.match(body, /^\n[A-Z][^|]+\.\n/, table);
    assert.match(body, /^- Kept: .+\.$/m, table);
  }
});
