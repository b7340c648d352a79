/** The whole server with a real SMTP server: messages arrive, are refused, or meet silence; the operator sees it. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openPostOffice, openSilentServer, type PostOffice } from '../mail/post-office.ts';
import { PASSWORD, startApp, type RunningApp } from '../support/running-app.ts';
import type { WebVisitor } from '../support/visitor.ts';
import { until } from '../support/until.ts';

let office: PostOffice;
let running: RunningApp;
let operator: WebVisitor;
before(async () => {
  office = await openPostOffice();
  running = await startApp({ env: { GATEHOUSE_SMTP_URL: office.url } });
  operator = running.visitor();
});
after(async () => {
  await running.stop();
  await office.close();
});

const messageTo = (email: string, subject: RegExp) =>
  until(
    () =>
      office.received.find(
        (mail, index) =>
          office.recipients[index]?.includes(email) === true && subject.test(mail.subject ?? ''),
      ),
    `a message to ${email}`,
  );

async function failed(email: string) {
  const { items } = await running.app.storage.outbox.list('failed', { page: 1, pageSize: 100 });
  return items.find(({ notice }) => notice.to === email);
}

test('a person signs up with nothing but the message that arrived', async () => {
  await operator.get('/sign-up');
  const form = { name: 'Ada Example', email: 'operator@example.com', password: PASSWORD };
  const page = await operator.submit('/sign-up', form);
  // With an SMTP server there is no mailbox to look into.
  assert.doesNotMatch(page.html, /\/dev\/mailbox/);
  assert.equal((await operator.send('GET', '/dev/mailbox', {})).status, 404);
  const mail = await messageTo('operator@example.com', /./);
  assert.deepEqual(office.recipients, [['operator@example.com']]);
  const link = /http:\S+\/verify-email\?proof=\S+/.exec(mail.text ?? '')?.[0];
  assert.ok(link !== undefined);
  assert.ok(typeof mail.html === 'string' && mail.html.includes(link));
  const { pathname, search } = new URL(link);
  await operator.get(pathname + search);
  assert.match((await operator.submit('/verify-email')).text, /is confirmed/);
});

test('a token is announced with its description and scopes, and without its secret', async () => {
  await operator.get('/tokens/new');
  const fields = { description: 'nightly export', expires_in: '30', scope: 'asset.read' };
  const page = await operator.submit('/tokens', fields);
  const [value] = /gate_pat_[0-9A-Za-z]{32,}/.exec(page.html) ?? [];
  assert.ok(value !== undefined);
  const mail = await messageTo('operator@example.com', /New Gatehouse token/);
  assert.match(mail.text ?? '', /asset\.read/);
  for (const raw of office.raw)
    assert.deepEqual(
      running.secrets.foundIn(raw).filter((one) => !one.startsWith('proof')),
      [],
    );
});

test('a name with line breaks stays one header and one recipient on the wire', async () => {
  const name = 'Ada\r\nBcc: victim@example.com\r\n\r\nA body of its own';
  const form = { name: 'Ada', email: 'wire@example.com', password: PASSWORD };
  assert.equal((await running.visitor().post('/sign-up', { ...form, name })).status, 422);
  await running.visitor().post('/sign-up', form);
  const user = await running.app.storage.users.byEmail('wire@example.com');
  // As rows of before the rule are.
  await running.app.storage.users.update(user?.id ?? '', { name });
  await running.visitor().post('/forgot-password', { email: 'wire@example.com' });
  await messageTo('wire@example.com', /./);
  assert.deepEqual(office.recipients.at(-1), ['wire@example.com']);
  const raw = office.raw.at(-1) ?? '';
  const [head = ''] = raw.split('\r\n\r\n', 1);
  assert.doesNotMatch(head, /^Bcc/im);
  assert.equal(head.match(/^To:/gim)?.length, 1);
  assert.doesNotMatch(raw, /^Bcc:/m);
});

test('what the server refuses for good is shown to the operator and sent again on request', async () => {
  office.refusal = { code: 550, says: 'no such mailbox <bounced@example.com>', at: 'recipient' };
  const form = { name: 'Ada', email: 'bounced@example.com', password: PASSWORD };
  const sent = await running.visitor().post('/sign-up', form);
  // The person is told nothing different: the answer would say whether the address exists.
  assert.match(sent.text, /Check your e-mail/);
  await until(() => failed('bounced@example.com'), 'the refusal');
  const page = await operator.get('/admin/mail');
  assert.match(page.text, /bounced@example\.com/);
  assert.match(page.text, /no such mailbox/);
  const entry = await failed('bounced@example.com');
  assert.doesNotMatch(entry?.lastError ?? '', /bounced@/);
  office.refusal = null;
  const after = await operator.submit(`/admin/mail/${entry?.id ?? ''}/retry`);
  assert.match(after.text, /will be tried again now/);
  const mail = await messageTo('bounced@example.com', /./);
  assert.match(mail.text ?? '', /verify-email\?proof=/);
  await until(async () => (await failed('bounced@example.com')) === undefined, 'the delivery');
  const quiet = await operator.get('/admin/mail');
  assert.doesNotMatch(quiet.text, /bounced@example\.com/);
  // What has been sent is not sent again, and what never was cannot be.
  const csrf = operator.hidden('/sign-out')?.['csrf'] ?? '';
  for (const id of [entry?.id ?? '', '00000000-0000-7000-8000-000000000000', 'x']) {
    const reply = await operator.post(`/admin/mail/${id}/retry`, { csrf });
    assert.equal(reply.status, 404, id);
  }
  assert.equal(office.recipients.filter(([to]) => to === 'bounced@example.com').length, 1);
});

test('what it cannot take now waits, and is shown as waiting', async () => {
  office.refusal = { code: 451, says: 'try again later', at: 'data' };
  const form = { name: 'Ada', email: 'greylisted@example.com', password: PASSWORD };
  await running.visitor().post('/sign-up', form);
  const entry = await until(async () => {
    const page = { page: 1, pageSize: 10 };
    const { items } = await running.app.storage.outbox.list('waiting', page);
    return items.find(
      ({ notice, lastError }) => notice.to === 'greylisted@example.com' && lastError !== null,
    );
  }, 'the first attempt');
  const page = await operator.get('/admin/mail');
  assert.match(page.text, /greylisted@example\.com/);
  assert.match(page.text, /try again later/);
  // Nobody has given it up: making it due now could send it twice, should a courier have it in hand.
  const csrf = operator.hidden('/sign-out')?.['csrf'] ?? '';
  const reply = await operator.post(`/admin/mail/${entry.id}/retry`, { csrf });
  assert.equal(reply.status, 404);
  const same = await running.app.storage.outbox.byId(entry.id);
  assert.equal(same?.nextAttemptAt, entry.nextAttemptAt);
  office.refusal = null;
});

test('a server that refuses us is told to operators alone, on their first page and that of mail, until it takes mail', async () => {
  office.refusal = { code: 554, says: 'Relay access denied', at: 'recipient' };
  const form = { name: 'Ada', email: 'held@example.com', password: PASSWORD };
  const stranger = running.visitor();
  await stranger.post('/sign-up', form);
  await until(() => running.app.storage.outbox.held(), 'the refusal of us');
  for (const path of ['/', '/admin/mail']) {
    const page = await operator.get(path);
    assert.match(page.text, /takes no mail from this server/);
    assert.match(page.text, /1 message waits/);
    assert.match(page.text, /Relay access denied/);
  }
  office.refusal = null;
  const { outbox } = running.app.storage;
  const [entry] = (await outbox.list('trouble', { page: 1, pageSize: 10 })).items.filter(
    ({ notice }) => notice.to === 'held@example.com',
  );
  await outbox.giveBack(entry?.id ?? '', { at: 0, unanswered: 0 });
  running.app.mail.onCommitted();
  await messageTo('held@example.com', /./);
  await until(async () => (await outbox.held()) === null, 'the end of the refusal');
  assert.doesNotMatch((await operator.get('/')).text, /takes no mail/);
});

test('while the server says nothing, people are served as ever, and the message is not lost', async () => {
  const silent = await openSilentServer();
  const quiet = await startApp({ env: { GATEHOUSE_SMTP_URL: silent.url } });
  try {
    const visitor = quiet.visitor();
    const form = { name: 'Ada', email: 'ada@example.com', password: PASSWORD };
    assert.equal((await visitor.post('/sign-up', form)).status, 200);
    await until(() => silent.connections > 0, 'a connection');
    for (const path of ['/sign-in', '/sign-up', '/healthz', '/readyz']) {
      assert.equal((await visitor.send('GET', path, {})).status, 200, path);
    }
    const { items } = await quiet.app.storage.outbox.list('all', { page: 1, pageSize: 10 });
    assert.equal(items[0]?.sentAt, null);
    assert.equal(items[0]?.failedAt, null);
  } finally {
    silent.close();
    await quiet.stop();
  }
});

test('while no server can be reached a message waits for its next try, and its link is in no log', async () => {
  const email = 'patient@example.com';
  const lonely = await startApp({ env: { GATEHOUSE_SMTP_URL: 'smtp://127.0.0.1:9' } });
  try {
    await lonely.visitor().post('/sign-up', { name: 'Ada', email, password: PASSWORD });
    const entry = await until(async () => {
      const page = { page: 1, pageSize: 10 };
      const { items } = await lonely.app.storage.outbox.list('waiting', page);
      return items.find(({ attempts }) => attempts > 0);
    }, 'the first attempt');
    assert.equal(entry.notice.to, email);
    assert.ok(entry.nextAttemptAt > entry.createdAt);
    assert.doesNotMatch(lonely.log.join(''), /proof=/);
  } finally {
    await lonely.stop();
  }
});

test('the outbox is looked at when another process changed access', async (context) => {
  const { storage, readers } = running.app;
  const looks = context.mock.method(storage.outbox, 'take');
  const message = { kind: 'address-in-use', to: 'told@example.com', name: 'Ada' } as const;
  await storage.outbox.enqueue(message);
  const before = looks.mock.callCount();
  readers.deliver([{ kind: 'user', userId: 'x', position: 1, at: 0 }]);
  assert.ok(looks.mock.callCount() > before);
  await messageTo('told@example.com', /./);
});
