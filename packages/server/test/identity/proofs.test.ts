import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createIdentity } from '../../src/identity/identity.ts';
import { deriveKeys } from '../../src/keys/keys.ts';
import { randomBytes } from '../../src/kit/random.ts';
import {
  browser,
  cheapHasher,
  NEW_PASSWORD,
  openAccounts,
  PASSWORD,
  type AccountStage,
} from './stage.ts';

let stage: AccountStage;
before(async () => {
  stage = await openAccounts({
    // Many people in one file: the limits have tests of their own.
    change: (config) => ({
      ...config,
      attempts: { windowSeconds: 900, perAccount: 100, perAddress: 10_000 },
    }),
  });
});
after(() => stage.stop());

const outcomesOf = (all: readonly { outcome: string }[]): Record<string, number> =>
  Object.fromEntries(
    [...Map.groupBy(all, ({ outcome }) => outcome)].map(([name, some]) => [name, some.length]),
  );

const verify = (proof: string, browserToken: string | null, password: string | null = null) =>
  stage.modules.accounts.verifyEmail(
    { proof, browserToken, signedInUserId: null, password },
    browser(),
  );

test('a link of 50 parallel clicks signs in exactly once', async () => {
  const { browserToken } = await stage.unproved('fifty@example.com');
  const proof = await stage.proofFor('fifty@example.com', 'verify-email');
  const outcomes = await Promise.all(Array.from({ length: 50 }, () => verify(proof, browserToken)));
  assert.deepEqual(outcomesOf(outcomes), { verified: 1, 'dead-link': 49 });
});

test('looking at a link, as scanners of mail do, spends nothing', async () => {
  const { browserToken } = await stage.unproved('scanned@example.com');
  const proof = await stage.proofFor('scanned@example.com', 'verify-email');
  const request = { proof, browserToken: null, signedInUserId: null, password: null };
  for (let index = 0; index < 20; index++) {
    assert.equal(await stage.modules.accounts.inspectVerification(request), 'password-needed');
  }
  assert.equal((await verify(proof, browserToken)).outcome, 'verified');
});

test('another browser needs the password, and a wrong one spends nothing', async () => {
  const { browserToken } = await stage.unproved('elsewhere@example.com');
  const proof = await stage.proofFor('elsewhere@example.com', 'verify-email');
  assert.deepEqual(await verify(proof, null), { outcome: 'password-needed', isWrong: false });
  assert.deepEqual(await verify(proof, 'the cookie of another', 'not the password'), {
    outcome: 'password-needed',
    isWrong: true,
  });
  assert.equal((await verify(proof, null, PASSWORD)).outcome, 'verified');
  assert.equal((await verify(proof, browserToken)).outcome, 'dead-link');
});

test('a link ends after 24 hours, and when a newer one is sent', async () => {
  const { browserToken } = await stage.unproved('late@example.com');
  const first = await stage.proofFor('late@example.com', 'verify-email');
  stage.time.now += 24 * 3600 - 1;
  const user = await stage.modules.storage.users.byEmail('late@example.com');
  assert.ok(user !== null);
  const request = { proof: first, browserToken, signedInUserId: null, password: null };
  assert.equal(await stage.modules.accounts.inspectVerification(request), 'one-click');
  await stage.modules.accounts.resendVerification(user, browser());
  assert.equal((await verify(first, browserToken)).outcome, 'dead-link');
  const second = await stage.proofFor('late@example.com', 'verify-email');
  assert.notEqual(second, first);
  stage.time.now += 24 * 3600;
  assert.equal((await verify(second, null, PASSWORD)).outcome, 'dead-link');
});

