/** A server that refuses us holds our mail; one that refuses a recipient ends that message. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { createCourier } from '../../src/mail/courier.ts';
import { probeSmtp } from '../../src/mail/probe.ts';
import { smtpTransport } from '../../src/mail/transport.ts';
import { until } from '../support/until.ts';
import { memoryOutbox } from './memory-outbox.ts';
import { serverAt } from './post-office.ts';
import { AT, isLive, render, samples } from './samples.ts';
import { openScriptedServer, type Script, type ScriptedServer } from './scripted-server.ts';

const servers: ScriptedServer[] = [];
after(() => {
  for (const server of servers) server.close();
});

const FROM = 'Forge <no-reply@forge.example>';

async function meet(script: Script, auth: { user: string; pass: string } | null = null) {
  const server = await openScriptedServer(script);
  servers.push(server);
  const target = serverAt(server.url, { auth });
  const queue = memoryOutbox();
  const time = { now: AT };
  const courier = createCourier({
    queue,
    transport: smtpTransport(target, FROM),
    render,
    isLive,
    clock: () => time.now,
  });
  const id = queue.enqueue(samples['token-created'], AT);
  await courier.deliverDue();
  return { server, target, queue, time, courier, entry: () => queue.entry(id) };
}

const PIPELINING = '250-mail.example.net\r\n250 PIPELINING';
const AUTH = '250-mail.example.net\r\n250 AUTH PLAIN';
const login = { user: 'forge', pass: 'hunter2' };

/** What real servers say of a client that may not send through them. */
const REFUSALS_OF_US: readonly (readonly [string, Script])[] = [
  ['greeting 554', { greeting: '554 5.7.1 no service for you' }],
  ['EHLO 550', { ehlo: '550 5.7.1 Access denied - Invalid HELO name' }],
  ['sign-in 535', { ehlo: AUTH, auth: '535 5.7.8 bad credentials' }],
  ['sender 550', { mail: '550 5.7.1 <no-reply@forge.example>: Sender address rejected' }],
  ['sender 530', { mail: '530 5.7.0 Authentication required' }],
  ['sender 553', { mail: '553 5.1.8 domain of sender address does not exist' }],
  ['relay 554 5.7.1', { rcpt: '554 5.7.1 <ada@example.com>: Relay access denied' }],
  ['relay 554', { rcpt: '554 Relay access denied' }],
  ['relay 550', { rcpt: '550 relay not permitted' }],
  ['relay 550, pipelined', { ehlo: PIPELINING, rcpt: '554 5.7.1 Relay access denied' }],
  ['cannot relay', { rcpt: '550 5.7.54 SMTP; Unable to relay recipient in non-accepted domain' }],
  ['blocklist', { rcpt: '550 Service unavailable; client [192.0.2.7] blocked using bl.example' }],
  ['blocklist 5.2.1', { rcpt: '550 5.2.1 Mailbox unavailable. Your IP is blacklisted using RBL' }],
  ['blocklist 550', { rcpt: '550-Mail from 192.0.2.7 refused\r\n550 see https://spamhaus.org' }],
  ['sender, at RCPT', { rcpt: '550 Sender address rejected: not logged in' }],
  ['policy at the end', { dot: '550 5.7.26 unauthenticated mail from forge.example' }],
  ['554 at the end', { dot: '554 Message rejected' }],
  ['reputation', { dot: '550 blocked for its reputation' }],
];

for (const [what, script] of REFUSALS_OF_US) {
  test(`${what}: the message is held, tried again and sent when the server takes it`, async () => {
    const met = await meet(script, script.auth === undefined ? null : login);
    const { failedAt, nextAttemptAt, heldSince } = met.entry();
    assert.deepEqual([failedAt, nextAttemptAt, heldSince], [null, AT + 30, AT]);
    assert.equal((await met.queue.held())?.count, 1);
    met.server.script = script.auth === undefined ? {} : { ehlo: AUTH };
    met.time.now += 30;
    assert.equal(await met.courier.deliverDue(), 1);
    assert.equal(await met.queue.held(), null);
  });
}

