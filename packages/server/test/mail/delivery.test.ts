import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, beforeEach, test } from 'node:test';
import { createCourier } from '../../src/mail/courier.ts';
import type { Notice } from '../../src/mail/ports.ts';
import { smtpTransport } from '../../src/mail/transport.ts';
import { openStorage } from '../../src/storage/storage.ts';
import { until } from '../support/until.ts';
import { memoryOutbox } from './memory-outbox.ts';
import { openPostOffice, openSilentServer, serverAt } from './post-office.ts';
import { AT, factsOf, isLive, render, samples } from './samples.ts';

const FROM = 'Frame & Forge <no-reply@forge.example>';
const office = await openPostOffice();
after(() => office.close());

beforeEach(() => {
  office.refusal = null;
  for (const list of [office.received, office.raw, office.recipients]) list.length = 0;
});

const time = { now: AT };
const clock = () => time.now;
const queue = memoryOutbox();
const courierTo = (url: string, connectionSeconds = 10) =>
  createCourier({
    queue,
    transport: smtpTransport(serverAt(url), FROM, { connectionSeconds }),
    render,
    isLive,
    clock,
  });

test('every message arrives with text, HTML, links and the headers it should have', async () => {
  const courier = courierTo(office.url);
  const notices: Notice[] = Object.values(samples);
  const ids = new Map(notices.map((notice) => [queue.enqueue(notice, clock()), notice]));
  // More than one batch.
  for (let sent = 1; sent > 0;) sent = await courier.deliverDue();
  assert.equal(office.received.length, notices.length);
  for (const mail of office.received) {
    const id = /^<(.+)@forge\.example>$/.exec(mail.messageId ?? '')?.[1] ?? '';
    const notice = ids.get(id);
    assert.ok(notice, `unknown Message-ID ${mail.messageId}`);
    const { subject, text, html } = render(notice);
    assert.equal(mail.subject, subject);
    // The text part is stored as it was written, but for line ends.
    assert.equal(mail.text?.trimEnd(), text.trimEnd());
    assert.equal(String(mail.html).trimEnd(), html.trimEnd());
    assert.ok(notice.kind !== 'unreadable');
    for (const fact of factsOf[notice.kind]) assert.ok(mail.text?.includes(fact), fact);
    assert.equal(mail.from?.text, '"Frame & Forge" <no-reply@forge.example>');
    assert.equal(mail.headers.get('auto-submitted'), 'auto-generated');
  }
  assert.deepEqual(
    office.recipients.map((recipients) => recipients.join()).sort(),
    notices.map((notice) => ('to' in notice ? notice.to : '')).sort(),
  );
});

test('names of every script and hostile descriptions survive the journey without adding a header', async () => {
  const courier = courierTo(office.url);
  const description = 'Zoë 山田 😀\r\nBcc: eve@example.com\n\n<b>body</b>';
  queue.enqueue({ ...samples['token-created'], name: 'Łukasz 山田', description }, clock());
  assert.equal(await courier.deliverDue(), 1);
  const [mail] = office.received;
  assert.equal(mail?.subject, 'New Frame & Forge token');
  assert.match(mail.text ?? '', /“Zoë 山田 😀 Bcc: eve@example.com <b>body<\/b>”/);
  assert.match(mail.text ?? '', /^Hello Łukasz 山田,/);
  assert.equal(mail.headers.has('bcc'), false);
  assert.doesNotMatch(office.raw[0] ?? '', /^Bcc:/im);
  assert.deepEqual(office.recipients, [['ada@example.com']]);
});

test('one address is one recipient, whatever is written in it', async () => {
  const courier = courierTo(office.url);
  const to = ['ada@example.com, eve@example.com', 'ada@example.com>\r\nRCPT TO:<eve@example.com'];
  const ids = to.map((address) =>
    queue.enqueue({ ...samples['new-sign-in'], to: address }, clock()),
  );
  assert.equal(await courier.deliverDue(), 0);
  assert.deepEqual(office.recipients, []);
  for (const id of ids) {
    assert.equal(queue.entry(id).failedAt, AT);
    assert.doesNotMatch(queue.entry(id).lastError ?? '', /eve|ada/);
  }
});

