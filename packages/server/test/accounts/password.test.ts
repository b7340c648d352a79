import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { faultOfPassword } from '../../src/accounts/password-policy.ts';
import { createPasswordHasher, PasswordQueueFull } from '../../src/accounts/password.ts';

const cheap = { memory: 8, passes: 1, parallelism: 1 };

test('a password matches its own hash and no other', async () => {
  const hasher = createPasswordHasher({ randomBytes, cost: cheap });
  const phc = await hasher.hash('copper lantern drifting');
  assert.match(phc, /^\$argon2id\$v=19\$m=8,t=1,p=1\$[\w+/]{22}\$[\w+/]{43}$/);
  assert.deepEqual(await hasher.verify('copper lantern drifting', phc), {
    matches: true,
    isOutdated: false,
  });
  assert.equal((await hasher.verify('copper lantern drifted', phc)).matches, false);
});

test('the default parameters are the ones that OWASP recommends', async () => {
  const phc = await createPasswordHasher({ randomBytes }).hash('copper lantern drifting');
  assert.match(phc, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
});

test('a hash made with other parameters still matches and is called outdated', async () => {
  const phc = await createPasswordHasher({ randomBytes, cost: { ...cheap, passes: 2 } }).hash(
    'copper lantern',
  );
  const check = await createPasswordHasher({ randomBytes, cost: cheap }).verify(
    'copper lantern',
    phc,
  );
  assert.deepEqual(check, { matches: true, isOutdated: true });
});

test('nobody never matches', async () => {
  const hasher = createPasswordHasher({ randomBytes, cost: cheap });
  assert.deepEqual(await hasher.verify('', null), { matches: false, isOutdated: false });
});

test('passwords beyond the queue are turned away instead of piling up', async () => {
  const hasher = createPasswordHasher({ randomBytes, cost: cheap, concurrency: 1, mostWaiting: 2 });
  const results = await Promise.allSettled(
    Array.from({ length: 10 }, () => hasher.hash('a password')),
  );
  const refused = results.filter((result) => result.status === 'rejected');
  assert.ok(refused.length > 0);
  assert.ok(refused.every((result) => result.reason instanceof PasswordQueueFull));
});

test('short, endless, common and personal passwords are refused with a reason', async () => {
  assert.match((await faultOfPassword('short', [])) ?? '', /at least 10/);
  assert.match((await faultOfPassword('x'.repeat(257), [])) ?? '', /at most 256/);
  assert.match((await faultOfPassword('password123', [])) ?? '', /easy to guess/);
  assert.match(
    (await faultOfPassword('adaexample1', ['Ada Example', 'adaexample1'])) ?? '',
    /easy/,
  );
});

test('a few unrelated words are accepted', async () => {
  assert.equal(await faultOfPassword('copper lantern drifting north', ['Ada']), null);
});
