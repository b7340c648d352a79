import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { networkOf } from '../../src/kit/network.ts';
import { browser, NEW_PASSWORD, openAccounts, PASSWORD, type AccountStage } from './stage.ts';

let stage: AccountStage;
let address: string;
let count = 0;
before(async () => {
  stage = await openAccounts();
});
// Every test from a network of its own, an hour after the one before.
beforeEach(() => {
  address = `198.51.100.${++count}`;
  stage.time.now += 3600;
});
after(() => stage.stop());

const guess = (email: string, password = 'not the password', from = browser(address)) =>
  stage.modules.accounts.signIn({ email, password }, from);

/** From so many networks that only the limit of the account counts. */
const elsewhere = (index: number) => browser(`203.0.113.${index}`);

test('100 guesses at once from everywhere get exactly the ten that an account allows', async () => {
  await stage.person('parallel@example.com');
  const outcomes = await Promise.all(
    Array.from({ length: 100 }, (_, index) =>
      guess('parallel@example.com', 'not the password', elsewhere(index)),
    ),
  );
  assert.equal(outcomes.filter(({ outcome }) => outcome === 'refused').length, 10);
  assert.equal(outcomes.filter(({ outcome }) => outcome === 'limited').length, 90);
});

test('100 guesses at once from one address get exactly its fifty', async () => {
  const outcomes = await Promise.all(
    Array.from({ length: 100 }, (_, index) => guess(`nobody-${index}@example.com`)),
  );
  assert.equal(outcomes.filter(({ outcome }) => outcome === 'refused').length, 50);
});

test('an unknown account is limited as a known one is', async () => {
  for (let index = 0; index < 10; index++) {
    assert.equal((await guess('unknown@example.com', 'x', elsewhere(index))).outcome, 'refused');
  }
  assert.equal((await guess('unknown@example.com')).outcome, 'limited');
});

test('the right password does not help once the limit is reached, and does after the window', async () => {
  await stage.person('window@example.com');
  for (let index = 0; index < 10; index++) await guess('window@example.com');
  const limited = await guess('window@example.com', PASSWORD);
  assert.deepEqual(limited, { outcome: 'limited', retryAfterSeconds: 900 });
  stage.time.now += 899;
  const nearly = await guess('window@example.com', PASSWORD);
  assert.deepEqual(nearly, { outcome: 'limited', retryAfterSeconds: 1 });
  stage.time.now += 1;
  assert.equal((await guess('window@example.com', PASSWORD)).outcome, 'signed-in');
});

test('capitals and spaces around an address name the same account', async () => {
  await stage.person('variants@example.com');
  const spellings = [
    'variants@example.com',
    ' variants@example.com',
    'VARIANTS@EXAMPLE.COM',
    'Variants@Example.Com\t',
    '\u00a0variants@example.com\n',
  ];
  for (let index = 0; index < 10; index++) {
    await guess(spellings[index % spellings.length] ?? '', 'x', elsewhere(index));
  }
  for (const spelling of spellings) {
    assert.equal((await guess(spelling, PASSWORD)).outcome, 'limited', JSON.stringify(spelling));
  }
});

test('a right password resets the count of the account', async () => {
  await stage.person('resets@example.com');
  for (let round = 0; round < 3; round++) {
    for (let index = 0; index < 9; index++) await guess('resets@example.com');
    assert.equal((await guess('resets@example.com', PASSWORD)).outcome, 'signed-in');
    stage.time.now += 1;
  }
});

test("one's own right password does not buy an address more guesses at others", async () => {
  await stage.person('mallory@example.com');
  let refused = 0;
  for (let index = 0; index < 80; index++) {
    const { outcome } = await guess(`victim-${index}@example.com`);
    if (outcome === 'refused') refused += 1;
    await guess('mallory@example.com', PASSWORD);
  }
  assert.equal(refused, 50);
});

test('an address over its limit adds to the count of no account', async () => {
  await stage.person('spared@example.com');
  for (let index = 0; index < 50; index++) await guess(`filler-${index}@example.com`);
  for (let index = 0; index < 20; index++) {
    assert.equal((await guess('spared@example.com')).outcome, 'limited');
  }
  assert.equal((await guess('spared@example.com', PASSWORD, elsewhere(1))).outcome, 'signed-in');
});

test('a stranger cannot lock out a browser in which the user has signed in before', async () => {
  await stage.person('known@example.com');
  const own = browser(address, 'the cookie of a browser used before');
  assert.equal((await guess('known@example.com', PASSWORD, own)).outcome, 'signed-in');
  stage.time.now += 1;
  // The account's limit and the address's, which both may share behind one router.
  for (let index = 0; index < 20; index++) await guess('known@example.com');
  for (let index = 0; index < 60; index++) await guess(`neighbour-${index}@example.com`);
  const stranger = browser(address, 'the cookie of another browser');
  assert.equal((await guess('known@example.com', PASSWORD, stranger)).outcome, 'limited');
  assert.equal((await guess('known@example.com', PASSWORD, own)).outcome, 'signed-in');
  assert.equal((await guess('known@example.com', PASSWORD, stranger)).outcome, 'limited');
});

test('a known browser has its own ten guesses, at its own user alone', async () => {
  await stage.person('owner@example.com');
  await stage.person('other@example.com');
  const own = browser(address, 'a browser that somebody else sits at now');
  await guess('owner@example.com', PASSWORD, own);
  for (let index = 0; index < 10; index++) {
    assert.equal((await guess('owner@example.com', 'x', own)).outcome, 'refused');
  }
  assert.equal((await guess('owner@example.com', PASSWORD, own)).outcome, 'limited');
  // Another user's limit is not widened by the cookie.
  for (let index = 0; index < 10; index++) await guess('other@example.com', 'x', own);
  assert.equal((await guess('other@example.com', PASSWORD, own)).outcome, 'limited');
});

