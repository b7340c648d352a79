/** A later consent can take back, and what an app loses is gone: from tokens, refreshes, codes under way and silent answers. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { AppForm } from '../../src/apps/form.ts';
import { formOf } from '../../src/apps/form.ts';
import { sharedPostgres } from '../support/postgres.ts';
import { approve, exchange, newPkce, type Registered } from '../support/oauth.ts';
import { answerIn, CALLBACK, openPlace, requestOf, type Person, type Place } from './place.ts';

const FORM = '/oauth2/auth';
const SCOPES = ['account.read', 'asset.read', 'asset.delete', 'offline'];
const OPTIONAL = ['asset.delete', 'offline'];
const origin = { source: 'cli', client: 'cli/test', address: null, actorId: null } as const;

for (const engine of ['sqlite', 'postgres'] as const) {
  describe(engine, () => {
    let place: Place;
    let developer: Person;
    let resources: Registered;
    before(async () => {
      const databaseUrl =
        engine === 'sqlite' ? {} : { databaseUrl: await (await sharedPostgres()).createMigrated() };
      place = await openPlace(databaseUrl);
      developer = await place.person();
      resources = await place.register(developer.user, { type: 'service' });
      const asked = { id: resources.app.id, mayIntrospect: true };
      const actor = { user: developer.user, origin, isOperator: true, ceiling: null };
      await place.modules.authorization.apps.setIntrospection(asked, actor);
    });
    after(() => place.stop());

    const register = (form: Partial<AppForm> = {}): Promise<Registered> =>
      place.register(developer.user, { scopes: SCOPES, optionalScopes: OPTIONAL, ...form });

    async function change({ app }: Registered, changes: Partial<AppForm>): Promise<void> {
      const asked = { id: app.id, form: { ...formOf(app), ...changes } };
      const actor = { user: developer.user, origin, isOperator: false, ceiling: null };
      const outcome = await place.modules.authorization.apps.change(asked, actor);
      assert.equal(outcome.outcome, 'changed', JSON.stringify(outcome));
    }

    /** Answers the page and hands back the code. */
    async function consent(
      { visitor }: Person,
      registered: Registered,
      answer: { ticked: readonly string[]; decision?: string; asked?: readonly string[] },
    ): Promise<string> {
      const scope = (answer.asked ?? SCOPES).join(' ');
      await visitor.get(requestOf(registered, { scope, prompt: 'consent' }));
      const { ticked, decision = 'allow' } = answer;
      return answerIn(await visitor.submit(FORM, { scope: ticked, decision })).get('code') ?? '';
    }

    async function redeem(registered: Registered, code: string) {
      const fields = { grant_type: 'authorization_code', code, redirect_uri: CALLBACK };
      const { status, json } = await place.token(fields, registered);
      assert.equal(status, 200, JSON.stringify(json));
      return {
        access: String(json.access_token),
        refresh: String(json.refresh_token),
        scope: sorted(json.scope),
      };
    }

    const refresh = (registered: Registered, token: string, more: Record<string, string> = {}) =>
      place.token({ grant_type: 'refresh_token', refresh_token: token, ...more }, registered);

    const sorted = (scope: unknown): readonly string[] => String(scope).split(' ').toSorted();

    /** What checker and introspection say, which must be the same. */
    async function may(access: string): Promise<readonly string[] | null> {
      const headers = { authorization: `Bearer ${access}` };
      const answer = await fetch(`${place.base}/v2/token`, { headers });
      const { json } = await place.ask('introspect', { token: access }, resources);
      if (answer.status === 401) {
        assert.equal(json.active, false);
        return null;
      }
      const { scopes } = (await answer.json()) as { scopes: readonly string[] };
      assert.deepEqual(sorted(json.scope), scopes.toSorted());
      return scopes.toSorted();
    }

    const READING = ['account.read', 'asset.read'];
    const LEFT = ['account.read', 'asset.read', 'offline'];

    test('unticking on a renewed page takes back from tokens, refreshes, codes under way and silence', async () => {
      const person = await place.person();
      const app = await register();
      const old = await redeem(app, await consent(person, app, { ticked: OPTIONAL }));
      assert.deepEqual(await may(old.access), SCOPES.toSorted());
      const underWay = await consent(person, app, { ticked: OPTIONAL });
      const fresh = await redeem(app, await consent(person, app, { ticked: ['offline'] }));
      assert.deepEqual(fresh.scope, LEFT);
      assert.deepEqual(await may(old.access), LEFT);
      const again = await refresh(app, old.refresh, { scope: SCOPES.join(' ') });
      assert.deepEqual(sorted(again.json.scope), LEFT);
      assert.deepEqual(await may(again.json.access_token), LEFT);
      const late = await redeem(app, underWay);
      assert.deepEqual(late.scope, LEFT);
      assert.deepEqual(await may(late.access), LEFT);
      const silent = await person.visitor.get(requestOf(app, { scope: SCOPES.join(' ') }));
      const { scope } = await redeem(app, answerIn(silent).get('code') ?? '');
      assert.deepEqual(scope, LEFT);
    });

    test('allowed anew, it is in what is issued from then on, and in nothing older', async () => {
      const person = await place.person();
      const app = await register();
      const old = await redeem(app, await consent(person, app, { ticked: OPTIONAL }));
      await consent(person, app, { ticked: ['offline'] });
      const fresh = await redeem(app, await consent(person, app, { ticked: OPTIONAL }));
      assert.deepEqual(fresh.scope, SCOPES.toSorted());
      assert.deepEqual(await may(old.access), LEFT);
      assert.deepEqual(sorted((await refresh(app, old.refresh)).json.scope), LEFT);
    });

    test('offline that was shown and left out ends the refresh tokens, and what was not shown stays', async () => {
      const person = await place.person();
      const app = await register();
      const old = await redeem(app, await consent(person, app, { ticked: OPTIONAL }));
      const elsewhere = ['account.read', 'asset.delete'];
      await consent(person, app, { asked: elsewhere, ticked: [] });
      const kept = await refresh(app, old.refresh);
      assert.deepEqual(sorted(kept.json.scope), LEFT);
      await consent(person, app, { ticked: ['asset.delete'] });
      const ended = await refresh(app, kept.json.refresh_token);
      assert.deepEqual([ended.status, ended.json.error], [400, 'invalid_grant']);
      const told = await place.ask('introspect', { token: kept.json.refresh_token }, app);
      assert.deepEqual(told.json, { active: false });
      assert.deepEqual(await may(kept.json.access_token), READING);
      const log = await place.modules.storage.events.list(
        { userId: person.user.id },
        { page: 1, pageSize: 50 },
      );
      const narrowed = log.items.filter(({ type }) => type === 'oauth_grant_narrowed');
      assert.deepEqual(
        narrowed.map(({ details }) => details['scopes']),
        ['offline', 'asset.delete'],
      );
      assert.ok(!log.items.some(({ type }) => type === 'oauth_refresh_reused'));
      const page = await person.visitor.get('/account');
      assert.match(page.text, /App allowed less: Cutting Room \(asset\.delete\)/);
    });

    test('reading only takes back all else that the page showed', async () => {
      const person = await place.person();
      const app = await register();
      const old = await redeem(app, await consent(person, app, { ticked: OPTIONAL }));
      await consent(person, app, { ticked: OPTIONAL, decision: 'allow_read' });
      assert.deepEqual(await may(old.access), LEFT);
      assert.deepEqual(sorted((await refresh(app, old.refresh)).json.scope), LEFT);
    });

    test('a refresh that is repeated tells what is left when it is repeated', async () => {
      const person = await place.person();
      const app = await register();
      const old = await redeem(app, await consent(person, app, { ticked: OPTIONAL }));
      const first = (await refresh(app, old.refresh)).json;
      assert.deepEqual(sorted(first.scope), SCOPES.toSorted());
      await change(app, { scopes: LEFT, optionalScopes: ['offline'] });
      const again = (await refresh(app, old.refresh)).json;
      // The same answer otherwise.
      assert.equal(again.access_token, first.access_token);
      assert.deepEqual(sorted(again.scope), LEFT);
      assert.deepEqual(await may(again.access_token), LEFT);
    });

    test('a scope that the app lost is gone everywhere, and comes back only by consent', async () => {
      const person = await place.person();
      const app = await register();
      const code = await consent(person, app, { ticked: OPTIONAL });
      const old = await redeem(app, await consent(person, app, { ticked: OPTIONAL }));
      await change(app, { scopes: LEFT, optionalScopes: ['offline'] });
      let token = old.refresh;
      const assertGone = async (): Promise<void> => {
        assert.deepEqual(await may(old.access), LEFT);
        const { json } = await refresh(app, token);
        assert.deepEqual(sorted(json.scope), LEFT);
        assert.deepEqual(await may(json.access_token), LEFT);
        token = json.refresh_token;
      };
      await assertGone();
      await change(app, {});
      await assertGone();
      const late = await redeem(app, code);
      assert.deepEqual(late.scope, LEFT);
      assert.deepEqual(await may(late.access), LEFT);
      const page = await person.visitor.get(requestOf(app, { scope: SCOPES.join(' ') }));
      assert.match(page.text, /asset\.delete/);
      const answer = answerIn(
        await person.visitor.submit(FORM, { scope: OPTIONAL, decision: 'allow' }),
      );
      const fresh = await redeem(app, answer.get('code') ?? '');
      assert.deepEqual(fresh.scope, SCOPES.toSorted());
      await assertGone();
    });

    test('an app that lost offline refreshes no more, whoever it was for, and having it again revives nothing', async () => {
      const app = await register();
      const people = [await place.person(), await place.person()];
      const held = await Promise.all(
        people.map(async (person) => redeem(app, await consent(person, app, { ticked: OPTIONAL }))),
      );
      await change(app, { scopes: READING, optionalScopes: [] });
      for (const { refresh: token, access } of held) {
        assert.equal((await refresh(app, token)).json.error, 'invalid_grant');
        assert.deepEqual(await may(access), READING);
      }
      await change(app, {});
      for (const { refresh: token } of held)
        assert.equal((await refresh(app, token)).json.error, 'invalid_grant');
    });

    test('a removed redirect URI ends the codes that were sent there, also when it comes back, and no token', async () => {
      const person = await place.person();
      const app = await register();
      const held = await redeem(app, await consent(person, app, { ticked: OPTIONAL }));
      const code = await consent(person, app, { ticked: OPTIONAL });
      await change(app, { redirectUris: ['https://app.example.com/other'] });
      const fields = { grant_type: 'authorization_code', code, redirect_uri: CALLBACK };
      assert.equal((await place.token(fields, app)).json.error, 'invalid_grant');
      await change(app, {});
      assert.equal((await place.token(fields, app)).json.error, 'invalid_grant');
      assert.deepEqual(await may(held.access), SCOPES.toSorted());
      assert.equal((await refresh(app, held.refresh)).status, 200);
    });

    test('turning the switch for missing PKCE off ends codes that came without a challenge, and no other', async () => {
      const { user } = await place.person();
      const app = await place.register(developer.user, { type: 'public', allowsMissingPkce: true });
      const { verifier, challenge } = newPkce();
      const bare = await approve(place.modules, { user, app: app.app });
      const proven = await approve(place.modules, { user, app: app.app }, { challenge });
      await change(app, { allowsMissingPkce: false });
      const fields = { grant_type: 'authorization_code', redirect_uri: CALLBACK };
      const refused = await place.token({ ...fields, code: bare }, app);
      assert.equal(refused.json.error, 'invalid_grant');
      const taken = await place.token({ ...fields, code: proven, code_verifier: verifier }, app);
      assert.equal(taken.status, 200);
    });

    test('what the token endpoint tells is what the role allows at that moment', async () => {
      const person = await place.person();
      const { user } = person;
      const app = await place.register(developer.user);
      const { json } = await exchange(
        { base: place.base, modules: place.modules },
        { user, registered: app },
      );
      const setRole = (role: 'viewer' | 'owner') =>
        place.modules.accounts.changeRole({
          userId: user.id,
          accountId: user.accountId,
          role,
          origin,
        });
      await setRole('viewer');
      const narrow = await refresh(app, json.refresh_token);
      assert.ok(!sorted(narrow.json.scope).includes('asset.create'));
      assert.deepEqual(await may(narrow.json.access_token), sorted(narrow.json.scope));
      await setRole('owner');
      assert.ok((await may(narrow.json.access_token))?.includes('asset.create'));
    });

    test('a service tells, and may do, what its owner’s role allows, and gets nothing once they left the account', async () => {
      const { user } = await place.person();
      const scopes = ['account.read', 'asset.read', 'asset.create'];
      const service = await place.register(user, { type: 'service', scopes });
      const credentials = () => place.token({ grant_type: 'client_credentials' }, service);
      const setRole = async (role: 'viewer' | null): Promise<void> => {
        const changed = { userId: user.id, accountId: user.accountId, role, origin };
        assert.equal((await place.modules.accounts.changeRole(changed)).outcome, 'changed');
      };
      const old = await credentials();
      assert.deepEqual(sorted(old.json.scope), scopes.toSorted());
      await setRole('viewer');
      const narrow = await credentials();
      assert.deepEqual(sorted(narrow.json.scope), READING);
      assert.deepEqual(await may(narrow.json.access_token), READING);
      assert.deepEqual(await may(old.json.access_token), READING);
      await setRole(null);
      const refused = await credentials();
      assert.deepEqual([refused.status, refused.json.error], [401, 'invalid_client']);
      assert.equal(refused.json.access_token, undefined);
      assert.equal(await may(narrow.json.access_token), null);
    });
  });
}
