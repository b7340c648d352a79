/** Secrets are compared by one function, in constant time: what no test can time, the source can show. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { equalBytes } from '../../src/kit/hash.ts';
import { sources } from './source.ts';

const files = sources('src/**/*.ts').filter(({ path }) => path !== 'src/kit/hash.ts');

/** Names of what only its holder may know, or of its hash, beside a comparison with something that is no constant. */
const COMPARED =
  /\b\w*(?:secretHash|refreshHash|previousHash|handleHash|browserHash|[mM]ac|[cC]srf|[sS]ignature|[tT]icket)\b\s*[!=]==?\s*(?!null|undefined|''|`)\w/;
const OTHER_WAYS = /Buffer\.compare\(|\.compare\(|\.equals\(|timingSafeEqual/;

test('one function compares, and it compares in constant time', () => {
  const [hash] = sources('src/kit/hash.ts');
  assert.match(
    hash?.text ?? '',
    /equalBytes = [^;]*left\.length === right\.length && timingSafeEqual\(left, right\);/,
  );
  assert.equal(equalBytes(new Uint8Array([1, 2]), new Uint8Array([1, 2])), true);
  assert.equal(equalBytes(new Uint8Array([1, 2]), new Uint8Array([1, 3])), false);
  assert.equal(equalBytes(new Uint8Array([1, 2]), new Uint8Array([1])), false);
});

test('nothing else compares bytes or secrets', () => {
  const wrong = files
    .filter(({ text }) => COMPARED.test(text) || OTHER_WAYS.test(text))
    .map(({ path }) => path);
  assert.deepEqual(wrong, []);
});

test('whatever proves a secret does it by that function', () => {
  const proving = files.filter(({ text }) => /\bequalBytes\(/.test(text)).map(({ path }) => path);
  for (const path of [
    'src/identity/authentication/password.ts',
    'src/identity/authentication/proof.ts',
    'src/identity/accounts/verification.ts',
    'src/oauth/tokens/readers.ts',
    'src/http/csrf.ts',
    'src/oauth/authorize/seal.ts',
    'src/oauth/client-authentication/secret.ts',
    'src/oauth/grants/authorization-code.ts',
    'src/oauth/grants/refresh-token.ts',
    'src/oauth/pkce.ts',
    'src/oauth/tokens/refresh-token.ts',
    'src/oauth/tokens/revoke.ts',
  ])
    assert.ok(proving.includes(path), path);
});
