/** Nothing secret reaches an SMTP server without TLS, or one that does not prove its name [97]. */
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { createCourier } from '../../src/mail/courier.ts';
import { probeSmtp } from '../../src/mail/probe.ts';
import { smtpTransport } from '../../src/mail/transport.ts';
import type { SmtpServer } from '../../src/mail/smtp.ts';
import { memoryOutbox } from './memory-outbox.ts';
import { openPostOffice, pemOf, serverAt, type CertificateName } from './post-office.ts';
import { AT, isLive, PROOF_SECRET, render, samples } from './samples.ts';
import { openScriptedServer } from './scripted-server.ts';

const FROM = 'no-reply@forge.example';
const PASSWORD = 'hunter2';
const auth = { user: 'forge', pass: PASSWORD };
const open: { close(): unknown }[] = [];
after(async () => {
  for (const server of open) await server.close();
});

async function sendTo(server: SmtpServer) {
  const queue = memoryOutbox();
  const id = queue.enqueue(samples['reset-password'], AT);
  const transport = smtpTransport(server, FROM, { connectionSeconds: 5, talkSeconds: 5 });
  const courier = createCourier({ queue, transport, render, isLive, clock: () => AT });
  const sent = await courier.deliverDue();
  await courier.stop();
  return { sent, ...queue.entry(id) };
}

describe('where TLS is required', () => {
  const stripped = [
    ['offers no STARTTLS', {}],
    ['refuses STARTTLS', { ehlo: '250-mail.example.net\r\n250 STARTTLS', starttls: '454 not now' }],
    ['speaks only HELO', { ehlo: '500 what?' }],
    ['offers AUTH beside it', { ehlo: '250-mail.example.net\r\n250 AUTH PLAIN LOGIN' }],
    [
      'sends answers ahead of TLS',
      { starttls: '220 go\r\n250-mail.example.net\r\n250 AUTH PLAIN\r\n235 welcome' },
    ],
  ] as const;
  for (const [what, script] of stripped) {
    test(`a server that ${what} gets neither password nor message, and the message waits`, async () => {
      const server = await openScriptedServer(script);
      open.push(server);
      const target = serverAt(server.url, { tls: 'required', auth });
      const entry = await sendTo(target);
      assert.deepEqual([entry.sent, entry.failedAt, entry.heldSince], [0, null, AT]);
      assert.equal(entry.nextAttemptAt, AT + 30);
      const reason = await probeSmtp(target, { from: FROM, milliseconds: 2000 });
      assert.ok(reason !== null);
      const said = server.lines.join('\n');
      assert.doesNotMatch(said, /^(AUTH|MAIL|RCPT|DATA)/im);
      assert.ok(!said.includes(PROOF_SECRET));
    });
  }

  const certificates: readonly (readonly [CertificateName, RegExp])[] = [
    ['wrong-name', /altnames|does not match/i],
    ['expired', /expired/i],
    ['self-signed', /self-signed/i],
  ];
  for (const [certificate, reason] of certificates) {
    for (const isImplicit of [false, true]) {
      const how = isImplicit ? 'from the first byte' : 'after STARTTLS';
      test(`a certificate that is ${certificate}, ${how}, is refused`, async () => {
        const office = await openPostOffice({
          tls: { certificate, isImplicit },
          password: PASSWORD,
        });
        open.push(office);
        for (const tls of ['required', 'if-offered'] as const) {
          const target = serverAt(office.url, { tls, auth, ca: pemOf('ca') });
          const entry = await sendTo(target);
          assert.deepEqual([entry.sent, entry.failedAt, entry.heldSince], [0, null, AT]);
          assert.match(entry.lastError ?? '', reason);
          const found = await probeSmtp(target, { from: FROM, milliseconds: 5000 });
          assert.match(found ?? '', reason);
        }
        assert.deepEqual([office.passwords, office.received], [[], []]);
      });
    }
  }

  for (const isImplicit of [false, true]) {
    const how = isImplicit ? 'from the first byte' : 'after STARTTLS';
    test(`an authority of one's own is trusted when it is named, ${how}`, async () => {
      const tls = { certificate: 'good', isImplicit } as const;
      const office = await openPostOffice({ tls, password: PASSWORD });
      open.push(office);
      const target = serverAt(office.url, { tls: 'required', auth });
      const unknown = await sendTo(target);
      assert.deepEqual([unknown.sent, office.passwords], [0, []]);
      assert.match(unknown.lastError ?? '', /certificate/);
      assert.equal((await sendTo({ ...target, ca: pemOf('ca') })).sent, 1);
      assert.deepEqual(office.passwords, [PASSWORD]);
    });
  }
});

test('"never" sends in the clear, also where TLS is offered with a certificate that proves nothing', async () => {
  const office = await openPostOffice({
    tls: { certificate: 'self-signed' },
    password: PASSWORD,
  });
  open.push(office);
  assert.equal((await sendTo(serverAt(office.url, { tls: 'never', auth }))).sent, 1);
});

test('what a server says back of a sign-in is not kept, however short it is', async () => {
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  const plain = base64(`\0forge\0${PASSWORD}`);
  for (const echo of [
    PASSWORD,
    base64(PASSWORD),
    plain,
    plain.slice(0, 12),
    `${plain.slice(0, 12)}…`,
    `<${plain}>`,
  ]) {
    for (const auth of [`535 5.7.8 no: ${echo}`, `501 cannot read "AUTH PLAIN ${echo}"`]) {
      const server = await openScriptedServer({
        ehlo: '250-mail.example.net\r\n250 AUTH PLAIN',
        auth,
      });
      open.push(server);
      const target = serverAt(server.url, { auth: { user: 'forge', pass: PASSWORD } });
      const { lastError } = await sendTo(target);
      const found = await probeSmtp(target, { from: FROM, milliseconds: 2000 });
      for (const text of [lastError, found]) {
        assert.match(text ?? '', /5(35|01)/);
        assert.ok(!(text ?? '').includes(echo.replace(/[<>…]/g, '')), `${echo} in: ${text}`);
      }
    }
  }
});
