/**
 * What the services refuse by themselves, whichever page, endpoint or command asks: what is not one's own, what is for operators
 * alone, and what a token would make after its end.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import type { User } from '../../src/identity/types.ts';
import type { AppPerson } from '../../src/apps/context.ts';
import type { App } from '../../src/apps/types.ts';
import { MakerChanged } from '../../src/developer-tokens/create.ts';
import { MakerEnded } from '../../src/apps/secrets.ts';
import { openStage, type Stage } from '../audit/stage.ts';
import { approve, FORM, registerApp, requestBy } from '../support/oauth.ts';
import { ENGINES } from '../storage/places.ts';

const cli = { source: 'cli', client: 'cli/test', address: null, actorId: null } as const;
const portalOf = ({ id }: User) =>
  ({ source: 'portal', client: 'web', address: '127.0.0.1', actorId: id }) as const;
const actorOf = (user: User) => ({ user, origin: portalOf(user), ceiling: null });
const appActorOf = (user: User): AppPerson => ({ ...actorOf(user), isOperator: false });
const SCOPES = ['account.read', 'asset.read'];
const VISITOR = { address: '127.0.0.1', agent: 'x', deviceToken: null };

for (const engine of ENGINES) {
  describe(engine, () => {
    let stage: Stage;
    let owner: User;
    let other: User;
    before(async () => {
      stage = await openStage(engine);
      owner = await stage.place.user();
      other = await stage.place.user();
    });
    after(() => stage.close());

    /** Refused, and nothing of the database is another than before. */
    async function refused(what: string, act: () => Promise<unknown>, expected: unknown) {
      const contents = await stage.contents();
      assert.deepEqual(await act(), expected, what);
      assert.deepEqual(await stage.contents(), contents, what);
    }

    async function tokenOf(user: User) {
      const form = { description: 'x', scopes: SCOPES, lifeSeconds: null };
      const made = await stage.place.modules.tokens.create(
        { ...form, accountId: user.accountId, creationKey: randomUUID() },
        actorOf(user),
      );
      assert.ok(made.outcome === 'created');
      return made.token;
    }

    test('a connection is ended by its own person alone', async () => {
      const { consent } = stage.place.modules.authorization;
      const { app } = await registerApp(stage.place.modules, other);
      await approve(stage.place.modules, { user: owner, app });
      const key = { userId: owner.id, clientId: app.id, accountId: owner.accountId };
      const { id: grantId = '' } = (await stage.place.modules.storage.grants.find(key)) ?? {};
      const asked = { grantId, appName: app.name };
      const theirs = { ...asked, userId: other.id, origin: portalOf(other) };
      await refused('another', () => consent.disconnect(theirs), false);
      const own = { ...asked, userId: owner.id, origin: portalOf(owner) };
      assert.equal(await consent.disconnect(own), true);
    });

    test('an answer is given again to the person who gave it, and to nobody else', async () => {
      const { answers } = stage.place.modules.authorization;
      const { app } = await registerApp(stage.place.modules, other);
      const registered = await stage.place.modules.storage.clients.byId(app.id);
      assert.ok(registered !== null);
      const name = randomUUID();
      const request = requestBy(registered.client, { scopes: SCOPES });
      const closes = [{ name, outcome: 'allow', isRequired: true, seconds: 60 }] as const;
      const choice = { granted: SCOPES, declined: [] };
      const approval = { request, accountId: owner.accountId, choice, isSilent: false, closes };
      await answers.approve(approval, actorOf(owner));
      assert.equal(await answers.repeat(name, actorOf(other)), null);
    });

    test('operators alone make resource servers, and give apps of others away', async () => {
      const { apps } = stage.place.modules.authorization;
      const { app } = await registerApp(stage.place.modules, owner, { type: 'service' });
      const { accountId } = owner;
      const asked = { type: 'service', accountId, creationKey: randomUUID() } as const;
      const form = { ...FORM, redirectUris: [], scopes: SCOPES };
      const making = { ...asked, form, mayIntrospect: true } as const;
      const notAllowed = { outcome: 'not-allowed' };
      await refused('register', () => apps.register(making, appActorOf(owner)), notAllowed);
      for (const actor of [appActorOf(owner), appActorOf(other)]) {
        const wish = { id: app.id, mayIntrospect: true };
        await refused('introspection', () => apps.setIntrospection(wish, actor), false);
        const transfer = { id: app.id, toId: other.id, overlapSeconds: 0 };
        const not = { outcome: 'not-operator' };
        await refused('transfer', () => apps.transfer(transfer, actor), not);
      }
      const operator = { ...appActorOf(stage.operator.user), isOperator: true };
      assert.equal(
        await apps.setIntrospection({ id: app.id, mayIntrospect: true }, operator),
        true,
      );
    });

    test('operators alone change what others are and may', async () => {
      const { accounts } = stage.place.modules;
      const { id: userId, accountId } = owner;
      const asked = { userId, accountId, origin: portalOf(other) };
      const not = { outcome: 'not-operator' };
      await refused('role', () => accounts.changeRole({ ...asked, role: 'viewer' }), not);
      await refused(
        'suspension',
        () => accounts.setSuspended({ ...asked, isSuspended: true }),
        'not-operator',
      );
      await refused(
        'operator',
        () => accounts.setOperator({ ...asked, isOperator: true }),
        'not-operator',
      );
      const deletion = { ...asked, heirId: null, isNow: false };
      await refused('deletion', () => accounts.requestDeletion(deletion), not);
      await refused('keeping', () => accounts.cancelDeletion(asked), 'not-operator');
    });

    test('nobody registers an app before they have proved their address', async () => {
      const { apps } = stage.place.modules.authorization;
      const user = { ...(await stage.place.user()), emailVerifiedAt: null };
      const { accountId } = user;
      const asked = { type: 'web', form: FORM, accountId, creationKey: randomUUID() } as const;
      await refused('register', () => apps.register(asked, appActorOf(user)), {
        outcome: 'email-unverified',
      });
    });

    test('a token that has ended makes no successor and no client secret', async () => {
      const { modules } = stage.place;
      const token = await tokenOf(owner);
      const { id } = await tokenOf(owner);
      const { app } = await registerApp(modules, owner, { scopes: SCOPES });
      await modules.tokens.switch({ id: token.id, act: 'revoke' }, actorOf(owner));
      const { id: tokenId, accountId, scopes } = token;
      const ceiling = { tokenId, accountId, scopes, expiresAt: null };
      const contents = await stage.contents();
      const asked = { overlapSeconds: 0, creationKey: randomUUID() };
      await assert.rejects(
        modules.tokens.rotate({ id, ...asked }, { ...actorOf(owner), ceiling }),
        MakerChanged,
      );
      await assert.rejects(
        modules.authorization.apps.addSecret(
          { id: app.id, creationKey: randomUUID() },
          { ...appActorOf(owner), ceiling },
        ),
        MakerEnded,
      );
      assert.deepEqual(await stage.contents(), contents);
    });

    test('a token that was narrowed since its request was let in makes nothing with what it lost', async () => {
      const { tokens } = stage.place.modules;
      const maker = await tokenOf(owner);
      const wide = await tokenOf(owner);
      const { id: tokenId, accountId, scopes } = maker;
      const acting = {
        ...actorOf(owner),
        ceiling: { tokenId, accountId, scopes, expiresAt: null },
      };
      const left = ['account.read'];
      await tokens.change({ id: maker.id, scopes: left }, actorOf(owner));
      const contents = await stage.contents();
      const form = { description: 'x', lifeSeconds: null, accountId };
      const create = (wished: readonly string[]) =>
        tokens.create({ ...form, scopes: wished, creationKey: randomUUID() }, acting);
      await assert.rejects(create(SCOPES), MakerChanged);
      const asked = { id: wide.id, overlapSeconds: 0, creationKey: randomUUID() };
      await assert.rejects(tokens.rotate(asked, acting), MakerChanged);
      assert.deepEqual(await stage.contents(), contents);
      assert.equal((await create(left)).outcome, 'created');
    });

    test('the old token of a rotation goes on for one of the offered times, and for no other', async () => {
      const { tokens } = stage.place.modules;
      const { id } = await tokenOf(owner);
      const invalid = {
        outcome: 'invalid',
        errors: { overlap: 'Choose one of the offered times.' },
      };
      for (const overlapSeconds of [-1, 1, 3599, 86_399.5, 604_801, 31_536_000, Infinity, NaN]) {
        const asked = { id, overlapSeconds, creationKey: randomUUID() };
        await refused(String(overlapSeconds), () => tokens.rotate(asked, actorOf(owner)), invalid);
      }
    });

    /** What was read of the app and of the person when the request came, and what they are when the answer is written. */
    async function requestOf(app: App, scopes: readonly string[]) {
      const registered = await stage.place.modules.storage.clients.byId(app.id);
      assert.ok(registered !== null);
      const request = requestBy(registered.client, { scopes });
      const { accountId } = owner;
      return (isSilent: boolean) =>
        stage.place.modules.authorization.answers.approve(
          { request, accountId, choice: { granted: scopes, declined: [] }, isSilent },
          actorOf(owner),
        );
    }

    const scopesOf = (approved: { readonly outcome: string } | null) =>
      approved !== null && 'scopes' in approved ? approved.scopes : approved;

    test('an answer gives nothing that the app lost since the request was read, also when it has it again', async () => {
      const { apps } = stage.place.modules.authorization;
      const { app } = await registerApp(stage.place.modules, other, { scopes: SCOPES });
      const answer = await requestOf(app, SCOPES);
      const change = (scopes: readonly string[]) =>
        apps.change({ id: app.id, form: { scopes, optionalScopes: [] } }, appActorOf(other));
      assert.equal((await change(['account.read'])).outcome, 'changed');
      assert.deepEqual(scopesOf(await answer(false)), ['account.read']);
      assert.equal((await change(SCOPES)).outcome, 'changed');
      assert.deepEqual(scopesOf(await answer(false)), ['account.read']);
    });

    test('an answer without a page gives nothing that its person took back since the request was read', async () => {
      const { app } = await registerApp(stage.place.modules, other, { scopes: SCOPES });
      const answer = await requestOf(app, SCOPES);
      await answer(false);
      const narrower = { scopes: ['account.read'], declined: ['asset.read'] };
      await approve(stage.place.modules, { user: owner, app }, narrower);
      assert.deepEqual(scopesOf(await answer(true)), ['account.read']);
      const key = { userId: owner.id, clientId: app.id, accountId: owner.accountId };
      const { id: grantId = '' } = (await stage.place.modules.storage.grants.find(key)) ?? {};
      const origin = portalOf(owner);
      const asked = { grantId, userId: owner.id, appName: app.name, origin };
      await stage.place.modules.authorization.consent.disconnect(asked);
      await refused('in silence', () => answer(true), null);
      assert.deepEqual(scopesOf(await answer(false)), SCOPES);
    });

    test('an answer to an app that was deleted since the request was read gives nothing', async () => {
      const { apps } = stage.place.modules.authorization;
      const { app } = await registerApp(stage.place.modules, other, { scopes: SCOPES });
      const answer = await requestOf(app, SCOPES);
      await apps.switch({ id: app.id, act: 'delete' }, appActorOf(other));
      for (const isSilent of [true, false])
        await refused(String(isSilent), () => answer(isSilent), null);
    });

    test('who is suspended while their account is being deleted does not keep it', async () => {
      const { accounts } = stage.place.modules;
      const user = await stage.place.user();
      const asked = { userId: user.id, heirId: null, isNow: false, origin: portalOf(user) };
      await accounts.requestDeletion(asked);
      const form = { email: user.email, password: 'copper lantern drifting north' };
      const offered = await accounts.signIn(form, VISITOR);
      assert.ok(offered.outcome === 'being-deleted', offered.outcome);
      await accounts.setSuspended({ userId: user.id, isSuspended: true, origin: cli });
      assert.equal((await accounts.signIn(form, VISITOR)).outcome, 'refused');
      assert.equal(await accounts.keepAccount(offered.proof, VISITOR), false);
    });

    test('an operator does not change their own access by the pages', async () => {
      const { user } = stage.operator;
      const before = await stage.place.modules.storage.users.byId(user.id);
      for (const [what, fields] of [
        ['role', { role: 'viewer' }],
        ['suspend', {}],
        ['operator', { operator: 'no' }],
      ] as const) {
        const path = `/admin/people/${user.id}/${what}`;
        assert.match((await stage.form(stage.operator, path, fields)).said, /^403/, what);
      }
      const now = await stage.place.modules.storage.users.byId(user.id);
      assert.deepEqual(
        [now?.isOperator, now?.suspendedAt],
        [before?.isOperator, before?.suspendedAt],
      );
    });
  });
}
