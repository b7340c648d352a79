import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import type { Config } from '../../src/config/config.ts';
import { PASSWORD, signUp, startApp, type RunningApp } from '../support/running-app.ts';
import { encode, type Fields, type Reply } from '../support/visitor.ts';

let running: RunningApp;
const time = { now: 1_790_000_000 };
let count = 0;

/** Behind a proxy that is trusted, so that every test has an address of its own. */
const trustingLoopback = (config: Config): Config => ({
  ...config,
  server: { ...config.server, trustedProxies: ['127.0.0.1', '::1', '10.0.0.0/8'] },
});

before(async () => {
  running = await startApp({ change: trustingLoopback, clock: () => time.now });
  await signUp(running, 'known@example.com');
  await signUp(running, 'suspended@example.com');
  const user = await running.app.storage.users.byEmail('suspended@example.com');
  const origin = { source: 'cli', client: 'cli/test', address: null, actorId: null } as const;
  await running.app.accounts.setSuspended({
    userId: user?.id ?? '',
    isSuspended: true,
    origin,
  });
});
beforeEach(() => {
  count += 1;
  time.now += 3600;
});
after(() => running.stop());

const post = (path: string, fields: Fields, address = `198.51.100.${count}`): Promise<Reply> =>
  running
    .visitor()
    .send('POST', path, { body: encode(fields), headers: { 'x-forwarded-for': address } });

const signIn = (email: string, password: string, address?: string) =>
  post('/sign-in', { email, password }, address);

/** What an onlooker can compare: everything but the address that was typed and the time. */
function visible({ status, headers, html, setCookies }: Reply, email: string): object {
  const names = [...headers].filter(
    ([name]) => !['date', 'set-cookie', 'x-request-id'].includes(name),
  );
  return {
    status,
    headers: names.map(([name, value]) => [name, name === 'content-length' ? '' : value]),
    html: html.replaceAll(email, '(address)'),
    cookies: setCookies.map((line) => line.replace(/=[^;]*/, '=')),
  };
}

const PEOPLE = ['known@example.com', 'unknown@example.com', 'suspended@example.com'];

test('known, unknown and suspended addresses get the same answer, byte for byte', async () => {
  const answers = [];
  for (const email of PEOPLE) answers.push(visible(await signIn(email, 'not it, surely'), email));
  // The right password of a suspended user does not tell either.
  answers.push(visible(await signIn('suspended@example.com', PASSWORD), 'suspended@example.com'));
  for (const answer of answers) assert.deepEqual(answer, answers[0]);
  assert.equal((await signIn('known@example.com', 'x')).status, 422);
});

test('so do they when they ask for a new password, and when they sign up', async () => {
  for (const path of ['/forgot-password', '/sign-up']) {
    const answers = [];
    for (const email of PEOPLE) {
      const fields = { name: 'Ada', email, password: PASSWORD };
      answers.push(visible(await post(path, fields), email));
    }
    for (const answer of answers) assert.deepEqual(answer, answers[0], path);
  }
});

test('too many guesses are answered with 429 and the seconds to wait', async () => {
  for (let index = 0; index < 10; index++) {
    assert.equal((await signIn('limited@example.com', 'x')).status, 422);
  }
  time.now += 100;
  const reply = await signIn('limited@example.com', 'x');
  assert.equal(reply.status, 429);
  assert.equal(reply.headers.get('retry-after'), '800');
  assert.match(reply.html, /Too many attempts\. Try again in 14 minutes\./);
});

test('a client behind a trusted proxy is the nearest address that is no proxy, never what it claims', async () => {
  const guess = (index: number, forwarded: string) =>
    signIn(`forwarded-${index}@example.com`, 'x', forwarded);
  for (let index = 0; index < 50; index++) {
    // The left-most is the client's own word; the right-most is a second proxy.
    const forwarded = `203.0.113.${index}, 192.0.2.77, 10.1.1.1`;
    assert.equal((await guess(index, forwarded)).status, 422);
  }
  assert.equal((await guess(50, '203.0.113.200, 192.0.2.77, 10.9.9.9')).status, 429);
  assert.equal((await guess(51, '192.0.2.77, 192.0.2.78')).status, 422);
});

test('a whole /64 of IPv6 is one client', async () => {
  for (let index = 0; index < 50; index++) {
    await signIn(`six-${index}@example.com`, 'x', `2001:db8:5:5::${(index + 1).toString(16)}`);
  }
  const last = await signIn('six-50@example.com', 'x', '2001:db8:5:5:ffff::1');
  assert.equal(last.status, 429);
});

test('without a trusted proxy nobody can give themselves another address', async () => {
  const plain = await startApp();
  try {
    const guess = (index: number) =>
      plain.visitor().send('POST', '/sign-in', {
        body: encode({ email: `plain-${index}@example.com`, password: 'x' }),
        headers: { 'x-forwarded-for': `203.0.113.${index}`, 'x-real-ip': `203.0.113.${index}` },
      });
    for (let index = 0; index < 50; index++) assert.equal((await guess(index)).status, 422);
    assert.equal((await guess(50)).status, 429);
  } finally {
    await plain.stop();
  }
});

test('a browser that knows its user still gets in while a stranger guesses', async () => {
  const browser = running.visitor();
  await browser.post('/sign-in', { email: 'known@example.com', password: PASSWORD });
  assert.equal(browser.page?.status, 200);
  time.now += 1;
  const stranger = '203.0.113.99';
  for (let index = 0; index < 12; index++) await signIn('known@example.com', 'x', stranger);
  assert.equal((await signIn('known@example.com', PASSWORD)).status, 429);
  const reply = await browser.send('POST', '/sign-in', {
    body: encode({ email: 'known@example.com', password: PASSWORD }),
  });
  assert.equal(reply.status, 303);
});

