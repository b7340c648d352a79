/** Closing: no step is skipped because one before it failed, and a request under way is never told of a failure of ours. */
import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { test } from 'node:test';
import { openHostileStage } from '../hostile/stage.ts';
import { ENGINES } from '../storage/places.ts';
import { Conversation } from '../support/raw-http.ts';
import { startApp } from '../support/running-app.ts';

const failing = () => Promise.reject(new Error('the disk is full'));

test('counts that cannot be written keep the other counts and the database from nothing', async () => {
  const running = await startApp();
  const { app } = running;
  const { grantUsage, secretUsage } = app.authorization;
  let written = 0;
  let isOpen = false;
  const slow = async (): Promise<void> => {
    await delay(50);
    await app.storage.ping();
    written += 1;
    isOpen = true;
  };
  Object.assign(app.usage, { flush: failing });
  Object.assign(grantUsage, { flush: slow });
  Object.assign(secretUsage, { flush: slow });
  await assert.rejects(running.stop(), AggregateError);
  assert.equal(written, 2, 'the other two were waited for');
  assert.ok(isOpen, 'with the database still open');
  await assert.rejects(app.storage.ping(), 'the database was closed');
});

for (const engine of ENGINES) {
  test(`${engine}: *Test it now* while the server drains is answered`, async () => {
    const stage = await openHostileStage(engine);
    const { running } = stage;
    const user = await stage.person(false);
    const { headers, csrf } = await stage.session(user);
    const token = await stage.token(user);
    const value = token.headers[0]?.[1].slice('Bearer '.length);
    const body = `csrf=${csrf}&token=${value}`;
    const cookie = headers.map(([name, text]) => `${name}: ${text}\r\n`).join('');
    const head = `POST /tokens/try HTTP/1.1\r\nHost: localhost\r\n${cookie}Content-Type: application/x-www-form-urlencoded\r\nContent-Length: ${body.length}\r\n\r\n`;
    const wire = await Conversation.open(running.base);
    assert.equal((await wire.ask(head + body)).status, 200);
    wire.write(head + body.slice(0, 5));
    await delay(100);
    const stopped = stage.stop();
    await delay(100);
    const answer = await wire.ask(body.slice(5));
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get('connection'), 'close');
    await stopped;
    const failures = running.log.filter((line) => /"status":500/.test(line));
    assert.deepEqual(failures, []);
  });
}
