/** What may be registered, what matches, and that both say the same of every address that fooled somebody else. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  faultOfRedirectUri,
  matchesRedirectUri,
  MAX_REDIRECT_URI_LENGTH,
  placeOf,
  provesClient,
} from '../../src/oauth/clients/redirect-uri.ts';

const faultOf = (uri: string): string | null => faultOfRedirectUri(uri, 'public');

const GOOD = [
  'https://app.example.com',
  'https://app.example.com/',
  'https://app.example.com/callback',
  'https://app.example.com:8443/a/b.c/~d?next=1&x=%20y',
  'https://app.example.com?next=1',
  'https://xn--bcher-kva.example/zur%C3%BCck',
  'https://[2001:db8::1]/callback',
  'http://localhost/callback',
  'http://localhost:3000/callback',
  'http://127.0.0.1:51004/callback',
  'http://[::1]:8080/callback?x=1',
  'com.example.app:/callback',
  'com.example.app://callback',
];

test('what apps use can be registered, and matches itself', () => {
  for (const uri of GOOD) {
    assert.equal(faultOf(uri), null, uri);
    assert.ok(matchesRedirectUri([uri], uri), uri);
  }
});

const REFUSED: Readonly<Record<string, readonly string[]>> = {
  'dot segments, encoded or with a matrix parameter': [
    'https://app.example.com/cb/..;/evil',
    'https://app.example.com/..;/evil',
    'https://app.example.com/.;/evil',
    'https://app.example.com/;/../evil',
    'https://app.example.com/a/../evil',
    'https://app.example.com/a/./evil',
    'https://app.example.com/%2e%2e/evil',
    'https://app.example.com/%2E%2E/evil',
    'https://app.example.com/.%2e/evil',
    'https://app.example.com/a%2f..%2fevil',
    'https://app.example.com/a%5c..%5cevil',
  ],
  'backslashes, white space and control characters': [
    'https://app.example.com\\evil.example',
    'https:\\\\app.example.com/cb',
    'https://app.example.com/\\evil.example',
    '/\\evil.example',
    'https://app.example.com/\tcb',
    'https://app.exam\nple.com/cb',
    'https://app.example.com/cb\r\nset-cookie:x=1',
    ' https://app.example.com/cb',
    'https://app.example.com/c b',
    'https://app.example.com/cb\0',
    'https://app.example.com/cb%00',
    'https://app.example.com/cb%0d%0aset-cookie:x',
    'https://app.example.com/cb%09',
  ],
  'addresses without a scheme': ['//evil.example/cb', '/callback', 'app.example.com/cb', '', 'x'],
  'users, one or several @, and what looks like them': [
    'https://good.example@evil.example/cb',
    'https://good.example:pw@evil.example/cb',
    'https://good@evil@x/cb',
    'https://@evil.example/cb',
    'https://:@evil.example/cb',
    'https://evil.example%40good.example/cb',
    'http://attacker@127.0.0.1/cb',
    'http://127.0.0.1@evil.example/cb',
    'http://localhost:80@evil.example/cb',
    'com.example.app://user@callback',
  ],
  fragments: [
    'https://app.example.com/cb#',
    'https://app.example.com/cb#code=1',
    'https://app.example.com/#/cb',
  ],
  'parameters that an answer carries': [
    'https://app.example.com/cb?code=1',
    'https://app.example.com/cb?a=1&state=2',
    'https://app.example.com/cb?iss=https%3A%2F%2Fgood.example',
    'https://app.example.com/cb?error=x',
    'https://app.example.com/cb?response=jwt',
    'https://app.example.com/cb?%63ode=1',
    'com.example.app:/cb?code=1',
  ],
  'schemes that run or read something, in any case': [
    'javascript:alert(1)',
    'JavaScript:alert(1)',
    'javascript://app.example.com/%0aalert(1)',
    'data:text/html,hello',
    'DATA:text/html;base64,aGVsbG8=',
    'vbscript:x',
    'file:///etc/passwd',
    'blob:https://app.example.com/x',
    'view-source:https://app.example.com',
    'intent://app/#Intent;end',
    'about:blank',
    'ftp://app.example.com/cb',
    'ws://app.example.com/cb',
    'myapp://callback',
    'myapp:/callback',
  ],
  'hosts that another parser reads differently': [
    'https://APP.example.com/cb',
    'HTTPS://app.example.com/cb',
    'https://app.example.com./cb',
    'https://app.example.com:443/cb',
    'https://bücher.example/cb',
    'https://2130706433/cb',
    'https://0x7f.1/cb',
    'https:app.example.com/cb',
    'https:/app.example.com/cb',
    'https:///app.example.com/cb',
    'https://app.example.com:99999/cb',
    'https://%61pp.example.com/cb',
  ],
  'plain http anywhere but on loopback': [
    'http://app.example.com/cb',
    'http://localhost.evil.example/cb',
    'http://evil.localhost/cb',
    'http://127.0.0.1.evil.example/cb',
    'http://127.0.0.2/cb',
    'http://127.1/cb',
    'http://0x7f000001/cb',
    'http://2130706433/cb',
    'http://[::ffff:127.0.0.1]/cb',
    'http://[0:0:0:0:0:0:0:1]/cb',
    'http://0.0.0.0/cb',
    'http://localhost./cb',
    'http://LOCALHOST/cb',
  ],
  wildcards: ['https://*.example.com/cb', 'https://app.example.com/*', 'http://localhost:*/cb'],
  'what is too long': [`https://app.example.com/${'a'.repeat(MAX_REDIRECT_URI_LENGTH)}`],
  'percent signs that encode nothing': [
    'https://app.example.com/%',
    'https://app.example.com/%zz',
    'https://app.example.com/%4',
  ],
};

