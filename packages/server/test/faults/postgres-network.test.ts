/** The network to PostgreSQL falls silent, is cut or is slow, at each moment of a request. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import type { Config } from '../../src/config/config.ts';
import { runAll } from '../../src/kit/run-all.ts';
import { addToken } from '../operations/token.ts';
import { sharedPostgres } from '../support/postgres.ts';
import { startApp, type RunningApp } from '../support/running-app.ts';
import { startTcpProxy, type Fate, type TcpProxy } from '../support/tcp-proxy.ts';
import { until } from '../support/until.ts';
import { createToken, PUT_OFF, readMe, unlimited } from './calls.ts';

const impatient = (config: Config): Config => {
  const { storage, ...rest } = unlimited(config);
  return { ...rest, storage: { ...storage, connectSeconds: 3, querySeconds: 1, lockSeconds: 1 } };
};

let proxy: TcpProxy;
let running: RunningApp;
let token: string;

before(async () => {
  const url = await (await sharedPostgres()).createMigrated();
  proxy = await startTcpProxy(url);
  const env = { GATEHOUSE_DATABASE_URL: proxy.through(url) };
  running = await startApp({ change: impatient, env });
  token = (await addToken(running.app)).value;
});
after(async () => {
  proxy.recover();
  await runAll([() => running.stop(), () => proxy.close()], 'not everything could be stopped');
});
beforeEach(() => {
  running.app.readers.dropEverything();
});

const create = () => createToken(running.base, token);

const countTokens = async (): Promise<number> =>
  (await running.app.storage.tokens.list({}, { page: 1, pageSize: 1 })).total;

const statusOf = async (path: string): Promise<number> => {
  const answer = await fetch(running.base + path);
  await answer.body?.cancel();
  return answer.status;
};

const untilServed = (): Promise<true> =>
  until(async () => (await create()).status === 201, 'a recovery');

describe('a network that falls silent', () => {
  test('puts every request off in bounded time, the next ones sooner, and is left behind when it speaks again', async () => {
    await Promise.all(Array.from({ length: 12 }, create));
    proxy.silence();
    const answers = await Promise.all(Array.from({ length: 30 }, create));
    for (const { status, reason, retryAfter } of answers) {
      assert.deepEqual({ status, reason }, PUT_OFF);
      assert.ok(retryAfter > 0);
    }
    running.app.readers.dropEverything();
    assert.equal(await readMe(running.base, token), 503);
    assert.equal(await statusOf('/readyz'), 503);
    assert.equal(await statusOf('/healthz'), 200);
    // All of it was answered in silence.
    proxy.recover();
    await untilServed();
    assert.equal(await statusOf('/readyz'), 200);
  });

  test('for one statement costs that statement, and no connection of the pool', async () => {
    for (let round = 0; round < 2; round++) {
      running.app.readers.dropEverything();
      proxy.next('credentials pat', 'lose the answer');
      assert.equal(await readMe(running.base, token), 503);
    }
    await untilServed();
    const answers = await Promise.all(Array.from({ length: 12 }, create));
    for (const { status } of answers) assert.equal(status, 201);
  });
});

test('connections that were cut while nobody used them are noticed by nobody', async () => {
  await Promise.all(Array.from({ length: 12 }, create));
  proxy.cut();
  const answers = await Promise.all(Array.from({ length: 12 }, create));
  for (const { status } of answers) assert.equal(status, 201);
});

/** A part of what is sent at that moment, and whether the transaction is kept when its connection is lost then. */
const MOMENTS: Readonly<Record<string, string>> = {
  'at the beginning of a transaction': 'begin',
  'at its first write': 'insert into "developer_tokens"',
  'at its last write': 'insert into "outbox"',
  'at its commit': 'commit',
};
const FATES: readonly Fate[] = ['lose the answer', 'swallow', 'reset before', 'reset after'];

describe('a connection that is lost', () => {
  for (const [moment, text] of Object.entries(MOMENTS)) {
    for (const fate of FATES) {
      test(`${moment} (${fate}): what is answered is what happened`, async () => {
        const total = await countTokens();
        proxy.next(text, fate);
        const { status, reason, value } = await create();
        if (status === 201) {
          running.app.readers.dropEverything();
          assert.equal(await readMe(running.base, value), 200);
        } else assert.deepEqual({ status, reason }, PUT_OFF);
        assert.equal(await countTokens(), total + (status === 201 ? 1 : 0));
        assert.equal((await create()).status, 201);
      });
    }
  }

  test('at its commit is said to have committed, when it has', async () => {
    for (const fate of ['lose the answer', 'reset after'] as const) {
      proxy.next('commit', fate);
      assert.equal((await create()).status, 201, fate);
    }
  });

  test('at its commit, with a database that stays away, is told as what nobody knows', async () => {
    const total = await countTokens();
    proxy.next('commit', 'lose the answer');
    const creating = create();
    // The commit has arrived; whoever asks for it hears nothing.
    await proxy.sprung();
    proxy.silence();
    const { status, reason, retryAfter } = await creating;
    assert.deepEqual({ status, reason }, { status: 503, reason: 'outcome_unknown' });
    assert.ok(retryAfter > 0);
    proxy.recover();
    await untilServed();
    assert.equal(await countTokens(), total + 2);
  });
});
