/** A file of an older version gets the space of deleted rows back by a command, alone with it, and never at start. */
import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { DatabaseSync } from 'node:sqlite';
import { databaseFile } from '../../src/storage/database-file.ts';
import { Gatehouse } from './gatehouse.ts';

const gatehouse = new Gatehouse();
after(() => gatehouse.remove());

const fileOf = (): string => databaseFile(join(gatehouse.directory, 'data'));

function inFile<Result>(work: (database: DatabaseSync) => Result): Result {
  const database = new DatabaseSync(fileOf());
  try {
    return work(database);
  } finally {
    database.close();
  }
}

const autoVacuum = (): unknown =>
  inFile((database) => database.prepare('pragma auto_vacuum').get()?.['auto_vacuum']);

test('an older file keeps its size until it is compacted, and gives space back by itself from then on', async () => {
  assert.equal((await gatehouse.run(['compact'])).code, 1, 'there is nothing yet');
  await gatehouse.run(['migrate']);
  assert.equal(autoVacuum(), 2, 'a new one does from the start');
  inFile((database) => {
    database.exec('pragma auto_vacuum = none; vacuum');
    database.exec(
      `insert into attempts (key, count, resets_at) with recursive n(n) as (select 1 union all select n + 1 from n where n < 20000) select 'x' || n || hex(zeroblob(100)), 1, 1 from n`,
    );
    database.exec('delete from attempts');
  });
  const before = statSync(fileOf()).size;
  await gatehouse.run(['migrate']);
  assert.equal(autoVacuum(), 0, 'never at start');
  const { code, stdout } = await gatehouse.run(['compact', '--json']);
  assert.equal(code, 0);
  const { bytes_before: bytesBefore, bytes_after: bytesAfter } = JSON.parse(stdout);
  assert.ok(bytesBefore >= before);
  assert.equal(bytesAfter, statSync(fileOf()).size);
  assert.ok(bytesAfter < before / 2, `${before} bytes, then ${bytesAfter}`);
  assert.equal(autoVacuum(), 2);
});

test('it refuses while another process has the file open', async () => {
  const server = new DatabaseSync(fileOf());
  server.prepare('select count(*) from users').get();
  const { code, stderr } = await gatehouse.run(['compact']);
  server.close();
  assert.equal(code, 1);
  assert.match(stderr, /another process has the database open; stop the server first/);
  assert.equal((await gatehouse.run(['compact'])).code, 0);
});

test('with PostgreSQL there is nothing to do', async () => {
  gatehouse.env['GATEHOUSE_DATABASE_URL'] = 'postgres://127.0.0.1:1/none';
  const { code, stderr } = await gatehouse.run(['compact']);
  assert.equal(code, 1);
  assert.match(stderr, /this is for SQLite/);
});