/** What is wrong with one address or one message. */
const REFUSALS_OF_ONE: readonly (readonly [string, Script])[] = [
  ['unknown user', { rcpt: '550 5.1.1 <ada@example.com>: user unknown' }],
  ['unknown to a relay', { rcpt: '550 5.1.1 User unknown in relay recipient table' }],
  ['unknown without a code', { rcpt: '550 <ada@example.com>: No such user here' }],
  ['unknown without a code, 554', { rcpt: '554 delivery error: This user does not exist' }],
  ['no mail for the domain', { rcpt: '556 5.1.10 <ada@example.com> has a null MX' }],
  ['disabled mailbox', { rcpt: '550 5.2.1 The email account is disabled' }],
  ['full mailbox', { rcpt: '552 5.2.2 mailbox full' }],
  ['not local', { rcpt: '551 user not local' }],
  ['name not allowed', { rcpt: '553 mailbox name not allowed' }],
  ['pipelined', { ehlo: PIPELINING, rcpt: '550 5.1.1 user unknown' }],
  ['unknown, with "relay" in the address', { rcpt: '550 <relay-denied@example.com> unknown user' }],
  ['too large', { dot: '552 5.3.4 message too large' }],
  ['content', { dot: '554 5.6.0 cannot be converted' }],
  ['550 at the end', { dot: '550 no' }],
];

for (const [what, script] of REFUSALS_OF_ONE) {
  test(`${what}: the message is given up, and nothing is held against the server`, async () => {
    const met = await meet(script);
    const { failedAt, heldSince } = met.entry();
    assert.deepEqual([failedAt, heldSince], [AT, null]);
    assert.equal(await met.queue.held(), null);
    assert.equal(await probeSmtp(met.target, { from: FROM, milliseconds: 2000 }), null);
  });
}

test('a server that takes nothing is asked at least every hour, as long as a message is worth it', async () => {
  const { queue, time, courier, entry } = await meet({ rcpt: '554 5.7.1 Relay access denied' });
  while (entry().failedAt === null) {
    const { nextAttemptAt } = entry();
    assert.ok(nextAttemptAt - time.now <= 3600);
    time.now = nextAttemptAt;
    await courier.deliverDue();
  }
  assert.equal(time.now, AT + 3 * 86_400);
  assert.equal(entry().lastError, 'Not sent: it waited too long.');
  assert.equal(await queue.held(), null);
});

for (const [what, script] of REFUSALS_OF_US.filter(([, script]) => script.dot === undefined)) {
  test(`doctor's look finds it without sending anything: ${what}`, async () => {
    const server = await openScriptedServer(script);
    servers.push(server);
    const auth = script.auth === undefined ? null : login;
    const target = serverAt(server.url, { auth });
    const reason = await probeSmtp(target, { from: FROM, milliseconds: 2000 });
    assert.match(reason ?? '', /5[35]\d/);
    assert.equal(server.lines.includes('DATA'), false);
  });
}

test("doctor's look goes as far as the recipient, takes it back and leaves", async () => {
  const server = await openScriptedServer({ ehlo: AUTH });
  servers.push(server);
  const target = serverAt(server.url, { auth: login });
  assert.equal(await probeSmtp(target, { from: FROM, milliseconds: 2000 }), null);
  await until(() => server.lines.includes('QUIT'), 'QUIT');
  const commands = server.lines.map((line) => line.split(/[ :]/, 1)[0]);
  assert.deepEqual(commands, ['EHLO', 'AUTH', 'MAIL', 'RCPT', 'RSET', 'QUIT']);
  assert.ok(server.lines.includes('EHLO forge.example'));
  assert.ok(server.lines.includes('MAIL FROM:<no-reply@forge.example>'));
});

for (const part of ['greeting', 'ehlo', 'mail', 'rcpt'] as const) {
  test(`doctor's look ends when the server says nothing at ${part}`, async () => {
    const server = await openScriptedServer({ [part]: null });
    servers.push(server);
    const reason = await probeSmtp(serverAt(server.url), { from: FROM, milliseconds: 100 });
    assert.ok(reason !== null);
  });
}
