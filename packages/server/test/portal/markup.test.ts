/** Text that people give is text wherever it is shown: pages, refusals, messages. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { newestMail, PASSWORD, signUp, startApp, type RunningApp } from '../support/running-app.ts';
import { encode, type WebVisitor } from '../support/visitor.ts';

/** Each carries the word that makes it findable; no page may contain one as it stands. */
const CORPUS = [
  '<script>alert("marker")</script>',
  '<img src=x onerror=alert("marker")>',
  '"><svg/onload=alert("marker")>',
  "' autofocus onfocus=alert('marker') x='",
  '" autofocus onfocus=alert("marker") x="',
  '</title><script>"marker"</script>',
  '</textarea><script>"marker"</script>',
  '</pre><iframe srcdoc="marker">',
  '<!--><script>"marker"</script>-->',
  '<a href="javascript:marker">',
  '&lt;script&gt;"marker"&lt;/script&gt;',
  '`${"marker"}`<b>',
  '{{constructor.constructor("marker")()}}<i>',
  '<\u0000script>"marker"</script>',
] as const;
const TYPABLE = CORPUS.filter((text) => !text.includes('\u0000'));

let running: RunningApp;
/** The first to sign up, and so the operator. */
let operator: WebVisitor;
before(async () => {
  running = await startApp({
    change: (config) => ({
      ...config,
      attempts: { windowSeconds: 900, perAccount: 10_000, perAddress: 10_000 },
    }),
  });
  operator = await signUp(running, 'operator@example.com');
});
after(() => running.stop());

