import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newOrderedId } from '../../src/kit/ids.ts';
import { failureText } from '../../src/mail/failure-text.ts';
import { createMailbox } from '../../src/mail/mailbox.ts';
import { memoryOutbox } from './memory-outbox.ts';
import { AT, PROOF_SECRET, render, samples } from './samples.ts';

test('the mailbox lists the newest message first, page by page', async () => {
  const queue = memoryOutbox();
  queue.enqueue(samples['verify-email'], AT);
  const newest = queue.enqueue(samples['token-created'], AT + 60);
  const mailbox = createMailbox({ queue, render });
  const { items, total } = await mailbox.list({ page: 1, pageSize: 1 });
  assert.equal(total, 2);
  const subject = 'New Frame & Forge token';
  const expected = { id: newest, to: 'ada@example.com', subject, createdAt: AT + 60 };
  assert.deepEqual(items, [expected]);
  const second = await mailbox.list({ page: 2, pageSize: 1 });
  assert.match(second.items[0]?.subject ?? '', /^Confirm your e-mail address/);
});

test('a message in the mailbox is read whole, with the link that works', async () => {
  const queue = memoryOutbox();
  const id = queue.enqueue(samples['verify-email'], AT);
  const message = await createMailbox({ queue, render }).read(id);
  assert.deepEqual(message, {
    to: 'ada@example.com',
    createdAt: AT,
    ...render(samples['verify-email']),
  });
  assert.ok(message.text.includes(PROOF_SECRET));
});

test('no message is read by an unknown or malformed id', async () => {
  const mailbox = createMailbox({ queue: memoryOutbox(), render });
  for (const id of [newOrderedId(), '', "' or 1=1", '../x']) {
    assert.equal(await mailbox.read(id), null);
  }
});

test('what is kept of a failure has no address, link, secret or second line', () => {
  const said =
    '550-5.7.1 <Ada@Example.com> spam: https://x.example/verify-email?proof=abc\r\n550 id 0123456789abcdef0123456789abcdef0123 ' +
    'sorry '.repeat(100);
  const text = failureText(new Error(said), 'ada@example.com');
  assert.match(text, /^550-5\.7\.1 <\(address\)> spam: \(link\) 550 id \(…\) sorry/);
  assert.equal(text.length, 300);
  assert.equal(failureText('"odd one"@x refused', '"odd one"@x'), '(address) refused');
});
