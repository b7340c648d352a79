/** The answer to the end of a message may take ten minutes (RFC 5321, 4.5.3.2.6), and until it comes nobody knows who has the message. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { createCourier, type DeliveryResult } from '../../src/mail/courier.ts';
import { smtpTransport, type Patience } from '../../src/mail/transport.ts';
import { until } from '../support/until.ts';
import { memoryOutbox } from './memory-outbox.ts';
import { serverAt } from './post-office.ts';
import { AT, isLive, render, samples } from './samples.ts';
import {
  HANG_UP,
  openScriptedServer,
  type Script,
  type ScriptedServer,
} from './scripted-server.ts';

const servers: ScriptedServer[] = [];
after(() => {
  for (const server of servers) server.close();
});

const QUICK: Patience = { connectionSeconds: 5, talkSeconds: 5, answerSeconds: 0.2 };

async function setting(script: Script, patience: Partial<Patience> = {}) {
  const server = await openScriptedServer(script);
  servers.push(server);
  const time = { now: AT };
  const queue = memoryOutbox();
  const results: DeliveryResult[] = [];
  const newCourier = () =>
    createCourier({
      queue,
      transport: smtpTransport(serverAt(server.url), 'no-reply@forge.example', {
        ...QUICK,
        ...patience,
      }),
      render,
      isLive,
      clock: () => time.now,
      onResult: (result) => results.push(result),
    });
  const enqueue = () => queue.enqueue(samples['token-created'], time.now);
  return { server, time, queue, results, enqueue, newCourier, courier: newCourier() };
}

const messageIdsOf = ({ lines }: ScriptedServer): string[] =>
  lines.filter((line) => /^Message-ID:/i.test(line));

test('an answer is waited for ten minutes, under a lease that outlives them', async () => {
  const usual = smtpTransport(serverAt('smtp://127.0.0.1:1'), 'a@b.example');
  assert.equal(usual.answerSeconds, 600);
  const { server, queue, enqueue, newCourier, time } = await setting(
    { dot: null },
    { answerSeconds: 600 },
  );
  const id = enqueue();
  const courier = newCourier();
  const round = courier.deliverDue();
  await until(() => server.dots === 1, 'the end of a message');
  assert.ok(queue.entry(id).nextAttemptAt > AT + 600);
  time.now += 600;
  // Somebody else looks meanwhile.
  assert.equal(await newCourier().deliverDue(), 0);
  server.waiting[0]?.write('250 2.0.0 queued\r\n');
  assert.equal(await round, 1);
  assert.deepEqual([server.dots, queue.entry(id).sentAt], [1, time.now]);
});

test('messages that wait for an answer do not hold up the others', async () => {
  const { server, enqueue, courier } = await setting({ dot: null }, { answerSeconds: 600 });
  for (let count = 0; count < 12; count++) enqueue();
  const round = courier.deliverDue();
  await until(() => server.dots === 12, 'the end of a message');
  enqueue();
  const same = courier.deliverDue();
  await until(() => server.dots === 13, 'the end of a message');
  for (const socket of server.waiting) socket.write('250 2.0.0 queued\r\n');
  assert.deepEqual(await Promise.all([round, same]), [13, 13]);
});

test('no more messages wait for an answer than a server can be expected to bear', async () => {
  const { server, enqueue, courier } = await setting({ dot: null }, { answerSeconds: 600 });
  for (let count = 0; count < 40; count++) enqueue();
  const round = courier.deliverDue();
  await until(() => server.dots === 25, 'the end of a message');
  await pause(50);
  assert.equal(server.dots, 25);
  server.script = {};
  for (const socket of server.waiting) socket.write('250 2.0.0 queued\r\n');
  assert.equal(await round, 40);
});

for (const [what, dot] of [
  ['silence', null],
  ['a connection that is lost', HANG_UP],
] as const) {
  test(`${what} after the end of a message is uncertain: it is sent once more with the same Message-ID, then never`, async () => {
    const { server, time, queue, results, enqueue, courier } = await setting({ dot });
    const id = enqueue();
    assert.equal(await courier.deliverDue(), 0);
    const { failedAt, unanswered, nextAttemptAt, heldSince } = queue.entry(id);
    assert.deepEqual([failedAt, unanswered, heldSince], [null, 1, null]);
    assert.ok(nextAttemptAt >= AT + 600);
    time.now = nextAttemptAt;
    assert.equal(await courier.deliverDue(), 0);
    assert.equal(results.at(-1)?.outcome, 'in-doubt');
    assert.match(queue.entry(id).lastError ?? '', /never said/);
    time.now += 10 * 86_400;
    assert.equal(await courier.deliverDue(), 0);
    assert.equal(server.dots, 2);
    const ids = messageIdsOf(server);
    assert.equal(ids.length, 2);
    assert.equal(new Set(ids).size, 1);
    // The operator may ask for it all the same.
    assert.equal(await queue.retry(id, time.now), true);
  });
}

test('a refusal after the end is an answer, and leaves nothing in doubt', async () => {
  const { time, server, queue, enqueue, courier } = await setting({ dot: '451 4.3.0 later' });
  const id = enqueue();
  for (let tries = 0; tries < 4; tries++) {
    await courier.deliverDue();
    assert.equal(queue.entry(id).unanswered, 0);
    time.now = queue.entry(id).nextAttemptAt;
  }
  server.script = {};
  assert.equal(await courier.deliverDue(), 1);
});

for (const part of ['greeting', 'ehlo', 'mail', 'rcpt', 'data'] as const) {
  test(`a connection that is lost at ${part} leaves nothing in doubt`, async () => {
    const { queue, enqueue, courier } = await setting({ [part]: HANG_UP });
    const id = enqueue();
    await courier.deliverDue();
    const { unanswered, attempts, nextAttemptAt } = queue.entry(id);
    assert.deepEqual([unanswered, attempts, nextAttemptAt], [0, 1, AT + 30]);
  });
}

test('after a crash while the answer is awaited the message is sent once more, not twice', async () => {
  const { server, time, queue, enqueue, newCourier } = await setting(
    { dot: null },
    { answerSeconds: 600 },
  );
  const id = enqueue();
  const lost: Promise<number>[] = [];
  for (let crash = 1; crash <= 3; crash++) {
    // Its process is gone: nothing comes of it any more.
    lost.push(newCourier().deliverDue());
    await until(
      () => server.dots === crash || queue.entry(id).failedAt !== null,
      'the end of a message',
    );
    time.now = queue.entry(id).nextAttemptAt;
  }
  assert.equal(server.dots, 2);
  assert.match(queue.entry(id).lastError ?? '', /never said/);
  assert.notEqual(queue.entry(id).failedAt, null);
  server.close();
  assert.deepEqual(await Promise.all(lost), [0, 0, 0]);
});

test('a shutdown while the answer is awaited takes no longer than it may, and leaves the message in doubt', async () => {
  const { server, queue, enqueue, courier } = await setting({ dot: null }, { answerSeconds: 600 });
  const id = enqueue();
  courier.start();
  await until(() => server.dots === 1, 'the end of a message');
  await courier.stop(50);
  const { unanswered, failedAt } = queue.entry(id);
  assert.deepEqual([unanswered, failedAt], [1, null]);
});

test('a shutdown before the end gives the message back, untouched and at once', async () => {
  const { server, queue, enqueue, courier, newCourier } = await setting({ rcpt: null });
  const id = enqueue();
  courier.start();
  await until(() => server.lines.some((line) => line.startsWith('RCPT')), 'RCPT');
  await courier.stop(10);
  const { unanswered, attempts, nextAttemptAt } = queue.entry(id);
  assert.deepEqual([unanswered, attempts, nextAttemptAt], [0, 0, AT]);
  server.script = {};
  assert.equal(await newCourier().deliverDue(), 1);
});

test('a message whose lease was lost, or that cannot be noted, is not handed over', async () => {
  const { server, queue, enqueue } = await setting({});
  const id = enqueue();
  for (const handOver of [
    async () => false,
    () => Promise.reject(new Error('database is locked')),
  ]) {
    const courier = createCourier({
      queue: { ...queue, handOver },
      transport: smtpTransport(serverAt(server.url), 'a@b.example', QUICK),
      render,
      isLive,
      clock: () => AT,
    });
    assert.equal(await courier.deliverDue(), 0);
    assert.deepEqual([server.dots, queue.entry(id).attempts], [0, 0]);
    await queue.giveBack(id, { at: AT, unanswered: 0 });
  }
});
