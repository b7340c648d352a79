/** Another process holds the database's write lock. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { databaseFile } from '../../src/storage/database-file.ts';
import { addToken } from '../operations/token.ts';
import { startApp, type RunningApp } from '../support/running-app.ts';
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

/** Sends writes, and checks a token one time after the other while they wait. */
async function watchWrites() {
  const started = performance.now();
  const waiting = new Set<unknown>();
  const writes = Array.from({ length: 100 }, () => {
    const write = createToken(running.base, token);
    waiting.add(write);
    return write.finally(() => waiting.delete(write));
  });
  let slowest = 0;
  while (waiting.size > 0) {
    const asked = performance.now();
    running.app.checker.forgetAll();
    assert.equal(await readMe(running.base, token), 200);
    slowest = Math.max(slowest, performance.now() - asked);
  }
  const answers = await Promise.all(writes);
  return { answers, slowest, seconds: (performance.now() - started) / 1000 };
}

for (const statement of ['begin immediate', 'begin exclusive']) {
  test(`while another process holds "${statement}", writes are put off and reads go on`, async () => {
    const letGo = await holdLock(statement);
    const watched = watchWrites();
    await watched.then(letGo, letGo);
    const { answers, seconds, slowest } = await watched;
    for (const { status, reason, retryAfter } of answers) {
      assert.deepEqual({ status, reason }, PUT_OFF);
      assert.ok(retryAfter > 0);
    }
    assert.ok(seconds < 10, `writes were answered after ${seconds} s`);
    assert.ok(slowest < 1500, `a check took ${slowest} ms`);
    const { status, value } = await createToken(running.base, token);
    assert.equal(status, 201);
    assert.equal(await readMe(running.base, value), 200);
  });
}

test('writes that come while the lock is held are done when it is let go in time', async () => {
  const letGo = await holdLock('begin immediate');
  const before = await running.app.storage.tokens.list({}, { page: 1, pageSize: 1 });
  const writes = Array.from({ length: 20 }, () => createToken(running.base, token));
  await new Promise((resolve) => {
    setTimeout(resolve, 500);
  });
  await letGo();
  const answers = await Promise.all(writes);
  assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([201]));
  for (const { value } of answers) assert.equal(await readMe(running.base, value), 200);
  const later = await running.app.storage.tokens.list({}, { page: 1, pageSize: 1 });
  assert.equal(later.total, before.total + 20);
});
