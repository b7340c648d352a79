/** What ends access on a full disk, produced by a bound on the pages of the file. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { sql } from 'kysely';
import { URGENT } from '../../src/kit/urgency.ts';
import { makeReserve, reserveSize } from '../../src/storage/reserve.ts';
import { openSqlite, type SqliteEngine } from '../../src/storage/sqlite.ts';
import { DiskFull } from '../../src/storage/unavailable.ts';

const RESERVE = 1 << 20;
let directory: string;
let engine: SqliteEngine;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'gatehouse-reserve-'));
  engine = await openSqlite(directory, RESERVE);
  await engine.write((db) => sql`create table notes (text text not null)`.execute(db));
  await engine.write((db) => sql`insert into notes values ('first')`.execute(db));
  await engine.keepRoom();
});

afterEach(async () => {
  await engine.close();
  await rm(directory, { recursive: true, force: true });
});

const sizeOfReserve = async (): Promise<number> => (await stat(join(directory, 'reserve'))).size;

const note = (length: number) =>
  engine.write((db) => sql`insert into notes values (${'x'.repeat(length)})`.execute(db));
const change = (text: string) =>
  engine.write((db) => sql`update notes set text = ${text} where rowid = 1`.execute(db), URGENT);
const bound = (pages: number) =>
  engine.write((db) => sql`pragma max_page_count = ${sql.lit(pages)}`.execute(db), URGENT);

test('an urgent write that fails with its group is done alone, and others wait until there is a reserve again', async () => {
  assert.equal(await sizeOfReserve(), RESERVE);
  assert.equal((await stat(join(directory, 'reserve'))).mode & 0o777, 0o600);
  await bound(2);
  const [big, urgent] = await Promise.allSettled([note(200_000), change('ended')]);
  assert.ok(big.status === 'rejected' && big.reason instanceof DiskFull);
  assert.equal(urgent.status, 'fulfilled');
  assert.equal(await sizeOfReserve(), 0);
  assert.ok(engine.faults.current() instanceof DiskFull);
  await assert.rejects(note(1), DiskFull);
  await change('ended again');
  await engine.keepRoom();
  assert.equal(engine.faults.current(), null);
  assert.equal(await sizeOfReserve(), RESERVE);
  await note(1);
});

test('an ordinary write that fails leaves the reserve alone and is remembered', async () => {
  await bound(2);
  await assert.rejects(note(200_000), DiskFull);
  assert.equal(await sizeOfReserve(), RESERVE);
  assert.ok(engine.faults.current() instanceof DiskFull);
});

test('a reserve that is set smaller shrinks, and without one there is no file', async () => {
  const smaller = await openSqlite(directory, RESERVE / 2);
  await smaller.keepRoom();
  await smaller.close();
  assert.equal(await sizeOfReserve(), RESERVE / 2);
  const none = await openSqlite(directory);
  await none.keepRoom();
  await none.close();
  await assert.rejects(sizeOfReserve(), { code: 'ENOENT' });
});

test('the first reserve is there whole or not at all, so that an empty one was used up', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  await rm(join(directory, 'reserve'));
  let isMade = false;
  const made = makeReserve(directory, 8 * RESERVE).finally(() => {
    isMade = true;
  });
  const seen = new Set<number | null>();
  const look = (): void => {
    seen.add(reserveSize(directory));
    if (isMade) resolve();
    else setImmediate(look);
  };
  look();
  await Promise.all([made, promise]);
  assert.deepEqual([...seen], [null, 8 * RESERVE]);
});
