import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { BACK_OFF_SECONDS } from '../../src/mail/carrier.ts';
import { createCourier, type DeliveryResult } from '../../src/mail/courier.ts';
import { RowRefused } from '../../src/kit/survivors.ts';
import { DeliveryFailure, type Delivery, type Transport } from '../../src/mail/transport.ts';
import { until } from '../support/until.ts';
import { memoryOutbox } from './memory-outbox.ts';
import { AT, isLive, render, samples } from './samples.ts';

const PATIENCE = { talkSeconds: 90, answerSeconds: 600 };
const LEASE_SECONDS = 180;

type Behaviour = (delivery: Delivery) => Promise<void>;

function setting(behave: Behaviour = async () => undefined) {
  const time = { now: AT };
  const queue = memoryOutbox();
  const delivered: Delivery[] = [];
  const transport: Transport = {
    ...PATIENCE,
    domain: 'mail.example.com',
    async deliver(delivery) {
      await behave(delivery);
      delivered.push(delivery);
    },
    close: () => undefined,
  };
  const results: DeliveryResult[] = [];
  const clock = () => time.now;
  const onResult = (result: DeliveryResult) => results.push(result);
  const newCourier = () => createCourier({ queue, transport, render, isLive, clock, onResult });
  return { time, queue, delivered, transport, results, clock, newCourier, courier: newCourier() };
}

const enqueueMany = (queue: ReturnType<typeof memoryOutbox>, count: number): string[] =>
  Array.from({ length: count }, () => queue.enqueue(samples['new-sign-in'], AT));

test('everything due is delivered once and recorded', async () => {
  const { queue, delivered, courier, results, time } = setting();
  const ids = enqueueMany(queue, 12);
  assert.equal(await courier.deliverDue(), 12);
  assert.equal(await courier.deliverDue(), 0);
  time.now += 10 * 86_400;
  assert.equal(await courier.deliverDue(), 0);
  assert.deepEqual(
    delivered.map(({ messageId }) => messageId),
    ids.map((id) => `<${id}@mail.example.com>`),
  );
  for (const id of ids) assert.equal(queue.entry(id).sentAt, AT);
  assert.deepEqual(results[0], {
    id: ids[0],
    kind: 'new-sign-in',
    outcome: 'sent',
    isHeld: false,
  });
});

test('two couriers on one outbox deliver every message once', async () => {
  const { queue, delivered, newCourier } = setting(() => turn());
  const ids = enqueueMany(queue, 40);
  const counts = await Promise.all([newCourier().deliverDue(), newCourier().deliverDue()]);
  assert.equal(counts[0] + counts[1], 40);
  assert.equal(new Set(delivered.map(({ messageId }) => messageId)).size, ids.length);
  assert.equal(delivered.length, ids.length);
});

test('failures are retried with growing pauses as long as the message is worth sending', async () => {
  const { queue, courier, time, results } = setting(async () => {
    throw new DeliveryFailure('451 try again later', 'moment');
  });
  const id = queue.enqueue(samples['token-created'], AT);
  const end = AT + 3 * 86_400;
  for (let failures = 0; queue.entry(id).failedAt === null; failures++) {
    assert.equal(await courier.deliverDue(), 0);
    const { attempts, nextAttemptAt, failedAt } = queue.entry(id);
    if (failedAt !== null) break;
    assert.equal(attempts, failures + 1);
    const pause = BACK_OFF_SECONDS[failures] ?? 86_400;
    assert.equal(nextAttemptAt, Math.min(time.now + pause, end));
    time.now = nextAttemptAt - 1;
    await courier.deliverDue();
    assert.equal(queue.entry(id).attempts, failures + 1, 'tried too early');
    time.now += 1;
  }
  const { failedAt, lastError } = queue.entry(id);
  assert.deepEqual([failedAt, lastError], [end, 'Not sent: it waited too long.']);
  assert.equal(results.at(-1)?.outcome, 'too-old');
  assert.deepEqual(BACK_OFF_SECONDS, [30, 120, 600, 3600, 14_400, 43_200, 86_400]);
});

