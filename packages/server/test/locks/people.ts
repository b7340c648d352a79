/** Every act of people that locks the row of somebody, by the file that does. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { User } from '../../src/identity/types.ts';
import type { EventType } from '../../src/audit/event.ts';
import { sha256 } from '../../src/kit/hash.ts';
import { linkTo, PASSWORD } from '../support/running-app.ts';
import type { Act, Arrange, Stage, Stores } from './stage.ts';

const cli = { source: 'cli', client: 'cli/test', address: null, actorId: null } as const;
const portalOf = ({ id }: User) =>
  ({ source: 'portal', client: 'web', address: '127.0.0.1', actorId: id }) as const;
const VISITOR = { address: '127.0.0.1', agent: 'Test/1.0', deviceToken: null };
const NEW_PASSWORD = 'velvet harbour quietly sings';

const outcomeOf = (result: unknown): unknown => (result as { readonly outcome?: unknown }).outcome;
const isOutcome =
  (expected: string) =>
  (result: unknown): void =>
    assert.equal(outcomeOf(result), expected);

const proofOf = (link: string): string => new URL(link).searchParams.get('proof') ?? '';

/** Another password, as a reset would set it; the links of before end with it. */
const otherPassword =
  ({ id }: User, at: number) =>
  ({ users }: Stores): Promise<void> =>
    users.update(id, { passwordHash: 'another', passwordChangedAt: at });

const suspended =
  ({ id }: User, at: number) =>
  ({ users }: Stores): Promise<void> =>
    users.update(id, { suspendedAt: at });

async function countOf({ modules }: Stage, { id: userId }: User, type: EventType): Promise<number> {
  const { items } = await modules.storage.events.list({ userId }, { page: 1, pageSize: 100 });
  return items.filter((event) => event.type === type).length;
}

async function resetProof({ modules }: Stage, user: User): Promise<string> {
  return modules.accounts.issueReset({ user, origin: cli });
}

/** Signed up in a browser, and has not proved the address. */
async function signedUp({ modules, place }: Stage) {
  const email = `${randomUUID()}@example.com`;
  const form = { name: 'Ada Example', email, password: PASSWORD };
  const sent = await modules.accounts.signUp(form, VISITOR);
  assert.ok(sent.outcome === 'sent');
  const user = await place.modules.storage.users.byEmail(email);
  assert.ok(user !== null);
  return { user, browserToken: sent.browserToken };
}

const proving = async (stage: Stage): Promise<Act> => {
  const { user } = await stage.place.person();
  const [session] = await stage.modules.storage.sessions.ofUser(user.id);
  assert.ok(session !== undefined);
  const prover = { user, session, origin: portalOf(user), password: PASSWORD };
  return {
    user,
    act: () => stage.modules.accounts.proveByPassword(prover, VISITOR),
    meanwhile: otherPassword(user, stage.now()),
    judge: isOutcome('wrong'),
  };
};

async function undoing(stage: Stage): Promise<Act> {
  const { accounts } = stage.modules;
  const user = await stage.place.user();
  const email = `${randomUUID()}@example.com`;
  await accounts.requestEmailChange({ user, email, origin: portalOf(user) }, VISITOR);
  const proof = proofOf(await linkTo(stage.place.running, email, '/confirm-email'));
  await accounts.confirmEmailChange({ proof, signedInUserId: user.id, password: null }, VISITOR);
  const undo = proofOf(await linkTo(stage.place.running, user.email, '/undo-email-change'));
  const at = stage.now();
  return {
    user,
    act: () => accounts.undoEmailChange(undo, VISITOR),
    // The account is deleted by whoever changed its address: that is undone too, when it is seen.
    meanwhile: ({ users }) =>
      users.update(user.id, {
        suspendedAt: at,
        deletionRequestedAt: at,
        deletionDueAt: at + 86_400,
        deletionRequestedBy: user.id,
      }),
    judge: isOutcome('undone'),
  };
}

/** A session that began while the act waited ends with the others. */
async function beginSession(stage: Stage, { id: userId }: User, { sessions }: Stores) {
  const at = stage.now();
  await sessions.insert({
    id: randomUUID(),
    userId,
    secretHash: sha256(randomUUID()),
    address: '127.0.0.1',
    agent: '',
    createdAt: at,
    lastSeenAt: at,
    expiresAt: at + 86_400,
    amr: { pwd: at },
  });
}