for (const at of ['recipient', 'data'] as const) {
  test(`a ${at} refused with 550 is given up at once; what the server said is kept without the address`, async () => {
    office.refusal = { code: 550, says: '<ada@example.com>: no such\nuser here', at };
    const courier = courierTo(office.url);
    const id = queue.enqueue(samples['token-created'], clock());
    assert.equal(await courier.deliverDue(), 0);
    const { failedAt, attempts, lastError } = queue.entry(id);
    assert.deepEqual({ failedAt, attempts }, { failedAt: AT, attempts: 1 });
    assert.match(lastError ?? '', /550/);
    assert.doesNotMatch(lastError ?? '', /ada|\n/);
    assert.equal(office.received.length, 0);
  });

  test(`a ${at} put off with 451 is retried after a pause`, async () => {
    office.refusal = { code: 451, says: 'greylisted, try again later', at };
    const courier = courierTo(office.url);
    const id = queue.enqueue(samples['token-created'], clock());
    await courier.deliverDue();
    assert.equal(queue.entry(id).failedAt, null);
    assert.equal(queue.entry(id).nextAttemptAt, time.now + 30);
    assert.match(queue.entry(id).lastError ?? '', /greylisted/);
    office.refusal = null;
    assert.equal(await courier.deliverDue(), 0);
    time.now += 30;
    assert.equal(await courier.deliverDue(), 1);
    assert.equal(queue.entry(id).sentAt, time.now);
    assert.equal(office.received.length, 1);
    time.now = AT;
  });
}

test('a server that never greets is left after the timeout and the message is retried elsewhere', async () => {
  const silent = await openSilentServer();
  const id = queue.enqueue(samples['token-created'], clock());
  const hanging = courierTo(silent.url, 0.15);
  hanging.start();
  await until(() => silent.connections > 0, 'a connection');
  await hanging.stop();
  silent.close();
  assert.match(queue.entry(id).lastError ?? '', /greeting/i);
  assert.equal(queue.entry(id).nextAttemptAt, AT + 30);
  time.now += 30;
  assert.equal(await courierTo(office.url).deliverDue(), 1);
  time.now = AT;
});

test('a server that is not there is retried', async () => {
  const id = queue.enqueue(samples['token-created'], clock());
  await courierTo('smtp://127.0.0.1:1').deliverDue();
  const { failedAt, attempts, lastError } = queue.entry(id);
  assert.deepEqual({ failedAt, attempts }, { failedAt: null, attempts: 1 });
  assert.match(lastError ?? '', /ECONNREFUSED/);
});

test('a delivery that takes longer than its signal allows is broken off', async () => {
  const silent = await openSilentServer();
  const transport = smtpTransport(serverAt(silent.url), FROM);
  const delivery = {
    to: 'ada@example.com',
    subject: 's',
    text: 't',
    html: 'h',
    messageId: '<a@b>',
  };
  const conduct = { signal: AbortSignal.timeout(50), onHandOver: async () => undefined };
  await assert.rejects(transport.deliver(delivery, conduct), /abort/i);
  silent.close();
});

test('two couriers share a real SQLite outbox and deliver every message once', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'gatehouse-mail-'));
  const storage = await openStorage({ dataDirectory: directory, databaseUrl: null, clock });
  try {
    await storage.migrate();
    await storage.transaction(async ({ outbox }) => {
      for (let count = 0; count < 12; count++) await outbox.enqueue(samples['token-created']);
    });
    const newCourier = () =>
      createCourier({
        queue: storage.outbox,
        transport: smtpTransport(serverAt(office.url), FROM),
        render,
        isLive,
        clock,
      });
    const [first, second] = [newCourier(), newCourier()];
    const counts = await Promise.all([first.deliverDue(), second.deliverDue()]);
    assert.equal(counts[0] + counts[1], 12);
    assert.equal(new Set(office.received.map(({ messageId }) => messageId)).size, 12);
    const { items } = await storage.outbox.list('all', { page: 1, pageSize: 50 });
    assert.ok(items.every(({ sentAt }) => sentAt === AT));
  } finally {
    await storage.close();
    await rm(directory, { recursive: true, force: true });
  }
});