test('a refusal for good is given up at once and can be retried by hand', async () => {
  let isRefusing = true;
  const { queue, courier, delivered } = setting(async () => {
    if (isRefusing) throw new DeliveryFailure('550 no such user', 'recipient');
  });
  const id = queue.enqueue(samples['token-created'], AT);
  await courier.deliverDue();
  assert.deepEqual(
    { failedAt: queue.entry(id).failedAt, lastError: queue.entry(id).lastError },
    { failedAt: AT, lastError: '550 no such user' },
  );
  isRefusing = false;
  assert.equal(await courier.deliverDue(), 0);
  assert.equal(await queue.retry(id, AT), true);
  assert.equal(await courier.deliverDue(), 1);
  assert.equal(delivered.length, 1);
});

test('a message whose courier died is delivered by another when the lease has ended, not before', async () => {
  const { queue, courier, delivered, time } = setting();
  const id = queue.enqueue(samples['reset-password'], AT);
  await queue.take(AT, AT + LEASE_SECONDS, 1);
  time.now += LEASE_SECONDS - 1;
  assert.equal(await courier.deliverDue(), 0);
  time.now += 1;
  assert.equal(await courier.deliverDue(), 1);
  assert.equal(await courier.deliverDue(), 0);
  assert.deepEqual(
    delivered.map(({ messageId }) => messageId),
    [`<${id}@mail.example.com>`],
  );
});

test('a delivery that could not be recorded is recorded later, not delivered again', async () => {
  const { queue, transport, clock, delivered, time } = setting();
  let isLocked = true;
  const courier = createCourier({
    queue: {
      ...queue,
      async markSent(id, at) {
        if (isLocked) throw new Error('database is locked');
        await queue.markSent(id, at);
      },
    },
    transport,
    render,
    isLive,
    clock,
  });
  const id = queue.enqueue(samples['token-created'], AT);
  assert.equal(await courier.deliverDue(), 0);
  assert.equal(queue.entry(id).attempts, 0);
  isLocked = false;
  time.now += LEASE_SECONDS;
  assert.equal(await courier.deliverDue(), 1);
  assert.equal(delivered.length, 1);
  assert.equal(queue.entry(id).sentAt, time.now);
});

test('a failure that could not be recorded is recorded later, and the message is not tried meanwhile', async () => {
  const { queue, transport, clock, time } = setting();
  let isLocked = true;
  let tries = 0;
  const courier = createCourier({
    queue: {
      ...queue,
      async markFailed(id, failure) {
        if (isLocked) throw new Error('database is locked');
        await queue.markFailed(id, failure);
      },
    },
    transport: {
      ...transport,
      deliver() {
        tries += 1;
        return Promise.reject(new Error('451 try later'));
      },
    },
    render,
    isLive,
    clock,
  });
  const id = queue.enqueue(samples['token-created'], AT);
  for (let lease = 0; lease < 5; lease++) {
    await courier.deliverDue();
    time.now += LEASE_SECONDS;
  }
  assert.equal(tries, 1);
  isLocked = false;
  await courier.deliverDue();
  assert.deepEqual([queue.entry(id).attempts, tries], [2, 2], 'recorded, and due again by now');
});

test('a failure that cannot be written as it was said is recorded all the same', async () => {
  const { queue, transport, clock } = setting();
  const results: DeliveryResult[] = [];
  const courier = createCourier({
    queue: {
      ...queue,
      async markFailed(id, failure) {
        if (failure.error.includes('odd')) throw new RowRefused('no such text');
        await queue.markFailed(id, failure);
      },
    },
    transport: { ...transport, deliver: () => Promise.reject(new Error('an odd answer')) },
    render,
    isLive,
    clock,
    onResult: (result) => results.push(result),
  });
  const id = queue.enqueue(samples['token-created'], AT);
  await courier.deliverDue();
  const { attempts, lastError } = queue.entry(id);
  assert.deepEqual([attempts, lastError], [1, 'The reason cannot be written.']);
  assert.deepEqual(
    results.map(({ outcome }) => outcome),
    ['retried-later'],
  );
});