for (const [what, uris] of Object.entries(REFUSED)) {
  test(`${what} cannot be registered, with a reason in words`, () => {
    for (const uri of uris) assert.match(faultOf(uri) ?? '', /^[A-Z].{10,}[^:]$/s, uri);
  });

  test(`${what}: no good registration matches them`, () => {
    for (const uri of uris) assert.equal(matchesRedirectUri(GOOD, uri), false, uri);
  });
}

test('a scheme of its own is for apps on a device, and a service has no redirect URI at all', () => {
  assert.match(faultOfRedirectUri('com.example.app:/cb', 'web') ?? '', /on a device/);
  for (const uri of GOOD) assert.match(faultOfRedirectUri(uri, 'service') ?? '', /service/);
});

test('a redirect URI matches as a string: neither part, prefix, case nor query may differ', () => {
  const registered = ['https://good.com/cb', 'https://good.com/other?x=1'];
  for (const asked of [
    'https://good.com.evil.com/cb',
    'https://evil-good.com/cb',
    'https://goodxcom/cb',
    'https://good.com/cb/',
    'https://good.com/cb/evil',
    'https://good.com/cbx',
    'https://good.com/CB',
    'https://GOOD.com/cb',
    'https://good.com:443/cb',
    'https://good.com:8443/cb',
    'https://good.com/cb?x=1',
    'https://good.com/cb?',
    'https://good.com/cb#',
    'https://good.com/%63b',
    'https://good.com/other',
    'https://good.com/other?x=1&y=2',
    'http://good.com/cb',
  ]) {
    assert.equal(matchesRedirectUri(registered, asked), false, asked);
  }
  assert.equal(matchesRedirectUri([], 'https://good.com/cb'), false);
});

const LOOPBACK = ['127.0.0.1', '[::1]', 'localhost'] as const;

