import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KINDS } from '../../src/portal/admin/mail-page.ts';
import { HtmlValidate } from 'html-validate';
import { PROOF_SECONDS } from '../../src/identity/authentication/proof.ts';
import { hours } from '../../src/kit/clock.ts';
import { greetingFor, oneLine } from '../../src/mail/plain.ts';
import { AT, context, factsOf, PROOF_SECRET, render, samples } from './samples.ts';

const validator = new HtmlValidate({
  extends: ['html-validate:recommended'],
  rules: { 'no-inline-style': 'off', 'long-title': 'off', 'void-style': 'off' },
});

/** What a reader sees of HTML. */
const seen = (html: string): string =>
  html
    .replace(/<style[^]*?<\/style>|<[^>]+>/g, '')
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&quot;/g, '"')
    .replace(/&#39;/g, "'")
    .replace(/&amp;/g, '&');

async function htmlFaults(html: string): Promise<string[]> {
  const report = await validator.validateString(html);
  return report.results.flatMap(({ messages }) =>
    messages.map(({ ruleId, message, line }) => `${line}: ${ruleId}: ${message}`),
  );
}

for (const notice of Object.values(samples)) {
  test(`the message "${notice.kind}" says the same facts in text and in valid HTML`, async () => {
    const { subject, text, html } = render(notice);
    assert.match(subject, /^\S.{10,}\S$/);
    for (const fact of factsOf[notice.kind]) {
      assert.ok(text.includes(fact), `text lacks "${fact}":\n${text}`);
      const isLink = fact.startsWith('https:');
      const place = isLink ? html : seen(html);
      assert.ok(place.includes(isLink ? `href="${fact}"` : fact), `HTML lacks "${fact}"`);
    }
    assert.deepEqual(await htmlFaults(html), []);
  });
}

test('only messages that carry a proof hold its secret', () => {
  const holders = Object.values(samples).filter((notice) => {
    const { subject, text, html } = render(notice);
    return `${subject}${text}${html}`.includes(PROOF_SECRET);
  });
  assert.deepEqual(
    holders.map(({ kind }) => kind),
    [
      'verify-email',
      'reset-password',
      'confirm-identity',
      'deletion-requested',
      'change-email',
      'email-changed',
    ],
  );
  for (const notice of holders) assert.ok(!render(notice).subject.includes(PROOF_SECRET));
});

test('the times that messages promise are the times that links live', () => {
  assert.equal(PROOF_SECONDS['verify-email'], hours(24));
  assert.equal(PROOF_SECONDS['reset-password'], hours(1));
  assert.equal(PROOF_SECONDS['change-email'], hours(24));
  assert.equal(PROOF_SECONDS['undo-email-change'], 7 * hours(24));
});

const hostile = '</p><script>alert(1)</script>"\' &amp;\r\nBcc: eve@example.com\u202egnp.exe\u0000';

test('what people typed cannot become markup, a line or a header', async () => {
  const created = { ...samples['token-created'], name: hostile, description: hostile };
  const notices = [
    { ...created, scopes: [hostile] },
    { ...samples['token-expires'], name: hostile, description: hostile },
    { ...samples['token-revoked'], description: hostile, by: hostile },
    { ...samples['token-exposed'], description: hostile, by: hostile },
    { ...samples['new-sign-in'], name: hostile, agent: hostile, address: hostile },
    { ...samples['password-changed'], name: hostile, address: hostile },
    { ...samples['verify-email'], name: hostile },
    { ...samples['email-changed'], name: hostile, address: hostile },
    { ...samples['email-change-undone'], name: hostile, address: hostile },
  ];
  for (const notice of notices) {
    const { subject, text, html } = render(notice);
    assert.doesNotMatch(subject, /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202e]/);
    assert.doesNotMatch(text, /\r|\u202e|\u0000|\nBcc/);
    assert.doesNotMatch(html, /<script|\r|\u202e|\u0000|\nBcc/);
    assert.deepEqual(await htmlFaults(html), []);
  }
});

