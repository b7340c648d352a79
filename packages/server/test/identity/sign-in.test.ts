import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  createPasswordHasher,
  type PasswordHasher,
} from '../../src/identity/authentication/password.ts';
import { randomBytes } from '../../src/kit/random.ts';
import {
  browser,
  cheapHasher,
  NEW_PASSWORD,
  openAccounts,
  PASSWORD,
  type AccountStage,
} from './stage.ts';

const SENDER = { address: null, account: 'nobody' };

/** A real hasher whose verdicts wait at a gate when it is closed: what a long queue does. */
function gatedHasher() {
  const hasher = cheapHasher();
  let gate: PromiseWithResolvers<void> | null = null;
  let arrived = Promise.withResolvers<void>();
  return {
    hash: (...given: Parameters<PasswordHasher['hash']>) => hasher.hash(...given),
    async verify(...given: Parameters<PasswordHasher['verify']>) {
      const verdict = await hasher.verify(...given);
      arrived.resolve();
      await gate?.promise;
      return verdict;
    },
    waiting: 0,
    close() {
      gate = Promise.withResolvers<void>();
      arrived = Promise.withResolvers<void>();
    },
    /** Resolves when a verdict stands at the gate. */
    arrival: () => arrived.promise,
    open() {
      gate?.resolve();
      gate = null;
    },
  } satisfies PasswordHasher & Record<string, unknown>;
}

const gated = gatedHasher();
let stage: AccountStage;
before(async () => {
  stage = await openAccounts({ passwords: gated });
});
after(() => stage.stop());

const origin = { source: 'cli', client: 'cli/test', address: null, actorId: null } as const;

async function reset(email: string): Promise<void> {
  await stage.modules.accounts.requestReset(email, browser());
  const proof = await stage.proofFor(email, 'reset-password');
  const form = { proof, password: NEW_PASSWORD };
  const outcome = await stage.modules.accounts.resetPassword(form, browser());
  assert.equal(outcome.outcome, 'reset');
}

const sessionsOf = (userId: string) => stage.modules.storage.sessions.ofUser(userId);

test('a sign-in with the old password does not outlive a reset that is answered meanwhile', async () => {
  const user = await stage.person('race@example.com');
  gated.close();
  const signingIn = stage.modules.accounts.signIn(
    { email: user.email, password: PASSWORD },
    browser(),
  );
  await gated.arrival();
  await reset(user.email);
  gated.open();
  assert.equal((await signingIn).outcome, 'refused');
  assert.deepEqual(await sessionsOf(user.id), []);
});

test('a sign-in does not outlive a suspension that is answered meanwhile', async () => {
  const user = await stage.person('suspended@example.com');
  gated.close();
  const signingIn = stage.modules.accounts.signIn(
    { email: user.email, password: PASSWORD },
    browser(),
  );
  await gated.arrival();
  await stage.modules.accounts.setSuspended({ userId: user.id, isSuspended: true, origin });
  gated.open();
  assert.equal((await signingIn).outcome, 'refused');
  assert.deepEqual(await sessionsOf(user.id), []);
});

test('a change of password that was proved with the old one does not undo a reset', async () => {
  const user = await stage.person('undo@example.com');
  gated.close();
  const change = { user, current: PASSWORD, password: 'chosen by the thief', keepSessionId: 'x' };
  const changing = stage.modules.accounts.changePassword(change, browser());
  await gated.arrival();
  await reset(user.email);
  gated.open();
  assert.deepEqual(await changing, {
    outcome: 'invalid',
    errors: { current_password: 'This is not your current password.' },
  });
  const { passwordHash } = await stage.reread(user);
  assert.equal((await gated.verify(NEW_PASSWORD, passwordHash, SENDER)).matches, true);
});

test('a hash made with other parameters is made again at the next sign-in, and not at a wrong one', async () => {
  const user = await stage.person('rehash@example.com');
  const old = createPasswordHasher({
    randomBytes,
    cost: { memory: 16, passes: 2, parallelism: 1 },
  });
  const passwordHash = await old.hash(PASSWORD, SENDER);
  await stage.modules.storage.users.update(user.id, { passwordHash });
  await stage.modules.accounts.signIn({ email: user.email, password: 'wrong' }, browser());
  assert.equal((await stage.reread(user)).passwordHash, passwordHash);
  const outcome = await stage.modules.accounts.signIn(
    { email: user.email, password: PASSWORD },
    browser(),
  );
  assert.equal(outcome.outcome, 'signed-in');
  const renewed = (await stage.reread(user)).passwordHash ?? '';
  assert.match(renewed, /^\$argon2id\$v=19\$m=8,t=1,p=1\$/);
  assert.deepEqual(await cheapHasher().verify(PASSWORD, renewed, SENDER), {
    matches: true,
    isOutdated: false,
  });
  // It is the same password: nobody is told that it changed.
  const kinds = (await stage.mailTo(user.email)).map(({ kind }) => kind);
  assert.equal(kinds.includes('password-changed'), false);
});

test('every sign-in starts a session of its own, stored only as a hash', async () => {
  const user = await stage.person('sessions@example.com');
  const signIn = () =>
    stage.modules.accounts.signIn({ email: user.email, password: PASSWORD }, browser());
  const [one, two] = [await signIn(), await signIn()];
  assert.ok(one.outcome === 'signed-in' && two.outcome === 'signed-in');
  assert.notEqual(one.started.token, two.started.token);
  assert.notEqual(one.started.session.id, two.started.session.id);
  // 256 random bits.
  assert.equal(Buffer.from(one.started.token, 'base64url').length, 32);
  const stored = JSON.stringify(await sessionsOf(user.id));
  assert.equal(stored.includes(one.started.token), false);
});

test('nobody, a wrong password and a suspended user with the right one get the same outcome', async () => {
  const user = await stage.person('same@example.com');
  const signIn = (email: string, password: string) =>
    stage.modules.accounts.signIn({ email, password }, browser());
  const outcomes = [
    await signIn('nobody@example.com', PASSWORD),
    await signIn('not an address', PASSWORD),
    await signIn(user.email, 'wrong'),
  ];
  await stage.modules.accounts.setSuspended({ userId: user.id, isSuspended: true, origin });
  outcomes.push(await signIn(user.email, PASSWORD));
  for (const outcome of outcomes) assert.deepEqual(outcome, { outcome: 'refused' });
});