/** A tag as the HTML standard's tokenizer ends it: a `>` inside quotes is part of a value. */
const TAG = /<([a-z][^\s/>]*)(?:[^>"']|"[^"]*"|'[^']*')*>/gi;
const QUOTED = /"[^"]*"|'[^']*'/g;

/** Finds markup that a text made: the text as it stands, or a tag or attribute that no page has by itself. */
function assertHarmless(html: string, place: string): void {
  for (const text of CORPUS.filter((one) => /[<>"']/.test(one))) {
    assert.equal(html.includes(text), false, `${place} has ${text}`);
  }
  for (const [tag = '', name = ''] of html.matchAll(TAG)) {
    assert.doesNotMatch(name, /^(?:iframe|object|embed|base|img)$/i, `${place} ${tag}`);
    assert.doesNotMatch(tag.replaceAll(QUOTED, '""'), /\son[a-z]+\s*=/i, `${place} ${tag}`);
    assert.doesNotMatch(tag, /(?:href|src|action)="\s*(?:javascript|data|vbscript):/i, place);
    assert.doesNotMatch(tag, /(?:href|src|action)="\s*[/\\][/\\]/i, place);
  }
  for (const [tag = '', inside = ''] of html.matchAll(/<script\b[^>]*>([^]*?)<\/script>/gi)) {
    assert.match(tag, /^<script type="module" src="\/assets\//, place);
    assert.equal(inside, '', place);
  }
}

async function assertPage(visitor: WebVisitor, path: string, status = 200): Promise<string> {
  const page = await visitor.get(path);
  assert.equal(page.status, status, `${path} ${page.text.slice(0, 200)}`);
  assertHarmless(page.html, path);
  assertPolicy(page.headers, path);
  return page.html;
}

function assertPolicy(headers: Headers, place: string): void {
  const policy = headers.get('content-security-policy') ?? '';
  assert.match(policy, /default-src 'none'/, place);
  assert.match(policy, /script-src 'self'/, place);
  assert.match(policy, /frame-ancestors 'none'/, place);
  assert.match(policy, /base-uri 'none'/, place);
  assert.match(policy, /form-action 'self'/, place);
  assert.doesNotMatch(policy, /unsafe|\*/, place);
  assert.equal(headers.get('x-content-type-options'), 'nosniff', place);
  assert.equal(headers.get('x-frame-options'), 'DENY', place);
  assert.equal(headers.get('referrer-policy'), 'same-origin', place);
  assert.equal(headers.get('cache-control'), 'no-store', place);
}

async function makeToken(visitor: WebVisitor, description: string): Promise<string> {
  await visitor.get('/tokens/new');
  const fields = { description, expires_in: '7', scope: 'asset.read' };
  const page = await visitor.submit('/tokens', fields);
  assert.equal(page.status, 200, page.text);
  assertHarmless(page.html, `created: ${description}`);
  const id = /gate_pat_([0-9A-Za-z]{12})/.exec(page.html)?.[1];
  assert.ok(id !== undefined);
  return id;
}

test('in names, profiles, agents and descriptions, on every page that shows them', async () => {
  for (const [index, text] of TYPABLE.entries()) {
    const email = `person-${index}@example.com`;
    const visitor = running.visitor();
    visitor.headers['user-agent'] = `Firefox/1 ${text}`;
    const form = { name: text, email, password: PASSWORD };
    await visitor.post('/sign-up', form);
    const proof = /proof=(\S+)/.exec((await newestMail(running, email)).text)?.[1] ?? '';
    await visitor.post('/verify-email', { proof });
    await visitor.get('/account');
    const profile = { name: text, bio: text, location: text };
    const saved = await visitor.submit('/account/profile', profile);
    assert.match(saved.text, /Your profile was saved/);
    const token = await makeToken(visitor, text);
    const user = await running.app.storage.users.byEmail(email);
    const pages = [
      '/',
      '/account',
      '/tokens',
      '/tokens?unused=90',
      '/tokens/new',
      `/tokens/${token}`,
      `/tokens/${token}/scopes`,
      `/tokens/${token}/rotate`,
      `/tokens/${token}/revoke`,
    ];
    for (const path of pages) await assertPage(visitor, path);
    assert.match(await assertPage(operator, `/admin/people/${user?.id ?? ''}`), /marker/);
    await assertPage(operator, '/admin/people');
  }
});

test('in what a form shows again after refusing it', async () => {
  for (const text of TYPABLE) {
    const forms: readonly (readonly [string, Record<string, string>])[] = [
      ['/sign-in', { email: text, password: text, return_to: text }],
      ['/sign-up', { name: text, email: text, password: 'short' }],
      ['/forgot-password', { email: text }],
      ['/reset-password', { proof: text, password: text }],
      ['/verify-email', { proof: text, password: text }],
    ];
    for (const [path, fields] of forms) {
      const reply = await running.visitor().send('POST', path, { body: encode(fields) });
      assert.ok(reply.status >= 400 && reply.status < 500, `${path} ${reply.status}`);
      assertHarmless(reply.html, `${path} ${text}`);
      assertPolicy(reply.headers, path);
    }
    await operator.get('/tokens/new');
    const refused = await operator.submit('/tokens', {
      description: text.repeat(20),
      expires_in: 'custom',
      expires_on: text.slice(0, 40),
      scope: text,
    });
    assert.equal(refused.status, 422);
    assertHarmless(refused.html, `/tokens ${text}`);
    await operator.get('/account');
    const profile = await operator.submit('/account/profile', {
      name: text,
      bio: text.repeat(40),
      location: text,
    });
    assert.equal(profile.status, 422);
    assertHarmless(profile.html, `/account/profile ${text}`);
  }
});

test('in searches, query strings and addresses that lead nowhere', async () => {
  for (const text of CORPUS) {
    const typed = encodeURIComponent(text);
    const paths = [
      `/admin/people?q=${typed}`,
      `/admin/people?page=${typed}`,
      `/tokens?page=${typed}&revoked=${typed}&unused=${typed}`,
      `/tokens/new?scopes=${typed}&account_id=${typed}`,
      `/sign-in?return_to=${typed}&done=${typed}`,
      `/?done=${typed}`,
      `/account?done=${typed}`,
      `/verify-email?proof=${typed}`,
      `/reset-password?proof=${typed}`,
      `/tokens/${typed}`,
      `/nowhere/${typed}`,
      `/dev/mailbox/${typed}`,
      `/assets/${typed}`,
    ];
    for (const path of paths) {
      for (const visitor of [operator, running.visitor()]) {
        const { status, html, location } = await visitor.send('GET', path, {});
        assert.ok(status < 500, `${path} ${status}`);
        assertHarmless(html, path);
        assert.match(location ?? '/', /^\/(?![/\\])/, path);
      }
    }
  }
});

test('in messages, as text and as HTML', async () => {
  const { items } = await running.app.storage.outbox.list('all', { page: 1, pageSize: 1000 });
  assert.ok(items.length >= TYPABLE.length * 2);
  for (const { id, notice } of items) {
    const { subject, html } = running.app.renderMail(notice);
    assert.doesNotMatch(subject, /[\r\n]/);
    for (const text of TYPABLE) assert.equal(html.includes(text), false, `${notice.kind} ${text}`);
    for (const [tag = '', name = ''] of html.matchAll(TAG)) {
      assert.doesNotMatch(name, /^(?:script|iframe|svg|img|form|input)$/i, notice.kind);
      assert.doesNotMatch(tag.replaceAll(QUOTED, '""'), /\son[a-z]+\s*=/i, notice.kind);
    }
    assert.doesNotMatch(html, /href="(?!http:\/\/localhost:)/, notice.kind);
    const page = await running.visitor().get(`/dev/mailbox/${id}`);
    assertHarmless(page.html, notice.kind);
  }
});

test('a name cannot add a header, a recipient or a line to a message', async () => {
  const names = [
    'Ada\r\nBcc: victim@example.com',
    'Ada\nSubject: other\n\nA body of its own',
    'Ada\u2028Bcc: victim@example.com',
    'Ada\u0085X-Header: 1',
    '=?utf-8?q?=0D=0ABcc:_victim@example.com?=',
    'Visit https://evil.example now',
    'evil.example/x',
  ];
  for (const [index, name] of names.entries()) {
    const email = `header-${index}@example.com`;
    const page = await running.visitor().post('/sign-up', { name, email, password: PASSWORD });
    if (/[\r\n\u0085\u2028]/.test(name)) {
      assert.equal(page.status, 422);
      continue;
    }
    const { subject, text } = await newestMail(running, email);
    assert.doesNotMatch(subject, /[\r\n\u0085\u2028]/);
    assert.doesNotMatch(text, /^(?:Bcc|Subject|X-Header):/m);
    assert.doesNotMatch(text, /evil\.example/);
    assert.match(text, /^Hello/);
  }
});

test('an address cannot carry a second one', async () => {
  for (const email of [
    'a@example.com,b@example.com',
    'a@example.com\r\nBcc: b@example.com',
    'a@example.com b@example.com',
    'Ada <a@example.com>',
    '<a@example.com>',
    '"a b"@example.com',
    'a@example.com\u0000',
    'a@@example.com',
    'a@example.com>',
    'ä@example.com',
    'a@exämple.com',
    'a@[127.0.0.1]',
    'a@-example.com',
    '@example.com',
    'a@',
    'a'.repeat(250) + '@example.com',
  ]) {
    for (const path of ['/sign-up', '/forgot-password']) {
      const body = encode({ name: 'Ada', email, password: PASSWORD });
      const reply = await running.visitor().send('POST', path, { body });
      assert.ok([400, 422].includes(reply.status), `${path} ${email} ${reply.status}`);
    }
  }
});
