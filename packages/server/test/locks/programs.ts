/** Every act about tokens, apps and consent that locks the row of somebody, by the file that does. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { User } from '../../src/identity/types.ts';
import type { AppPerson } from '../../src/apps/context.ts';
import type { DeveloperToken } from '../../src/developer-tokens/types.ts';
import { approve, FORM, requestBy } from '../support/oauth.ts';
import type { Act, Arrange, Stage } from './stage.ts';

const SCOPES = ['asset.read', 'asset.create'];

const actorOf = (user: User) => ({
  user,
  origin: { source: 'portal', client: 'web', address: null, actorId: user.id } as const,
  ceiling: null,
});
const appActorOf = (user: User, isOperator = false): AppPerson => ({
  ...actorOf(user),
  isOperator,
});

const isOutcome =
  (expected: string) =>
  (result: unknown): void =>
    assert.equal((result as { readonly outcome?: unknown }).outcome, expected);

const formOf = ({ accountId }: User, creationKey = randomUUID()) => ({
  description: 'nightly export',
  scopes: SCOPES,
  lifeSeconds: null,
  accountId,
  creationKey,
});

async function tokenOf({ modules }: Stage, user: User): Promise<DeveloperToken> {
  const made = await modules.tokens.create(formOf(user), actorOf(user));
  assert.ok(made.outcome === 'created');
  return made.token;
}

/** Somebody who allowed an app, and what a silent answer to it would be. */
async function connected(stage: Stage) {
  const { place, modules } = stage;
  const { app } = await place.register(await place.user(), { scopes: SCOPES });
  const user = await place.user();
  await approve(modules, { user, app });
  const key = { userId: user.id, clientId: app.id, accountId: user.accountId };
  const grant = await modules.storage.grants.find(key);
  const registered = await modules.storage.clients.byId(app.id);
  assert.ok(grant !== null && registered !== null);
  const request = requestBy(registered.client, { scopes: SCOPES });
  const choice = { granted: SCOPES, declined: [] };
  return { user, grant, approval: { request, accountId: user.accountId, choice } };
}

const answeringInSilence: Arrange = async (stage) => {
  const { user, grant, approval } = await connected(stage);
  const silent = { ...approval, isSilent: true };
  return {
    user,
    act: () => stage.modules.authorization.answers.approve(silent, actorOf(user)),
    meanwhile: ({ grants }) => grants.revoke(grant.id, stage.now()),
    judge: (answer) => assert.equal(answer, null, 'it was taken back'),
  };
};

const disconnecting: Arrange = async (stage) => {
  const { user, grant } = await connected(stage);
  const { origin } = actorOf(user);
  const asked = { grantId: grant.id, userId: user.id, appName: 'x', origin };
  return {
    user,
    act: () => stage.modules.authorization.consent.disconnect(asked),
    meanwhile: ({ grants }) => grants.revoke(grant.id, stage.now()),
    judge: (isEnded) => assert.equal(isEnded, false),
  };
};

const answeringAgain: Arrange = async (stage) => {
  const { user, approval } = await connected(stage);
  const { answers } = stage.modules.authorization;
  const name = randomUUID();
  const closes = [{ name, outcome: 'allow', isRequired: true, seconds: 3600 }] as const;
  await answers.approve({ ...approval, isSilent: false, closes }, actorOf(user));
  const closed = await answers.findClosed(name);
  return {
    user,
    act: () => answers.repeat(name, actorOf(user)),
    meanwhile: ({ codes }) => codes.withdraw(closed?.codeId ?? ''),
    judge: (answer) => assert.equal(answer, null, 'the code was taken'),
  };
};

/** A token, and another with the same key that is made while the first waits. */
const creating: Arrange = async (stage) => {
  const user = await stage.place.user();
  const form = formOf(user);
  const other = await tokenOf(stage, user);
  return {
    user,
    act: () => stage.modules.tokens.create(form, actorOf(user)),
    meanwhile: ({ tokens }) =>
      tokens.insert({ ...other, id: randomUUID().slice(-12), creationKey: form.creationKey }),
    judge: isOutcome('already-created'),
  };
};

async function aboutToken(
  stage: Stage,
  act: (token: DeveloperToken, user: User) => Omit<Act, 'user'>,
): Promise<Act> {
  const user = await stage.place.user();
  return { user, ...act(await tokenOf(stage, user), user) };
}

const narrow = ({ scopes }: DeveloperToken) => ({ from: scopes, to: ['asset.read'] });

async function aboutApp(
  stage: Stage,
  act: (id: string, owner: User) => Omit<Act, 'user'> | Promise<Omit<Act, 'user'>>,
): Promise<Act> {
  const user = await stage.place.user();
  const { app } = await stage.place.register(user, { scopes: SCOPES });
  return { user, ...(await act(app.id, user)) };
}

async function transferring(stage: Stage) {
  const [operator, to] = [await stage.place.user(), await stage.place.user()];
  await stage.modules.storage.users.update(operator.id, { isOperator: true });
  const { app } = await stage.place.register(await stage.place.user(), { scopes: SCOPES });
  const asked = { id: app.id, toId: to.id, overlapSeconds: 0 };
  const actor = appActorOf(operator, true);
  return { operator, to, transfer: () => stage.modules.authorization.apps.transfer(asked, actor) };
}

/** An app that was offered to somebody. */
async function offered(stage: Stage) {
  const [owner, to] = [await stage.place.user(), await stage.place.user()];
  const { app } = await stage.place.register(owner, { scopes: SCOPES });
  const { apps } = stage.modules.authorization;
  const made = await apps.offer({ id: app.id, email: to.email }, appActorOf(owner));
  assert.ok(made.outcome === 'offered');
  return { to, offer: made.offer, about: { user: to } };
}

