import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { faultOfPassword } from '../../src/identity/authentication/password-policy.ts';
import {
  createPasswordHasher,
  PasswordQueueFull,
} from '../../src/identity/authentication/password.ts';

const cheap = { memory: 8, passes: 1, parallelism: 1 };
const SENDER = { address: '192.0.2.1', account: 'ada@example.com' };

test('a password matches its own hash and no other', async () => {
  const hasher = createPasswordHasher({ randomBytes, cost: cheap });
  const phc = await hasher.hash('copper lantern drifting', SENDER);
  assert.match(phc, /^\$argon2id\$v=19\$m=8,t=1,p=1\$[\w+/]{22}\$[\w+/]{43}$/);
  assert.deepEqual(await hasher.verify('copper lantern drifting', phc, SENDER), {
    matches: true,
    isOutdated: false,
  });
  assert.equal((await hasher.verify('copper lantern drifted', phc, SENDER)).matches, false);
});

test('the default parameters are the ones that OWASP recommends', async () => {
  const phc = await createPasswordHasher({ randomBytes }).hash('copper lantern drifting', SENDER);
  assert.match(phc, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
});

test('a hash made with other parameters still matches and is called outdated', async () => {
  const phc = await createPasswordHasher({ randomBytes, cost: { ...cheap, passes: 2 } }).hash(
    'copper lantern',
    SENDER,
  );
  const check = await createPasswordHasher({ randomBytes, cost: cheap }).verify(
    'copper lantern',
    phc,
    SENDER,
  );
  assert.deepEqual(check, { matches: true, isOutdated: true });
});

test('nobody never matches', async () => {
  const hasher = createPasswordHasher({ randomBytes, cost: cheap });
  assert.deepEqual(await hasher.verify('', null, SENDER), { matches: false, isOutdated: false });
});

test('passwords beyond the queue are turned away instead of piling up', async () => {
  const hasher = createPasswordHasher({ randomBytes, cost: cheap, concurrency: 1, mostWaiting: 2 });
  const results = await Promise.allSettled(
    Array.from({ length: 10 }, () => hasher.hash('a password', SENDER)),
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

test('lengths are counted in characters, as they are hashed', async () => {
  const words = 'copper lantern drifting north, velvet harbour; ';
  assert.equal(await faultOfPassword(words.repeat(6).slice(0, 256), []), null);
  assert.match((await faultOfPassword(words.repeat(6).slice(0, 257), [])) ?? '', /at most 256/);
  // Outside the basic plane a character is two UTF-16 units; ten of them are enough and nine are not.
  const emoji = Array.from('🦊🌋🎻🧊🚲🥝🪁🧭🦉🪵');
  assert.equal(await faultOfPassword(emoji.join(''), []), null);
  assert.match((await faultOfPassword(emoji.slice(1).join(''), [])) ?? '', /at least 10/);
  assert.equal(Array.from(`${emoji.join('').repeat(25)}${words}`.slice(0, 512)).length > 256, true);
  // Six letters with their accents typed apart are twelve code points, and six characters.
  assert.match((await faultOfPassword('u\u0308'.repeat(6), [])) ?? '', /at least 10/);
});

test('the same password from another keyboard or system is the same password', async () => {
  const hasher = createPasswordHasher({ randomBytes, cost: cheap });
  const composed = await hasher.hash('Zu\u0308rich im No\u0308vember', SENDER);
  assert.equal((await hasher.verify('Zürich im Növember', composed, SENDER)).matches, true);
  const wide = await hasher.hash('ｃｏｐｐｅｒ lantern', SENDER);
  assert.equal((await hasher.verify('copper lantern', wide, SENDER)).matches, true);
  assert.equal((await hasher.verify('Copper lantern', wide, SENDER)).matches, false);
});

test('no more than the first 32 characters are judged, whatever comes after them', async () => {
  const strong = 'velvet harbour quietly sings north';
  const weak = 'a'.repeat(32);
  assert.match((await faultOfPassword(weak + strong, [])) ?? '', /easy to guess/);
  assert.match((await faultOfPassword(weak.slice(1) + strong[0], [])) ?? '', /easy to guess/);
  assert.equal(await faultOfPassword(strong.slice(0, 32) + weak.repeat(7).slice(0, 224), []), null);
});

test('nobody, an unreadable hash and a wrong password each take one place in the queue of hashing', async () => {
  const hasher = createPasswordHasher({ randomBytes, cost: cheap, concurrency: 1, mostWaiting: 1 });
  const known = await hasher.hash('copper lantern drifting', SENDER);
  for (const stored of [known, null, 'plain text']) {
    // One is at work, one waits, and a third finds no place: so each of them is hashed.
    const all = [1, 2, 3].map(() => hasher.verify('not it, surely', stored, SENDER));
    const results = await Promise.allSettled(all);
    const refused = results.filter((result) => result.status === 'rejected');
    assert.ok(refused.length > 0 && refused.length < 3, String(stored));
    assert.ok(refused.every(({ reason }) => reason instanceof PasswordQueueFull));
  }
});

test('a hash that cannot be read matches nothing and costs as much as nobody', async () => {
  const hasher = createPasswordHasher({ randomBytes, cost: cheap });
  for (const phc of ['', 'plain text', '$argon2i$v=19$m=8,t=1,p=1$AAAA$AAAA', '$2b$10$abcdefg']) {
    assert.equal((await hasher.verify('', phc, SENDER)).matches, false, phc);
  }
});