const AWAY = [
  '//evil.example',
  '///evil.example',
  '/\\evil.example',
  '\\\\evil.example',
  '/\t/evil.example',
  '/\n/evil.example',
  '\t//evil.example',
  '/.//evil.example',
  '/..//evil.example',
  '/a/..//evil.example',
  '/%2e%2e//evil.example',
  '/%2e//evil.example',
  'https://evil.example/',
  'http:evil.example',
  'https:/evil.example',
  'HTTPS://evil.example',
  '//localhost@evil.example',
  'http://localhost@evil.example/',
  'javascript:alert(1)',
  'JaVaScRiPt:alert(1)',
  ' javascript:alert(1)',
  'data:text/html,<script>alert(1)</script>',
  'evil.example',
  '@evil.example',
  '/\u0000/evil.example',
  '/\\\t\\evil.example',
  '\u2028//evil.example',
];
const HERE: readonly (readonly [string, string])[] = [
  ['/tokens', '/tokens'],
  ['/tokens?unused=90', '/tokens?unused=90'],
  ['/%5cevil.example', '/%5cevil.example'],
  ['/%2fevil.example', '/%2fevil.example'],
  ['/%09/evil.example', '/%09/evil.example'],
  ['/@evil.example', '/@evil.example'],
  ['/tokens#//evil.example', '/tokens'],
  ['/tokens?to=https://evil.example', '/tokens?to=https://evil.example'],
  ['/a\r\nset-cookie: x=y', '/aset-cookie:%20x=y'],
  ['', '/'],
];

/** Where a browser would go. */
const arrival = (location: string | null): string =>
  new URL(location ?? 'nowhere:', running.base).origin;

test('signing in leads to a page of this site, whatever return_to says', async () => {
  const submit = async (returnTo: string | readonly string[]) => {
    const fields = { email: 'known@example.com', password: PASSWORD, return_to: returnTo };
    const reply = await post('/sign-in', fields);
    assert.equal(reply.status, 303, JSON.stringify(returnTo));
    assert.equal(reply.headers.get('set-cookie')?.includes('x=y'), false);
    return reply.location;
  };
  for (const path of AWAY) {
    const location = await submit(path);
    assert.equal(arrival(location), running.base, JSON.stringify([path, location]));
    assert.doesNotMatch(location ?? '', /^\/[/\\]/);
  }
  for (const [path, expected] of HERE) assert.equal(await submit(path), expected, path);
  assert.equal(await submit(['/tokens', '//evil.example']), '/');
});

test('nor does the page of sign-in carry such an address further, or lead a signed-in visitor there', async () => {
  const visitor = running.visitor();
  await visitor.post('/sign-in', { email: 'known@example.com', password: PASSWORD });
  for (const path of AWAY) {
    const url = `/sign-in?return_to=${encodeURIComponent(path)}`;
    const form = await running.visitor().send('GET', url, {});
    if (form.status === 200) assert.doesNotMatch(form.html, /value="[^"]*evil\.example\/?"/i, path);
    const { location, status } = await visitor.send('GET', url, {});
    if (status < 400) assert.equal(arrival(location), running.base, path);
  }
});

test('forms that no browser sends are refused, and never break the server', async () => {
  const bodies = [
    'email=a&email=b&password=x',
    'email[]=a&password[x]=y',
    'email=%00&password=%00',
    'email=%ff&password=x',
    'email=%&password=x',
    'email=%ED%A0%80@example.com&password=x',
    '__proto__=x&constructor=y&email=toString',
    `email=known&password=${'x'.repeat(600)}`,
    `email=${'a'.repeat(5000)}@example.com&password=x`,
    '&'.repeat(5000),
    'a&'.repeat(5000),
    '=',
    '',
  ];
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  for (const path of [
    '/sign-in',
    '/sign-up',
    '/forgot-password',
    '/reset-password',
    '/verify-email',
  ]) {
    for (const body of bodies) {
      const headers = { ...form, 'x-forwarded-for': `2001:db8:${count++}::1` };
      const reply = await running.visitor().send('POST', path, { body, headers });
      assert.ok(
        [400, 410, 422].includes(reply.status),
        `${path} ${body.slice(0, 60)} ${reply.status}`,
      );
      assert.match(reply.headers.get('content-type') ?? '', /^text\/html/);
    }
    for (const [type, body] of [
      ['application/json', '{"email":{"a":1},"password":["x"]}'],
      ['application/json', '{"__proto__":{"email":"x"}}'],
      ['application/json', '[1'],
      ['text/plain', 'x'],
      ['multipart/form-data; boundary=x', '--x--'],
      ['application/xml', '<x/>'],
    ] as const) {
      const headers = { 'content-type': type, 'x-forwarded-for': `2001:db8:${count++}::1` };
      const reply = await running.visitor().send('POST', path, { body, headers });
      assert.ok(reply.status >= 400 && reply.status < 500, `${path} ${type} ${reply.status}`);
    }
  }
});

test('a password of a megabyte is refused before anybody reads it', async () => {
  const body = `email=known%40example.com&password=${'x'.repeat(1_000_000)}`;
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  for (const path of ['/sign-in', '/sign-up', '/reset-password']) {
    const reply = await running.visitor().send('POST', path, { body, headers });
    assert.equal(reply.status, 413, path);
  }
});
