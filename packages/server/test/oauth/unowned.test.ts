/** A client that nobody owns, from its registration to its deletion, on both engines and over HTTP. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import type { AppPerson } from '../../src/apps/context.ts';
import type { Registration } from '../../src/apps/register.ts';
import { FORM as APP_FORM, type Registered } from '../support/oauth.ts';
import { sharedPostgres } from '../support/postgres.ts';
import { newestMail } from '../support/running-app.ts';
import { answerIn, CALLBACK, openPlace, requestOf, type Person, type Place } from './place.ts';

const FORM = '/oauth2/auth';
const origin = { source: 'cli', client: 'cli/test', address: null, actorId: null } as const;

for (const engine of ['sqlite', 'postgres'] as const) {
  describe(engine, () => {
    let place: Place;
    let operator: Person;
    let actor: AppPerson;
    before(async () => {
      const databaseUrl =
        engine === 'sqlite' ? undefined : await (await sharedPostgres()).createMigrated();
      place = await openPlace({ ...(databaseUrl !== undefined && { databaseUrl }) });
      const user = await place.user();
      const asked = { userId: user.id, isOperator: true, origin };
      await place.modules.accounts.setOperator(asked);
      const found = await place.modules.storage.users.byId(user.id);
      assert.ok(found?.isOperator === true);
      operator = { user: found, visitor: place.running.visitor() };
      await place.signIn(operator.visitor, found);
      actor = { user: found, origin, isOperator: true, ceiling: null };
    });
    after(() => place.stop());

    const registrationOf = (given: Partial<Registration> = {}): Registration => ({
      type: 'web',
      form: APP_FORM,
      accountId: null,
      creationKey: randomUUID(),
      ...given,
    });

    async function register(given: Partial<Registration> = {}): Promise<Registered> {
      const asked = registrationOf(given);
      const made = await place.modules.authorization.apps.register(asked, actor);
      assert.ok(made.outcome === 'registered', JSON.stringify(made));
      assert.deepEqual([made.app.ownerId, made.app.accountId], [null, null]);
      return { app: made.app, secret: made.secret ?? '' };
    }

    /** By the pages, as a person and as the client. */
    async function connect({ visitor }: Person, client: Registered) {
      const page = await visitor.get(requestOf(client));
      const answer = answerIn(await visitor.submit(FORM, { decision: 'allow' }));
      const code = answer.get('code') ?? '';
      const body = { grant_type: 'authorization_code', code, redirect_uri: CALLBACK };
      const { status, json } = await place.token(body, client);
      assert.equal(status, 200, JSON.stringify(json));
      return { page, access: String(json.access_token), refresh: String(json.refresh_token) };
    }

    test('is registered by operators alone, once for a key', async () => {
      const { apps } = place.modules.authorization;
      const { user } = await place.person();
      const somebody = { user, origin, isOperator: false, ceiling: null };
      const refused = await apps.register(registrationOf(), somebody);
      assert.deepEqual(refused, { outcome: 'not-allowed' });
      const asked = registrationOf();
      assert.equal((await apps.register(asked, actor)).outcome, 'registered');
      assert.equal((await apps.register(asked, actor)).outcome, 'already-registered');
    });

    test('is asked about, gets tokens, is told of, refreshes and is revoked like any other', async () => {
      const client = await register();
      const guard = await register({
        type: 'service',
        mayIntrospect: true,
        form: { ...APP_FORM, redirectUris: [], scopes: [] },
      });
      const person = await place.person();
      const { page, access, refresh } = await connect(person, client);
      assert.match(page.text, /asks for access/);
      assert.doesNotMatch(page.text, /Registered by/);
      assert.equal((await place.me(access)).status, 200);
      const told = await place.ask('introspect', { token: access }, guard);
      assert.equal(told.json.active, true);
      assert.equal(told.json.client_id, client.app.id);
      const again = { grant_type: 'refresh_token', refresh_token: refresh };
      const refreshed = await place.token(again, client);
      assert.equal(refreshed.status, 200);
      const connections = await person.visitor.get('/connections');
      assert.ok(connections.text.includes(client.app.name));
      assert.doesNotMatch(connections.text, /Owned by/);
      assert.equal(
        (await place.ask('revoke', { token: refreshed.json.refresh_token }, client)).status,
        200,
      );
      assert.equal((await place.me(refreshed.json.access_token)).status, 401);
    });

    test('ends what it was given when it is disabled or deleted', async () => {
      const client = await register();
      const { access } = await connect(await place.person(), client);
      const { apps } = place.modules.authorization;
      const statusAfter = async (act: 'disable' | 'enable' | 'delete') => {
        assert.equal((await apps.switch({ id: client.app.id, act }, actor)).outcome, 'switched');
        return (await place.me(access)).status;
      };
      assert.deepEqual(
        [await statusAfter('disable'), await statusAfter('enable'), await statusAfter('delete')],
        [401, 200, 401],
      );
    });

    test('gets nothing as a service: there is nobody with whose rights it could act', async () => {
      const { apps } = place.modules.authorization;
      const form = { ...APP_FORM, redirectUris: [], scopes: ['asset.read'] };
      const refused = await apps.register(registrationOf({ type: 'service', form }), actor);
      assert.ok(refused.outcome === 'invalid');
      assert.match(refused.errors['scopes'] ?? '', /Without an owner/);
      const service = await register({
        type: 'service',
        mayIntrospect: true,
        form: { ...form, scopes: [] },
      });
      await place.modules.storage.apps.update(service.app.id, { scopes: ['asset.read'] }, 1);
      const asked = await place.token({ grant_type: 'client_credentials' }, service);
      assert.deepEqual([asked.status, asked.json.error], [401, 'invalid_client']);
    });

    test('is managed by operators, in their pages and by nobody else', async () => {
      const { app } = await register({ form: { ...APP_FORM, name: 'Nobody’s own app' } });
      const { visitor } = operator;
      const list = await visitor.get('/admin/apps');
      assert.match(list.text, /Nobody’s own app/);
      const pages = ['', '/edit', '/delete'].map((page) => `/apps/${app.id}${page}`);
      const { visitor: stranger } = await place.person();
      for (const path of pages) {
        assert.equal((await visitor.get(path)).status, 200, path);
        assert.equal((await stranger.get(path)).status, 404, path);
      }
      assert.equal((await visitor.get(`/apps/${app.id}/offer`)).status, 404);
      assert.match((await visitor.get(pages[0] ?? '')).text, /Nobody owns it/);
      const { apps } = place.modules.authorization;
      const changed = await apps.change({ id: app.id, form: { name: 'Still nobody’s' } }, actor);
      assert.equal(changed.outcome, 'changed');
      const added = await apps.addSecret({ id: app.id, creationKey: randomUUID() }, actor);
      assert.ok(added.outcome === 'added', added.outcome);
      const ended = { id: app.id, secretId: added.secret.id };
      assert.equal((await apps.revokeSecret(ended, actor)).outcome, 'revoked');
      const history = await visitor.get(`/apps/${app.id}`);
      assert.match(history.text, /The command line/);
    });

    test('stays when everybody who had to do with it is gone', async () => {
      const client = await register();
      const person = await place.person();
      const { access } = await connect(person, client);
      const { accounts, storage } = place.modules;
      await accounts.setSuspended({ userId: person.user.id, isSuspended: true, origin });
      assert.equal((await place.me(access)).status, 401);
      assert.equal((await storage.clients.byId(client.app.id))?.client.isActive, true);
      const other = await place.person();
      assert.equal((await place.me((await connect(other, client)).access)).status, 200);
    });

    test('is given to somebody by an operator, and is theirs from then on', async () => {
      const { app } = await register();
      const { user } = await place.person();
      const { apps } = place.modules.authorization;
      const path = `/admin/apps/${app.id}/transfer`;
      assert.match((await operator.visitor.get(path)).text, /Owner now Nobody/);
      const asked = { id: app.id, toId: user.id, overlapSeconds: 3600 };
      const both = await Promise.all([apps.transfer(asked, actor), apps.transfer(asked, actor)]);
      const outcomes = both.map(({ outcome }) => outcome).toSorted();
      assert.deepEqual(outcomes, ['not-found', 'transferred']);
      const moved = await place.modules.storage.apps.byId(app.id);
      assert.deepEqual([moved?.ownerId, moved?.accountId], [user.id, user.accountId]);
      const { text } = await newestMail(place.running, user.email);
      assert.match(text, /Nobody owned it before/);
      assert.doesNotMatch(text, /Former owner/);
    });
  });
}