test('a proof is bound to its purpose, its id and its secret', async () => {
  const { browserToken } = await stage.unproved('bound@example.com');
  const proof = await stage.proofFor('bound@example.com', 'verify-email');
  const [id = '', secret = ''] = proof.split('.');
  const flipped = (secret.startsWith('A') ? 'B' : 'A') + secret.slice(1);
  for (const forged of [
    '',
    id,
    `${id}.`,
    `${id}.${flipped}`,
    `${id.toUpperCase()}.${secret}`,
    `00000000-0000-4000-8000-000000000000.${secret}`,
    `${id}.${secret}${'A'.repeat(1000)}`,
  ]) {
    assert.equal((await verify(forged, browserToken, PASSWORD)).outcome, 'dead-link', forged);
  }
  const asReset = { proof, password: NEW_PASSWORD };
  const reset = await stage.modules.accounts.resetPassword(asReset, browser());
  assert.equal(reset.outcome, 'dead-link');
  assert.equal((await verify(proof, browserToken)).outcome, 'verified');
});

test('a reset link works once under 50 parallel submissions, for one hour, and ends those sent before it', async () => {
  const { accounts } = stage.modules;
  const email = 'reset@example.com';
  await stage.person(email);
  await accounts.requestReset(email, browser());
  const old = await stage.proofFor(email, 'reset-password');
  await accounts.requestReset(email, browser());
  const proof = await stage.proofFor(email, 'reset-password');
  assert.equal(await accounts.isResetLive(old), true);
  const outcomes = await Promise.all(
    Array.from({ length: 50 }, () =>
      accounts.resetPassword({ proof, password: NEW_PASSWORD }, browser()),
    ),
  );
  assert.deepEqual(outcomesOf(outcomes), { reset: 1, 'dead-link': 49 });
  assert.equal(await accounts.isResetLive(old), false);
  await accounts.requestReset(email, browser());
  const late = await stage.proofFor(email, 'reset-password');
  stage.time.now += 3600;
  assert.equal(await accounts.isResetLive(late), false);
  const outcome = await accounts.resetPassword({ proof: late, password: PASSWORD }, browser());
  assert.equal(outcome.outcome, 'dead-link');
});

test('a suspended user is nobody to a reset, before and after it was asked for', async () => {
  const { accounts } = stage.modules;
  const email = 'suspended@example.com';
  const user = await stage.person(email);
  await accounts.requestReset(email, browser());
  const proof = await stage.proofFor(email, 'reset-password');
  const origin = { source: 'cli', client: 'cli/test', address: null, actorId: null } as const;
  await accounts.setSuspended({ userId: user.id, isSuspended: true, origin });
  const outcome = await accounts.resetPassword({ proof, password: NEW_PASSWORD }, browser());
  assert.equal(outcome.outcome, 'dead-link');
  await accounts.requestReset(email, browser());
  assert.equal((await stage.mailTo(email))[0]?.kind, 'no-such-account');
});

test('of 20 first users who prove their address at once, exactly one becomes the operator', async () => {
  const fresh = await openAccounts();
  try {
    const people = Array.from({ length: 20 }, (_, index) => `first-${index}@example.com`);
    const proofs = [];
    for (const [index, email] of people.entries()) {
      const from = browser(`192.0.2.${index}`);
      const { browserToken } = await fresh.unproved(email, from);
      proofs.push({ browserToken, proof: await fresh.proofFor(email, 'verify-email') });
    }
    const outcomes = await Promise.all(
      proofs.map((given) =>
        fresh.modules.accounts.verifyEmail(
          { ...given, signedInUserId: null, password: null },
          browser(),
        ),
      ),
    );
    assert.deepEqual(outcomesOf(outcomes), { verified: 20 });
    const { items } = await fresh.modules.storage.users.list('', { page: 1, pageSize: 100 });
    assert.equal(items.filter(({ isOperator }) => isOperator).length, 1);
  } finally {
    await fresh.stop();
  }
});