const due = (at: number) => ({
  suspendedAt: at,
  deletionRequestedAt: at,
  deletionDueAt: at,
  deletionRequestedBy: null,
});

const asked = (user: User) => ({
  userId: user.id,
  heirId: null,
  isNow: false,
  origin: portalOf(user),
});

export const LOCKED_BY_PEOPLE: Readonly<Record<string, readonly Arrange[]>> = {
  'identity/accounts/access.ts': [
    async (stage) => {
      const user = await stage.place.user();
      const key = randomUUID();
      const form = { description: 'x', scopes: ['asset.read'], lifeSeconds: null };
      const { accountId } = user;
      const actor = { user, origin: portalOf(user), ceiling: null };
      const made = await stage.modules.tokens.create(
        { ...form, accountId, creationKey: key },
        actor,
      );
      assert.ok(made.outcome === 'created');
      const late = { ...made.token, id: 'AAAAAAAAAAA1', creationKey: randomUUID() };
      return {
        user,
        act: () => stage.modules.accounts.endAllAccess({ user, origin: portalOf(user) }),
        meanwhile: ({ tokens }) => tokens.insert(late),
        judge: async () => {
          const token = await stage.modules.storage.tokens.byId(late.id);
          assert.notEqual(token?.revokedAt, null, 'what was made meanwhile ends too');
        },
      };
    },
  ],
  'identity/authentication/factor.ts': [
    async (stage) => {
      const user = await stage.place.user();
      const form = { email: user.email, password: PASSWORD };
      return {
        user,
        act: () => stage.modules.accounts.signIn(form, VISITOR),
        meanwhile: suspended(user, stage.now()),
        judge: isOutcome('refused'),
      };
    },
    proving,
    async (stage) => {
      const user = await stage.place.user();
      const change = { user, current: PASSWORD, password: NEW_PASSWORD, keepSessionId: '' };
      return {
        user,
        act: () => stage.modules.accounts.changePassword(change, VISITOR),
        meanwhile: otherPassword(user, stage.now()),
        judge: isOutcome('invalid'),
      };
    },
    async (stage) => {
      const { user: made } = await stage.place.person();
      const [session] = await stage.modules.storage.sessions.ofUser(made.id);
      await stage.modules.storage.users.update(made.id, { passwordHash: null });
      const user = { ...made, passwordHash: null };
      const change = { user, password: NEW_PASSWORD, keepSessionId: session?.id ?? '' };
      return {
        user,
        act: () => stage.modules.accounts.choosePassword(change, VISITOR),
        meanwhile: otherPassword(user, stage.now()),
        judge: isOutcome('invalid'),
      };
    },
  ],
  'identity/accounts/operate.ts': [
    async (stage) => {
      const user = await stage.place.user();
      const target = { user, origin: cli, password: NEW_PASSWORD };
      return {
        user,
        act: () => stage.modules.accounts.assignPassword(target),
        meanwhile: (stores) => beginSession(stage, user, stores),
        judge: async () =>
          assert.deepEqual(await stage.modules.storage.sessions.ofUser(user.id), []),
      };
    },
    async (stage) => {
      const user = await stage.place.user();
      return {
        user,
        act: () => resetProof(stage, user),
        meanwhile: otherPassword(user, stage.now()),
        judge: async (value) => assert.ok(await stage.modules.accounts.isResetLive(String(value))),
      };
    },
    async (stage) => {
      const user = await stage.place.user();
      const between = `${randomUUID()}@example.com`;
      const email = `${randomUUID()}@example.com`;
      const at = stage.now();
      return {
        user,
        act: () =>
          stage.modules.accounts.assignEmail({ user, origin: cli, email, isVerified: true }),
        meanwhile: ({ users }) => users.changeEmail(user.id, { email: between, updatedAt: at }),
        judge: async () => {
          const filter = { userId: user.id };
          const page = { page: 1, pageSize: 1 };
          const { items } = await stage.modules.storage.events.list(filter, page);
          assert.equal(items[0]?.details['before'], between);
        },
      };
    },
  ],
  'identity/accounts/people.ts': [
    async (stage) => {
      const [operator, other] = [await stage.place.user(), await stage.place.user()];
      await stage.modules.storage.users.update(operator.id, { isOperator: true });
      const change = { userId: other.id, isSuspended: true, origin: portalOf(operator) };
      return {
        user: operator,
        act: () => stage.modules.accounts.setSuspended(change),
        meanwhile: ({ users }) => users.update(operator.id, { isOperator: false }),
        judge: (outcome) => assert.equal(outcome, 'not-operator'),
      };
    },
    async (stage) => {
      const user = await stage.place.user();
      const { id: userId, accountId } = user;
      const change = { userId, accountId, role: 'member', origin: cli } as const;
      const createdAt = stage.now();
      return {
        user,
        act: () => stage.modules.accounts.changeRole(change),
        meanwhile: ({ accounts }) =>
          accounts.setMembership({ accountId, userId, role: 'viewer', createdAt }),
        judge: (outcome) => assert.deepEqual(outcome, { outcome: 'changed', before: 'viewer' }),
      };
    },
    async (stage) => {
      const user = await stage.place.user();
      const change = { userId: user.id, isSuspended: true, origin: cli };
      return {
        user,
        act: () => stage.modules.accounts.setSuspended(change),
        meanwhile: suspended(user, stage.now()),
        judge: async () => assert.equal(await countOf(stage, user, 'user_deactivated'), 0),
      };
    },
  ],
  'identity/accounts/correct-email.ts': [
    async (stage) => {
      const { user, browserToken } = await signedUp(stage);
      const email = `${randomUUID()}@example.com`;
      return {
        user,
        act: () => stage.modules.accounts.correctEmail({ email, browserToken }, VISITOR),
        meanwhile: ({ users }) => users.update(user.id, { emailVerifiedAt: stage.now() }),
        judge: async () =>
          assert.equal((await stage.modules.storage.users.byId(user.id))?.email, user.email),
      };
    },
  ],
  'identity/accounts/undo-email-change.ts': [undoing],
  'identity/accounts/verification.ts': [
    async (stage) => {
      const { user } = await signedUp(stage);
      return {
        user,
        act: () => stage.modules.accounts.resendVerification(user, VISITOR),
        meanwhile: ({ users }) => users.update(user.id, { emailVerifiedAt: stage.now() }),
        judge: isOutcome('already-verified'),
      };
    },
  ],
  'identity/authentication/proof.ts': [
    async (stage) => {
      const user = await stage.place.user();
      const form = { proof: await resetProof(stage, user), password: NEW_PASSWORD };
      return {
        user,
        act: () => stage.modules.accounts.resetPassword(form, VISITOR),
        meanwhile: suspended(user, stage.now()),
        judge: isOutcome('dead-link'),
      };
    },
  ],
  'identity/accounts/erasure.ts': [
    async (stage) => {
      const user = await stage.place.user();
      await stage.modules.storage.users.update(user.id, due(stage.now()));
      return {
        user,
        act: () => stage.modules.accounts.eraseUser(user.id),
        meanwhile: ({ users }) => users.update(user.id, { deletionDueAt: null, suspendedAt: null }),
        judge: (isErased) => assert.equal(isErased, false),
      };
    },
  ],
  'identity/accounts/deletion.ts': [
    async (stage) => {
      const user = await stage.place.user();
      return {
        user,
        act: () => stage.modules.accounts.requestDeletion(asked(user)),
        meanwhile: ({ users }) => users.update(user.id, due(stage.now())),
        judge: async () => assert.equal(await countOf(stage, user, 'user_deletion_requested'), 0),
      };
    },
    async (stage) => {
      const user = await stage.place.user();
      await stage.modules.storage.users.update(user.id, due(stage.now()));
      return {
        user,
        act: () => stage.modules.accounts.cancelDeletion({ userId: user.id, origin: cli }),
        meanwhile: ({ users }) => users.update(user.id, { erasureStartedAt: stage.now() }),
        judge: (outcome) => assert.equal(outcome, 'not-pending'),
      };
    },
  ],
  'identity/accounts/change-email.ts': [
    async (stage) => {
      const user = await stage.place.user();
      const email = `${randomUUID()}@example.com`;
      const change = { user, email, origin: portalOf(user) };
      return {
        user,
        act: () => stage.modules.accounts.requestEmailChange(change, VISITOR),
        meanwhile: otherPassword(user, stage.now()),
        judge: async () => {
          const proof = proofOf(await linkTo(stage.place.running, email, '/confirm-email'));
          const link = { proof, signedInUserId: user.id };
          assert.notEqual(await stage.modules.accounts.inspectEmailChange(link), null);
        },
      };
    },
  ],
};
