/** What a disk without room does to SQLite, produced by a bound on the pages of the file. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { sql } from 'kysely';
import { openSqlite, type SqliteEngine } from '../../src/storage/sqlite.ts';
import { StorageUnavailable } from '../../src/storage/unavailable.ts';

let directory: string;
let engine: SqliteEngine;

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'gatehouse-full-'));
  engine = await openSqlite(directory);
  await engine.write(async (db) => {
    await sql`create table notes (id integer primary key, text text not null)`.execute(db);
  });
});

after(async () => {
  await engine.close();
  await rm(directory, { recursive: true, force: true });
});

const note = (length: number) =>
  engine.write(async (db) => {
    await sql`insert into notes (text) values (${'x'.repeat(length)})`.execute(db);
  });

const count = async (): Promise<number> => {
  const { rows } = await sql<{ total: number }>`select count(*) as total from notes`.execute(
    engine.read,
  );
  return rows[0]?.total ?? -1;
};

const bound = (pages: number) =>
  engine.write(async (db) => {
    await sql`pragma max_page_count = ${sql.lit(pages)}`.execute(db);
  });

test('a full file refuses what does not fit as passing, keeps the rest, and goes on when there is room', async () => {
  await note(10);
  const kept = await count();
  await bound(10);
  const results = await Promise.allSettled([note(10), note(200_000), note(10)]);
  const refused = results.filter((result) => result.status === 'rejected');
  assert.ok(refused.length > 0);
  for (const { reason } of refused) assert.ok(reason instanceof StorageUnavailable, String(reason));
  assert.equal(await count(), kept + results.length - refused.length);
  await bound(1_000_000);
  await note(200_000);
  assert.equal(await count(), kept + results.length - refused.length + 1);
});
