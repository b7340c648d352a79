/** Another process holds the database's write lock. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { databaseFile } from '../../src/storage/database-file.ts';
import { addToken } from '../operations/token.ts';
import { startApp, type RunningApp } from '../support/running-app.ts';
import { until } from '../support/until.ts';
import { createToken, PUT_OFF, readMe, unlimited } from './calls.ts';

let running: RunningApp;
let token: string;

before(async () => {
  running = await startApp({ change: unlimited });
  token = (await addToken(running.app)).value;
});
after(() => running.stop());

/** Holds the lock until it is told to let go. */
async function holdLock(statement: string): Promise<() => Promise<void>> {
  const file = databaseFile(running.app.config.storage.dataDirectory);
  const program = `
    import { DatabaseSync } from 'node:sqlite';
    const database = new DatabaseSync(${JSON.stringify(file)});
    database.exec('pragma busy_timeout = 5000');
    database.exec(${JSON.stringify(statement)});
    process.stdout.write('held');
    process.stdin.on('data', () => { database.exec('rollback'); database.close(); process.exit(); });`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const [held] = await Promise.race([once(child.stdout, 'data'), exited]);
  assert.equal(String(held), 'held');
  return async () => {
    child.stdin.write('let go');
    await exited;
  };
}

/** Sends writes, and checks a token one time after the other while all of them wait. */
async function watchWrites() {
  const waiting = new Set<unknown>();
  const writes = Array.from({ length: 100 }, () => {
    const write = createToken(running.base, token);
    waiting.add(write);
    return write.finally(() => waiting.delete(write));
  });
  let checks = 0;
  while (waiting.size > 0) {
    running.app.readers.dropEverything();
    assert.equal(await readMe(running.base, token), 200);
    if (waiting.size === writes.length) checks += 1;
  }
  return { answers: await Promise.all(writes), checks };
}

for (const statement of ['begin immediate', 'begin exclusive']) {
  test(`while another process holds "${statement}", writes are put off and reads go on`, async () => {
    const letGo = await holdLock(statement);
    // Held until the last of them is answered.
    const watched = watchWrites();
    await watched.then(letGo, letGo);
    const { answers, checks } = await watched;
    for (const { status, reason, retryAfter } of answers) {
      assert.deepEqual({ status, reason }, PUT_OFF);
      assert.ok(retryAfter > 0);
    }
    assert.ok(checks > 2, `${checks} checks while every write waited`);
    const { status, value } = await createToken(running.base, token);
    assert.equal(status, 201);
    assert.equal(await readMe(running.base, value), 200);
  });
}

test('writes that come while the lock is held are done when it is let go in time', async () => {
  const letGo = await holdLock('begin immediate');
  const before = await running.app.storage.tokens.list({}, { page: 1, pageSize: 1 });
  let arrived = 0;
  const count = (): void => void (arrived += 1);
  running.app.server.server.on('request', count);
  const writes = Array.from({ length: 20 }, () => createToken(running.base, token));
  await until(() => arrived === 20, 'the requests');
  running.app.server.server.off('request', count);
  await letGo();
  const answers = await Promise.all(writes);
  assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([201]));
  for (const { value } of answers) assert.equal(await readMe(running.base, value), 200);
  const later = await running.app.storage.tokens.list({}, { page: 1, pageSize: 1 });
  assert.equal(later.total, before.total + 20);
});