export const LOCKED_BY_PROGRAMS: Readonly<Record<string, readonly Arrange[]>> = {
  'consent/settle.ts': [answeringInSilence],
  'consent/disconnect.ts': [disconnecting],
  'oauth/authorize/answers.ts': [answeringAgain],
  'developer-tokens/create.ts': [creating],
  'developer-tokens/change.ts': [
    (stage) =>
      aboutToken(stage, (token, user) => ({
        act: () =>
          stage.modules.tokens.change({ id: token.id, scopes: ['asset.create'] }, actorOf(user)),
        meanwhile: ({ tokens }) => tokens.setScopes(token.id, narrow(token), stage.now()),
        judge: isOutcome('conflict'),
      })),
  ],
  'developer-tokens/rotate.ts': [
    (stage) =>
      aboutToken(stage, (token, user) => ({
        act: () =>
          stage.modules.tokens.rotate(
            { id: token.id, overlapSeconds: 0, creationKey: randomUUID() },
            actorOf(user),
          ),
        meanwhile: ({ tokens }) => tokens.setScopes(token.id, narrow(token), stage.now()),
        judge: (rotated) =>
          assert.deepEqual((rotated as { token?: DeveloperToken }).token?.scopes, ['asset.read']),
      })),
  ],
  'developer-tokens/revoke.ts': [
    (stage) =>
      aboutToken(stage, (token, user) => {
        const child = { ...token, id: randomUUID().slice(-12), madeById: token.id };
        const late = { ...child, creationKey: randomUUID() };
        return {
          act: () => stage.modules.tokens.switch({ id: token.id, act: 'revoke' }, actorOf(user)),
          meanwhile: ({ tokens }) => tokens.insert(late),
          judge: async () =>
            assert.notEqual((await stage.modules.storage.tokens.byId(late.id))?.revokedAt, null),
        };
      }),
  ],
  'apps/context.ts': [
    (stage) =>
      aboutApp(stage, (id, owner) => ({
        act: () =>
          stage.modules.authorization.apps.change(
            { id, form: { name: 'Other' } },
            appActorOf(owner),
          ),
        meanwhile: ({ apps }) => apps.update(id, { deletedAt: stage.now() }, stage.now()),
        judge: isOutcome('not-found'),
      })),
    (stage) =>
      aboutApp(stage, async (id, owner) => {
        const { id: ownerId, accountId } = await stage.place.user();
        const change = { ownerId, accountId, creationKey: randomUUID(), fromId: owner.id };
        return {
          act: () =>
            stage.modules.authorization.apps.change(
              { id, form: { name: 'Other' } },
              appActorOf(owner),
            ),
          meanwhile: ({ apps }) => apps.transfer(id, change, stage.now()),
          judge: isOutcome('not-found'),
        };
      }),
  ],
  'apps/register.ts': [
    async (stage) => {
      const user = await stage.place.user();
      const { app } = await stage.place.register(user, { scopes: SCOPES });
      const creationKey = randomUUID();
      const asked = { type: 'web', form: FORM, accountId: user.accountId, creationKey } as const;
      return {
        user,
        act: () => stage.modules.authorization.apps.register(asked, appActorOf(user)),
        meanwhile: ({ apps }) => apps.insert({ ...app, id: randomUUID(), creationKey }),
        judge: isOutcome('already-registered'),
      };
    },
  ],
  'apps/transfer.ts': [
    async (stage) => {
      const { to, transfer } = await transferring(stage);
      return {
        user: to,
        act: transfer,
        meanwhile: ({ users }) => users.update(to.id, { suspendedAt: stage.now() }),
        judge: isOutcome('not-eligible'),
      };
    },
    async (stage) => {
      const { operator, transfer } = await transferring(stage);
      return {
        user: operator,
        act: transfer,
        meanwhile: ({ users }) => users.update(operator.id, { isOperator: false }),
        judge: isOutcome('not-operator'),
      };
    },
  ],
  'apps/answer-offer.ts': [
    async (stage) => {
      const { to, offer, about } = await offered(stage);
      const { apps } = stage.modules.authorization;
      const shown = await stage.modules.storage.apps.byId(offer.appId);
      await stage.modules.storage.apps.update(offer.appId, { mayIntrospect: true }, stage.now());
      const seen = (await apps.offerTo(offer.id, appActorOf(to)))?.seen ?? '';
      await stage.modules.storage.apps.update(offer.appId, { mayIntrospect: false }, stage.now());
      const asked = { id: offer.id, seen, overlapSeconds: 0 };
      return {
        ...about,
        act: () => apps.acceptOffer(asked, appActorOf(to)),
        meanwhile: ({ apps }) => apps.update(shown?.id ?? '', { mayIntrospect: true }, stage.now()),
        judge: isOutcome('resource-server'),
      };
    },
    async (stage) => {
      const { to, offer, about } = await offered(stage);
      const { apps } = stage.modules.authorization;
      const shown = await apps.offerTo(offer.id, appActorOf(to));
      const asked = { id: offer.id, seen: shown?.seen ?? '', overlapSeconds: 0 };
      return {
        ...about,
        act: () => apps.acceptOffer(asked, appActorOf(to)),
        meanwhile: ({ offers }) => offers.close(offer.id, stage.now()),
        judge: isOutcome('no-offer'),
      };
    },
  ],
};
