/** PostgreSQL goes away while it is used, and comes back. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { addToken } from '../operations/token.ts';
import { ownPostgres } from '../support/postgres.ts';
import { startApp, type RunningApp } from '../support/running-app.ts';
import { until } from '../support/until.ts';
import { createToken, PUT_OFF, readMe, unlimited, type Answer } from './calls.ts';

const statusOf = async (url: string): Promise<number> => {
  const answer = await fetch(url);
  await answer.body?.cancel();
  return answer.status;
};

/** Makes tokens at full speed until it is told to stop. */
function startMaking({ base }: RunningApp, token: string) {
  const answers: Answer[] = [];
  const stop = new AbortController();
  const work = Array.from({ length: 12 }, async () => {
    while (!stop.signal.aborted) {
      answers.push(await createToken(base, token));
      await delay(5);
    }
  });
  return {
    answers,
    async finish(): Promise<void> {
      stop.abort();
      await Promise.all(work);
    },
  };
}

const untilServed = ({ base }: RunningApp): Promise<true> =>
  until(async () => (await statusOf(`${base}/readyz`)) === 200, 'a recovery');

test('while PostgreSQL is away the server says so, and it recovers by itself', async () => {
  const postgres = await ownPostgres();
  const GATEHOUSE_DATABASE_URL = await postgres.createDatabase();
  const running = await startApp({ change: unlimited, env: { GATEHOUSE_DATABASE_URL } });
  try {
    const { base, app } = running;
    const { value: token } = await addToken(app);
    assert.equal(await statusOf(`${base}/readyz`), 200);
    for (let outage = 0; outage < 2; outage++) {
      const making = startMaking(running, token);
      const made = () => making.answers.filter(({ status }) => status === 201);
      await until(() => made().length > 10, 'tokens that are made');
      // In the middle of transactions.
      await postgres.halt();
      app.readers.dropEverything();
      assert.equal(await statusOf(`${base}/readyz`), 503);
      assert.equal(await statusOf(`${base}/healthz`), 200);
      assert.equal(await readMe(base, token), 503);
      const { status, reason, retryAfter } = await createToken(base, token);
      assert.deepEqual({ status, reason }, PUT_OFF);
      assert.ok(retryAfter > 0);
      await postgres.resume();
      await untilServed(running);
      const before = made().length;
      await until(() => made().length > before, 'tokens that are made again');
      await making.finish();
      app.readers.dropEverything();
      for (const { value } of made()) assert.equal(await readMe(base, value), 200);
      // A commit that was cut off in the middle is looked up when the database is back.
      for (const { status, reason } of making.answers)
        assert.ok(status === 201 || reason === PUT_OFF.reason, `${status} ${reason}`);
      assert.equal((await createToken(base, token)).status, 201);
    }
    await app.usage.flush();
  } finally {
    await running.stop();
  }
});