/** Every field that a person or a browser fills, by its name in whatever notice has it. */
const TYPED = ['name', 'description', 'appName', 'by', 'agent'] as const;
const MARK = 'Your refund is ready, call 1-888-555-0100';

const typedBy = <Some extends object>(notice: Some, text: string): Some => ({
  ...notice,
  ...Object.fromEntries(TYPED.filter((field) => field in notice).map((field) => [field, text])),
});

test('operators have a word for every kind of message', () => {
  const kinds = [...Object.keys(samples), 'unreadable'];
  assert.deepEqual(kinds.toSorted(), [...KINDS.keys()].toSorted());
});

test('no subject says what somebody typed', () => {
  const typed = Object.values(samples).filter((notice) => TYPED.some((field) => field in notice));
  assert.ok(typed.length > 8);
  for (const notice of typed)
    assert.equal(render(typedBy(notice, MARK)).subject, render(notice).subject, notice.kind);
});

test('a message that may reach an address nobody has proved says nothing that was typed', () => {
  const about = new Set<string>([
    'token-created',
    'token-expires',
    'token-revoked',
    'token-exposed',
    'app-authorised',
    'app-transferred',
    'app-offer-made',
    'app-offer-declined',
  ]);
  const others = Object.values(samples).filter(({ kind }) => !about.has(kind));
  assert.ok(others.length > 5);
  for (const notice of others)
    assert.deepEqual(render(typedBy(notice, MARK)), render(notice), notice.kind);
});

test('elsewhere it is quoted, bounded and kept apart', () => {
  const notice = { ...samples['token-created'], description: 'מפתח (1)' };
  const { text, html } = render(notice);
  assert.match(text, /^Description: “\u2068מפתח \(1\)\u2069”$/m);
  assert.match(html, /“\u2068מפתח \(1\)\u2069”/);
  assert.match(render(typedBy(notice, 'x'.repeat(5000))).text, /^Description: “x{199}…”$/m);
  assert.match(render(typedBy(notice, '\u202ex')).text, /^Description: “x”$/m);
});

test('a hostile token id stays inside its link', () => {
  const { html, text } = render({ ...samples['token-created'], tokenId: '../"><b>' });
  assert.ok(html.includes('href="https://developer.example.com/tokens/..%2F%22%3E%3Cb%3E"'));
  assert.doesNotMatch(text, /<b>/);
});

test('a name that advertises a link is not greeted with', () => {
  for (const name of ['Win at evil.example', 'https://evil', 'eve@evil', 'a/b', '', '\u202e\n'])
    assert.equal(greetingFor(name), 'Hello,');
  for (const name of ['Ada Lovelace', "Zoë O'Hara-Łukasz", '山田 太郎', 'J. R. Smith'])
    assert.equal(greetingFor(name), `Hello ${name},`);
});

test('long words are cut between characters, never inside one', () => {
  assert.equal(oneLine('😀'.repeat(5), 3), '😀😀…');
  assert.equal(oneLine('lone \ud83d half'), 'lone \ufffd half');
  const { subject } = render({ ...samples['token-created'], description: 'x'.repeat(5000) });
  assert.ok(subject.length <= 150);
});

test('a token that never expires and has no scopes or known address is told plainly', () => {
  const notice = { ...samples['token-created'], expiresAt: null, scopes: [], address: null };
  const { text } = render(notice);
  assert.match(text, /^Expires: never$/m);
  assert.match(text, /no scopes/);
  assert.doesNotMatch(text, /address/);
});

test('one day is said in the singular', () => {
  const { subject } = render({ ...samples['token-expires'], days: 1, expiresAt: AT + 3600 });
  assert.equal(subject, 'One of your Frame & Forge tokens expires within 1 day');
});

test('the brand cannot break the page either', async () => {
  const { renderNotice } = await import('../../src/mail/messages.ts');
  const { html, subject } = renderNotice(samples['verify-email'], {
    ...context,
    brandName: '<i>\n&',
  });
  assert.equal(subject, 'Confirm your e-mail address for <i> &');
  assert.doesNotMatch(html, /<i>/);
});