test('a first user who proves the address by a reset is the operator as well', async () => {
  const fresh = await openAccounts();
  try {
    await fresh.unproved('lost-the-link@example.com');
    await fresh.modules.accounts.requestReset('lost-the-link@example.com', browser());
    const proof = await fresh.proofFor('lost-the-link@example.com', 'reset-password');
    const form = { proof, password: NEW_PASSWORD };
    assert.equal((await fresh.modules.accounts.resetPassword(form, browser())).outcome, 'reset');
    const user = await fresh.modules.storage.users.byEmail('lost-the-link@example.com');
    assert.ok(user !== null);
    assert.notEqual(user.emailVerifiedAt, null);
    assert.equal(user.isOperator, true);
    const { items } = await fresh.modules.storage.events.list(
      { userId: user.id },
      { page: 1, pageSize: 20 },
    );
    const types = items.map(({ type }) => type);
    for (const type of ['email_confirmed', 'operator_added', 'password_changed'] as const) {
      assert.ok(types.includes(type), type);
    }
  } finally {
    await fresh.stop();
  }
});

test('a link of the command line, which was sent to no address, sets the password and proves none', async () => {
  const email = 'handed-over@example.com';
  await stage.unproved(email);
  const { accounts, storage } = stage.modules;
  const user = await storage.users.byEmail(email);
  assert.ok(user !== null);
  const origin = { source: 'cli', client: 'cli/test', address: null, actorId: null } as const;
  const reset = (proof: string) =>
    accounts.resetPassword({ proof, password: NEW_PASSWORD }, browser());
  assert.equal((await reset(await accounts.issueReset({ user, origin }))).outcome, 'reset');
  const changed = await stage.reread(user);
  assert.notEqual(changed.passwordHash, user.passwordHash);
  assert.equal(changed.emailVerifiedAt, null);
  await accounts.requestReset(email, browser());
  assert.equal((await reset(await stage.proofFor(email, 'reset-password'))).outcome, 'reset');
  assert.notEqual((await stage.reread(user)).emailVerifiedAt, null);
});

test('two sign-ups with one address at once make one user, also when neither sees the other', async () => {
  const { modules } = stage;
  const { storage, config } = modules;
  // What two transactions of PostgreSQL see: a user who is not committed yet is not there.
  const racing = createIdentity({
    storage: {
      ...storage,
      transaction: (work) =>
        storage.transaction((stores) => {
          let isFirstLook = true;
          const byEmail = (email: string) => {
            const answer = isFirstLook ? Promise.resolve(null) : stores.users.byEmail(email);
            isFirstLook = false;
            return answer;
          };
          return work({ ...stores, users: { ...stores.users, byEmail } });
        }),
    },
    passwords: cheapHasher(),
    clock: modules.clock,
    randomBytes,
    policy: config,
    rules: modules.rules,
    brandName: config.brand.name,
    proofKeys: deriveKeys(config.masterSecrets, 'e-mail proof'),
    onDropped: () => undefined,
    onMail: () => undefined,
  });
  const form = { name: 'Ada', email: 'twice@example.com', password: PASSWORD };
  const outcomes = await Promise.all([
    racing.signUp(form, browser()),
    racing.signUp(form, browser()),
  ]);
  assert.deepEqual(outcomesOf(outcomes), { sent: 2 });
  const kinds = (await stage.mailTo('twice@example.com')).map(({ kind }) => kind);
  assert.deepEqual(kinds.toSorted(), ['address-in-use', 'verify-email']);
});

test('a second sign-up changes neither the password nor the link of the first', async () => {
  const email = 'squatted@example.com';
  const { browserToken } = await stage.unproved(email);
  const proof = await stage.proofFor(email, 'verify-email');
  const form = { name: 'Mallory', email, password: NEW_PASSWORD };
  const second = await stage.modules.accounts.signUp(form, browser('203.0.113.9'));
  assert.equal(second.outcome, 'sent');
  if (second.outcome !== 'sent') return;
  const with2 = await verify(proof, second.browserToken, NEW_PASSWORD);
  assert.deepEqual(with2, { outcome: 'password-needed', isWrong: true });
  assert.equal((await verify(proof, browserToken)).outcome, 'verified');
  assert.equal((await stage.modules.storage.users.byEmail(email))?.name, 'Ada Example');
});
