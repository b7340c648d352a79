import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { databaseFile, makeDatabaseFile } from '../../src/storage/database-file.ts';
import { openSqlite } from '../../src/storage/sqlite.ts';

const WORKERS = 3;
const ROUNDS = 20;

let directory: string;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'gatehouse-together-'));
});
after(() => rm(directory, { recursive: true, force: true }));

test('servers that start together on nothing make one SQLite database', async () => {
  const program = new URL('start-together.ts', import.meta.url);
  const directories = Array.from({ length: ROUNDS }, (_, round) => join(directory, String(round)));
  const arrived = new Int32Array(new SharedArrayBuffer(4));
  const workerData = { directories, arrived, workers: WORKERS };
  const results = await Promise.all(
    Array.from({ length: WORKERS }, async () => {
      // `once` rejects when the worker fails.
      const [applied] = (await once(new Worker(program, { workerData }), 'message')) as [
        string[][],
      ];
      return applied;
    }),
  );
  for (const round of directories.keys()) {
    const makers = results.filter((applied) => (applied[round]?.length ?? 0) > 0);
    assert.equal(makers.length, 1, `round ${round}`);
  }
});

test('a server waits for another one that is making the file', async () => {
  makeDatabaseFile(databaseFile(directory));
  const other = new DatabaseSync(databaseFile(directory));
  other.exec('begin exclusive; create table being_made (id integer)');
  const opening = openSqlite(directory);
  await delay(300);
  other.exec('commit');
  other.close();
  const engine = await opening;
  assert.equal(engine.reader.prepare('pragma journal_mode').get()?.['journal_mode'], 'wal');
  await engine.close();
});