test('a password reset makes every browser new again but the one that followed the link', async () => {
  await stage.person('forgets@example.com');
  const thief = browser(address, 'the browser of somebody who knew the old password');
  await guess('forgets@example.com', PASSWORD, thief);
  await stage.modules.accounts.requestReset('forgets@example.com', browser(address));
  const proof = await stage.proofFor('forgets@example.com', 'reset-password');
  const form = { proof, password: NEW_PASSWORD };
  const own = browser(address, 'the browser that the mail was read in');
  const reset = await stage.modules.accounts.resetPassword(form, own);
  assert.equal(reset.outcome, 'reset');
  for (let index = 0; index < 10; index++) await guess('forgets@example.com');
  assert.equal((await guess('forgets@example.com', 'x', thief)).outcome, 'limited');
  assert.equal((await guess('forgets@example.com', NEW_PASSWORD, own)).outcome, 'signed-in');
});

test('a change of password makes every other browser new again', async () => {
  await stage.person('changes@example.com');
  const thief = browser(address, 'the browser of somebody who knew the old password');
  const own = browser(address, 'the browser in which the password is changed');
  await guess('changes@example.com', PASSWORD, thief);
  await guess('changes@example.com', PASSWORD, own);
  const user = await stage.modules.storage.users.byEmail('changes@example.com');
  assert.ok(user !== null);
  const change = { user, current: PASSWORD, password: NEW_PASSWORD, keepSessionId: 'x' };
  const outcome = await stage.modules.accounts.changePassword(change, own);
  assert.equal(outcome.outcome, 'changed');
  for (let index = 0; index < 10; index++) await guess('changes@example.com');
  assert.equal((await guess('changes@example.com', 'x', thief)).outcome, 'limited');
  assert.equal((await guess('changes@example.com', NEW_PASSWORD, own)).outcome, 'signed-in');
});

test('guesses at the current password in a stolen session lock out no other session, whatever they ask for', async () => {
  const user = await stage.person('stolen@example.com');
  const { accounts } = stage.modules;
  const origin = { source: 'portal', client: 'web', address, actorId: user.id } as const;
  const change = (keepSessionId: string, current: string) =>
    accounts.changePassword({ user, current, password: NEW_PASSWORD, keepSessionId }, elsewhere(1));
  const begun = await guess('stolen@example.com', PASSWORD, elsewhere(2));
  assert.ok(begun.outcome === 'signed-in');
  const { session } = begun.started;
  for (let index = 0; index < 10; index++)
    assert.equal((await change(session.id, 'x')).outcome, 'invalid');
  assert.equal((await change(session.id, PASSWORD)).outcome, 'limited');
  const prover = { user, session, origin, password: PASSWORD };
  assert.equal((await accounts.proveByPassword(prover, elsewhere(3))).outcome, 'limited');
  assert.equal((await change('the session of its owner', PASSWORD)).outcome, 'changed');
});

test('a live link of a reset cannot be sent without end', async () => {
  await stage.person('endless@example.com');
  await stage.modules.accounts.requestReset('endless@example.com', browser(address));
  const proof = await stage.proofFor('endless@example.com', 'reset-password');
  const attempt = () =>
    stage.modules.accounts.resetPassword({ proof, password: 'short' }, browser(address));
  for (let index = 0; index < 10; index++) assert.equal((await attempt()).outcome, 'invalid');
  assert.equal((await attempt()).outcome, 'limited');
});

test('a live link that undoes a change of the address costs ten hashes at the most, however often it is sent at once', async () => {
  const user = await stage.person('undone@example.com');
  await stage.changeEmail(user, 'next@example.com');
  const proof = await stage.proofFor(user.email, 'email-changed');
  const undo = () => stage.modules.accounts.undoEmailChange(proof, browser(address));
  const outcomes = await Promise.all(Array.from({ length: 30 }, undo));
  const count = (wanted: string) => outcomes.filter(({ outcome }) => outcome === wanted).length;
  assert.deepEqual([count('undone'), count('limited')], [1, 20]);
});

test('weak passwords are not judged for an address without end', async () => {
  const form = { name: 'Ada', email: 'weak@example.com', password: 'short' };
  const outcomes = [];
  for (let index = 0; index < 60; index++) {
    outcomes.push((await stage.modules.accounts.signUp(form, browser(address))).outcome);
  }
  assert.deepEqual(
    [outcomes.filter((one) => one === 'invalid').length, outcomes.at(-1)],
    [50, 'limited'],
  );
});

test('the networks of addresses', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::6', '2001:db8:1:2::/64'],
    ['2001:0db8:0001:0002::', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['2001:db8:0:1::1', '2001:db8:0:1::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['64:ff9b::192.0.2.7', '64:ff9b:0:0::/64'],
    ['not an address', 'not an address'],
  ];
  for (const [given, network] of cases) assert.equal(networkOf(given), network, given);
});

test('a subscriber with a whole /64 counts as one address', async () => {
  for (let index = 0; index < 50; index++) {
    const from = browser(`2001:db8:7:7::${index.toString(16)}`);
    assert.equal((await guess(`six-${index}@example.com`, 'x', from)).outcome, 'refused');
  }
  const next = browser('2001:db8:7:7:ffff:ffff:ffff:ffff');
  assert.equal((await guess('six@example.com', 'x', next)).outcome, 'limited');
  const neighbour = browser('2001:db8:7:8::1');
  assert.equal((await guess('six@example.com', 'x', neighbour)).outcome, 'refused');
});