test('on a loopback address any port matches, and nothing else may differ', () => {
  for (const host of LOOPBACK) {
    const registered = [`http://${host}/cb?x=1`];
    for (const port of ['', ':80', ':1', ':3000', ':65535'])
      assert.ok(matchesRedirectUri(registered, `http://${host}${port}/cb?x=1`), host + port);
    const others = LOOPBACK.filter((other) => other !== host);
    for (const asked of [
      `http://${host}:3000/cb`,
      `http://${host}:3000/cb?x=2`,
      `http://${host}:3000/CB?x=1`,
      `http://${host}:3000/cb/?x=1`,
      `https://${host}:3000/cb?x=1`,
      `http://attacker@${host}:3000/cb?x=1`,
      `http://${host}:3000/cb?x=1#`,
      ...others.map((other) => `http://${other}:3000/cb?x=1`),
    ]) {
      assert.equal(matchesRedirectUri(registered, asked), false, asked);
    }
  }
});

const port = fc.integer({ min: 1, max: 65_535 });
const path = fc
  .array(fc.stringMatching(/^[A-Za-z0-9_~-]{1,8}$/), { maxLength: 4 })
  .map((parts) => `/${parts.join('/')}`);

test('whatever loopback URI is registered matches at every port, and at no other path', () => {
  fc.assert(
    fc.property(fc.constantFrom(...LOOPBACK), port, port, path, path, (host, one, two, a, b) => {
      const registered = `http://${host}:${one}${a}`;
      fc.pre(faultOf(registered) === null);
      assert.ok(matchesRedirectUri([registered], `http://${host}:${two}${a}`));
      assert.equal(matchesRedirectUri([registered], `http://${host}:${two}${b}`), a === b);
    }),
  );
});

const PIECES =
  'https:// http:// com.example.app:/ javascript: // / \\ @ # ? localhost 127.0.0.1 [::1] good.com evil.com . .. ; : 8080 %2e %2f %5c %00 %40 cb code=1 & * x ü'
    .split(' ')
    .concat('\t', '\n', ' ', '\ud800');
const pieced = fc.array(fc.constantFrom(...PIECES), { maxLength: 8 }).map((all) => all.join(''));
const anything = fc.oneof(pieced, fc.string({ unit: 'binary' }), fc.webUrl());

test('what is accepted is one place for every parser: its own normal form, without a user or fragment', () => {
  fc.assert(
    fc.property(anything, (text) => {
      if (faultOf(text) !== null) return;
      const url = new URL(text);
      assert.ok(url.href === text || url.href === text.replace(url.origin, `${url.origin}/`), text);
      assert.deepEqual([url.username, url.password, url.hash], ['', '', '']);
      assert.doesNotMatch(text, /[\\\s#*]|^[^/]*\/\/[^/?]*@/u);
      assert.ok(url.protocol === 'https:' || url.protocol.includes('.') || isLoopback(url), text);
      assert.ok(!url.searchParams.has('code') && !url.searchParams.has('state'));
    }),
    { numRuns: 3000 },
  );
});

const isLoopback = ({ protocol, hostname }: URL): boolean =>
  protocol === 'http:' && ['127.0.0.1', '[::1]', 'localhost'].includes(hostname);

test('what is asked for leads to the host that was registered, or it does not match', () => {
  fc.assert(
    fc.property(fc.constantFrom(...GOOD), anything, (registered, asked) => {
      if (!matchesRedirectUri([registered], asked) || asked === registered) return;
      assert.ok(isLoopback(new URL(asked)) && isLoopback(new URL(registered)), asked);
      assert.equal(new URL(asked).hostname, new URL(registered).hostname);
    }),
    { numRuns: 3000 },
  );
});

test('pages name the host that an answer goes to, or the scheme of an app', () => {
  assert.equal(placeOf('https://app.example.com:8443/cb'), 'app.example.com:8443');
  assert.equal(placeOf('com.example.app:/cb'), 'com.example.app');
  assert.equal(provesClient('https://app.example.com/cb'), true);
  for (const uri of ['http://localhost/cb', 'com.example.app:/cb'])
    assert.equal(provesClient(uri), false, uri);
});
