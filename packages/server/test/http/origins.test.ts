import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { isCrossOrigin } from '../../src/http/cross-origin.ts';
import { deriveKeys } from '../../src/keys/keys.ts';
import { checkCsrf, csrfOwner, issueCsrf } from '../../src/http/csrf.ts';

const BASE = 'https://developer.example.com';
const post = (headers: Record<string, string>) =>
  isCrossOrigin({ method: 'POST', headers: { host: 'developer.example.com', ...headers } }, BASE);

test('what the browser says of the site decides, when it says it', () => {
  for (const [site, isCross] of [
    ['same-origin', false],
    ['none', false],
    ['same-site', true],
    ['cross-site', true],
    ['', true],
    ['Same-Origin', true],
    ['same-origin, cross-site', true],
  ] as const) {
    assert.equal(post({ 'sec-fetch-site': site, origin: BASE }), isCross, site);
  }
});

test('otherwise the origin has to be ours', () => {
  for (const [origin, isCross] of [
    ['https://developer.example.com', false],
    ['https://DEVELOPER.example.com', false],
    ['https://developer.example.com:443', false],
    ['https://developer.example.com:8443', true],
    ['https://developer.example.com.evil.example', true],
    ['https://evildeveloper.example.com', true],
    ['https://example.com', true],
    ['https://developer.example.com@evil.example', true],
    ['null', true],
    ['', true],
    ['file://developer.example.com', true],
    ['chrome-extension://developer.example.com', true],
    ['developer.example.com', true],
    ['//developer.example.com', true],
  ] as const) {
    assert.equal(post({ origin }), isCross, origin);
  }
});

test('a proxy that passes on another Host does not make our own origin a stranger', () => {
  const headers = { host: '10.0.0.7:4000', origin: BASE };
  assert.equal(isCrossOrigin({ method: 'POST', headers }, BASE), false);
});

test('every method that changes something is looked at, and reading never is', () => {
  const headers = { host: 'developer.example.com', origin: 'https://evil.example' };
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'PROPFIND', 'post']) {
    assert.equal(isCrossOrigin({ method, headers }, BASE), true, method);
  }
  for (const method of ['GET', 'HEAD', 'OPTIONS']) {
    assert.equal(isCrossOrigin({ method, headers }, BASE), false, method);
  }
});

test('a form token fits the session and key that it was made for, and nothing near them', () => {
  fc.assert(
    fc.property(fc.uuid(), fc.uuid(), fc.uuid(), fc.string(), (session, other, userId, noise) => {
      const key = deriveKeys([randomBytes(32)], 'csrf');
      const token = issueCsrf(key, { sessionId: session, userId });
      assert.equal(checkCsrf(key, session, token), true);
      assert.equal(checkCsrf(deriveKeys([randomBytes(32)], 'csrf'), session, token), false);
      if (other !== session) assert.equal(checkCsrf(key, other, token), false);
      assert.equal(checkCsrf(key, session, noise), false);
      assert.equal(checkCsrf(key, session, token.slice(1)), false);
      assert.equal(checkCsrf(key, session, token + token), false);
      // Pages of the version before have the part of the session alone; its check stops at the `=`.
      const [mac = ''] = token.split('=');
      assert.equal(checkCsrf(key, session, mac), true);
      assert.deepEqual(Buffer.from(token, 'base64url'), Buffer.from(mac, 'base64url'));
      assert.equal(csrfOwner(key, token), userId);
      for (const forged of [
        mac,
        `${mac}=`,
        `${mac}=${userId}`,
        token.replace(userId, other),
        `${token}=`,
        token.slice(0, -1),
      ]) {
        if (forged === token) continue;
        assert.equal(csrfOwner(key, forged), null, forged);
        if (forged !== mac) assert.equal(checkCsrf(key, session, forged), false, forged);
      }
    }),
  );
});
