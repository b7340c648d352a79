/** Which keys a client may be registered with. */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { readJwks } from '../../src/oauth/clients/jwks.ts';

const pairs = {
  EC: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  OKP: generateKeyPairSync('ed25519'),
  RSA: generateKeyPairSync('rsa', { modulusLength: 2048 }),
};

const publicOf = (kind: keyof typeof pairs) => ({
  ...pairs[kind].publicKey.export({ format: 'jwk' }),
  kid: kind,
  use: 'sig',
});

const faultOf = (value: unknown): string => {
  const read = readJwks(value);
  return read.outcome === 'invalid' ? read.fault : '';
};

test('public keys are taken as they were sent', () => {
  const jwks = { keys: [publicOf('EC'), publicOf('OKP'), publicOf('RSA')] };
  assert.deepEqual(readJwks(jwks), { outcome: 'valid', jwks });
});

test('private keys are refused, whatever their type, and so is each of their members alone', () => {
  for (const kind of ['EC', 'OKP', 'RSA'] as const) {
    const whole = pairs[kind].privateKey.export({ format: 'jwk' });
    assert.match(faultOf({ keys: [whole] }), /^Key 1: leave out "d"/, kind);
    const added = Object.keys(whole).filter((name) => !Object.hasOwn(publicOf(kind), name));
    assert.ok(added.length > 0);
    for (const name of added)
      assert.match(faultOf({ keys: [{ ...publicOf(kind), [name]: 'x' }] }), /private key/, name);
  }
  assert.match(faultOf({ keys: [{ ...publicOf('EC'), k: 'x' }] }), /private key/);
});

test('what is no set of public keys is refused', () => {
  const { privateKey: _, publicKey: short } = generateKeyPairSync('rsa', { modulusLength: 1024 });
  const wrong: readonly (readonly [value: unknown, fault: RegExp])[] = [
    [null, /JWK Set/],
    ['{}', /JWK Set/],
    [{ keys: {} }, /JWK Set/],
    [{ keys: [] }, /1 to 20/],
    [{ keys: Array.from({ length: 21 }, () => publicOf('EC')) }, /1 to 20/],
    [{ keys: [{ ...publicOf('EC'), note: 'x'.repeat(20_000) }] }, /characters/],
    [{ keys: [publicOf('EC'), 7] }, /^Key 2: it is no object/],
    [{ keys: [{ kty: 'oct' }] }, /RSA, EC or OKP/],
    [{ keys: [{ kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA' }] }, /no public key/],
    [{ keys: [short.export({ format: 'jwk' })] }, /2048 bits/],
  ];
  for (const [value, fault] of wrong) assert.match(faultOf(value), fault);
});