test('a courier that slept through its lease delivers nothing', async () => {
  const { queue, transport, clock, delivered, time } = setting();
  queue.enqueue(samples['token-created'], AT);
  const sleepy = createCourier({
    queue: {
      ...queue,
      async take(now, leaseUntil, limit) {
        const taken = await queue.take(now, leaseUntil, limit);
        if (taken.length > 0) time.now = leaseUntil;
        return taken;
      },
    },
    transport,
    render,
    isLive,
    clock,
  });
  // Its next look takes the message anew and sleeps again; stop it after the first.
  const round = sleepy.deliverDue();
  await sleepy.stop();
  assert.equal(await round, 0);
  assert.equal(delivered.length, 0);
});

test('a message that cannot be rendered waits and does not hold up the others', async () => {
  const { queue, transport, clock, delivered } = setting();
  const bad = queue.enqueue(samples['token-created'], AT);
  queue.enqueue(samples['new-sign-in'], AT);
  const courier = createCourier({
    queue,
    transport,
    clock,
    isLive,
    render(notice) {
      if (notice.kind === 'token-created') throw new Error('unknown scope');
      return render(notice);
    },
  });
  assert.equal(await courier.deliverDue(), 1);
  assert.equal(delivered.length, 1);
  assert.equal(queue.entry(bad).attempts, 1);
});

test('a nudge delivers at once after start, and nothing is taken after stop', async () => {
  const { queue, courier, delivered } = setting();
  queue.enqueue(samples['token-created'], AT);
  courier.nudge();
  await turn();
  assert.equal(delivered.length, 0, 'not started');
  courier.start();
  await until(() => delivered.length === 1, 'the first delivery');
  queue.enqueue(samples['token-created'], AT);
  courier.nudge();
  await until(() => delivered.length === 2, 'the second delivery');
  await courier.stop();
  queue.enqueue(samples['token-created'], AT);
  courier.nudge();
  assert.equal(await courier.deliverDue(), 0);
  assert.equal(delivered.length, 2);
});

test('the outbox is looked at again and again, also when it could not be read', async () => {
  const { queue, transport, clock, delivered } = setting();
  const errors: string[] = [];
  let looks = 0;
  const log = {
    info: () => undefined,
    warn: () => undefined,
    error: (_facts: object, message: string) => errors.push(message),
  };
  const flaky = {
    ...queue,
    async take(now: number, leaseUntil: number, limit: number) {
      looks += 1;
      if (looks === 1) throw new Error('database is locked');
      return queue.take(now, leaseUntil, limit);
    },
  };
  queue.enqueue(samples['token-created'], AT);
  const courier = createCourier({
    queue: flaky,
    transport,
    render,
    isLive,
    clock,
    log,
    pollMilliseconds: 5,
  });
  courier.start();
  await until(() => delivered.length > 0, 'a delivery');
  await courier.stop();
  assert.deepEqual(errors, ['the outbox cannot be read']);
});

test('stop waits for the delivery that is under way', async () => {
  let finish: (() => void) | null = null;
  const { queue, courier, delivered } = setting(
    () =>
      new Promise((resolve) => {
        finish = resolve;
      }),
  );
  const id = queue.enqueue(samples['token-created'], AT);
  courier.start();
  const end = await until(() => finish, 'a delivery under way');
  const stopping = courier.stop();
  const first = await Promise.race([stopping.then(() => 'stopped'), turn('still waiting')]);
  assert.equal(first, 'still waiting');
  end();
  await stopping;
  assert.equal(delivered.length, 1);
  assert.equal(queue.entry(id).sentAt, AT);
});
