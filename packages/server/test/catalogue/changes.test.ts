/** A catalogue that changes under an installation: nothing valid is lost in any act, and a renamed scope goes on under its new name. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { findGoneScopes } from '../../src/compose/catalogue-report.ts';
import { exchange, type Registered } from '../support/oauth.ts';
import { answerIn, requestOf, type Person, type Place } from '../oauth/place.ts';
import { until } from '../support/until.ts';
import { filled } from './filled.ts';
import { newInstallation, type EngineName, type Installation } from './installation.ts';

const BEFORE = ['account.read', 'asset.read', 'asset.create', 'gone.read', 'old.read', 'offline'];
const AFTER = ['account.read', 'asset.read', 'asset.create', 'new.read was old.read', 'offline'];
const BACK = [...AFTER, 'gone.read'];
const FOR_TOKENS = BEFORE.filter((name) => name !== 'offline');
/** What a token with all of them may do, and what it still names, after the change. */
const WORKING = ['account.read', 'asset.create', 'asset.read', 'new.read'];
const NAMED = [...WORKING, 'gone.read'].toSorted();

const ENGINES: readonly EngineName[] = ['sqlite', 'postgres'];

for (const engine of ENGINES)
  describe(engine, () => {
    let installation: Installation;
    let place: Place;
    let person: Person;
    let web: Registered;
    let service: Registered;
    let pat: { id: string; value: string };
    let access: string;
    let refresh: string;
    let code: string;

    before(async () => {
      installation = await newInstallation(engine);
      place = await installation.start(BEFORE);
      person = await place.person();
      web = await place.register(person.user, { scopes: BEFORE, optionalScopes: ['gone.read'] });
      service = await place.register(person.user, { type: 'service', scopes: FOR_TOKENS });
      pat = await tokenOf(FOR_TOKENS);
      const { json } = await exchange(
        { base: place.base, modules: place.modules },
        { user: person.user, registered: web },
      );
      [access, refresh] = [json.access_token, json.refresh_token];
      await restart(AFTER);
    });
    after(async () => {
      await place.stop();
      await installation.remove();
    });

    async function restart(catalogue: readonly string[]): Promise<void> {
      await place.stop();
      place = await installation.start(catalogue);
      const visitor = place.running.visitor();
      person = { ...person, visitor };
      await place.signIn(visitor, person.user);
      installation.time.now += 5;
    }

    const tokenOf = (scopes: readonly string[]) => place.developerToken(person.user, scopes);

    const api = async (path: string, method = 'GET', body?: object, token = pat.value) => {
      const answer = await fetch(place.base + path, {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      const text = await answer.text();
      // oxlint-disable-next-line typescript/no-explicit-any
      const json: any = text === '' ? null : JSON.parse(text);
      return { status: answer.status, json };
    };
    const scopesOf = async (token: string): Promise<readonly string[]> =>
      (await api('/v2/token', 'GET', undefined, token)).json.scopes.toSorted();
    const namedBy = async (id: string): Promise<readonly string[] | undefined> =>
      (await place.modules.storage.tokens.byId(id))?.scopes.toSorted();

    test('a token works with what is left and with the new name, and says both', async () => {
      const { json } = await api('/v2/token');
      assert.deepEqual(json.scopes.toSorted(), WORKING);
      assert.deepEqual(json.token_scopes.toSorted(), NAMED);
      assert.deepEqual(json.missing_by_role, [], 'the role withholds nothing');
      assert.deepEqual(await scopesOf(access), [...WORKING, 'offline'].toSorted());
      const { json: told } = await place.ask('introspect', { token: access }, web);
      assert.deepEqual(told.scope.split(' ').toSorted(), [...WORKING, 'offline'].toSorted());
    });

    test('its page says that a scope is no longer offered, and blames no role', async () => {
      const { text } = await person.visitor.get(`/tokens/${pat.id}`);
      assert.match(text, /1 scope of this token is no longer offered here/);
      assert.doesNotMatch(text, /Your role no longer allows/);
    });

    test('renaming, disabling, enabling and rotating by page keep every scope', async () => {
      const { id } = await tokenOfAll();
      const { visitor } = person;
      const { html } = await visitor.get(`/tokens/${id}`);
      const csrf = /name="csrf"[^>]*value="([^"]+)"/.exec(html)?.[1];
      assert.ok(csrf !== undefined);
      for (const [path, fields] of [
        [`/tokens/${id}/description`, { description: 'renamed' }],
        [`/tokens/${id}/disable`, {}],
        [`/tokens/${id}/enable`, {}],
      ] as const) {
        const page = await visitor.post(path, { csrf, ...fields });
        assert.equal(page.status, 200, `${path}: ${page.text.slice(0, 200)}`);
        assert.deepEqual(await namedBy(id), NAMED, path);
      }
      await visitor.get(`/tokens/${id}/rotate`);
      const page = await visitor.submit(`/tokens/${id}/rotate`, { overlap: '3600' });
      const [value = '', successor = ''] =
        /gate_pat_([0-9A-Za-z]{12})[0-9A-Za-z]{20,}/.exec(page.html) ?? [];
      assert.deepEqual(await namedBy(successor), NAMED);
      assert.deepEqual(await scopesOf(value), WORKING);
    });

    /** As it was before the change: its row has the former names. */
    async function tokenOfAll() {
      await place.stop();
      place = await installation.start(BEFORE);
      const made = await tokenOf(FOR_TOKENS);
      await restart(AFTER);
      return made;
    }

    test('narrowing by page takes away what is unticked and nothing else', async () => {
      const { id } = await tokenOfAll();
      const { html } = await person.visitor.get(`/tokens/${id}/scopes`);
      const form = filled(html, `/tokens/${id}/scopes`);
      const kept = [form['scope'] ?? []].flat().filter((name) => name !== 'asset.create');
      assert.equal(
        (await person.visitor.post(`/tokens/${id}/scopes`, { ...form, scope: kept })).status,
        200,
      );
      assert.deepEqual(
        await namedBy(id),
        NAMED.filter((name) => name !== 'asset.create'),
      );
    });

    test('a token rotates, renames and narrows tokens by API, also in former names', async () => {
      const { id } = await tokenOfAll();
      assert.equal((await api(`/v2/tokens/${id}`)).status, 200, 'it sees what it saw before');
      const renamed = await api(`/v2/tokens/${id}`, 'PATCH', { description: 'again' });
      assert.deepEqual(renamed.json.scopes.toSorted(), NAMED);
      const scopes = ['asset.read', 'old.read', 'gone.read'];
      const narrowed = await api(`/v2/tokens/${id}`, 'PATCH', { scopes });
      assert.deepEqual(narrowed.json.scopes.toSorted(), ['asset.read', 'gone.read', 'new.read']);
      const rotated = await api(`/v2/tokens/${id}/rotate`, 'POST', { overlap_seconds: 0 });
      assert.deepEqual(rotated.json.scopes.toSorted(), ['asset.read', 'gone.read', 'new.read']);
      const made = await api('/v2/tokens', 'POST', {
        description: 'old words',
        scopes: ['old.read'],
        expires_in: null,
      });
      assert.deepEqual(made.json.scopes, ['new.read']);
      const refused = await api('/v2/tokens', 'POST', {
        description: 'gone',
        scopes: ['gone.read'],
        expires_in: null,
      });
      assert.equal(refused.status, 422);
    });

    test('saving the form of an app and changing it by API keep every scope', async () => {
      for (const { app } of [web, service]) {
        const before = await place.modules.storage.apps.byId(app.id);
        const { html } = await person.visitor.get(`/apps/${app.id}/edit`);
        const form = filled(html, `/apps/${app.id}`);
        const page = await person.visitor.post(`/apps/${app.id}`, {
          ...form,
          description: 'Saved',
        });
        assert.equal(page.status, 200, page.text);
        const after = await place.modules.storage.apps.byId(app.id);
        assert.deepEqual(after?.scopes.toSorted(), before?.scopes.toSorted());
        assert.deepEqual(after?.optionalScopes, before?.optionalScopes);
        assert.ok(after?.scopes.includes('gone.read') && after.scopes.includes('new.read'));
        const patched = await api(`/v2/apps/${app.id}`, 'PATCH', { name: `Named ${app.type}` });
        assert.equal(patched.status, 200, JSON.stringify(patched.json));
        assert.deepEqual(patched.json.scopes.toSorted(), before?.scopes.toSorted());
      }
    });

    test('a consent that is renewed keeps what left the catalogue, and a code and a refresh are answered', async () => {
      const { visitor, user } = person;
      await visitor.get(requestOf(web, { scope: BEFORE.join(' '), prompt: 'consent' }));
      const page = await visitor.submit('/oauth2/auth', {
        decision: 'allow',
        scope: [...WORKING, 'offline'],
      });
      code = answerIn(page).get('code') ?? '';
      const answer = await place.token(
        {
          grant_type: 'authorization_code',
          code,
          redirect_uri: 'https://app.example.com/callback',
        },
        web,
      );
      assert.equal(answer.status, 200, JSON.stringify(answer.json));
      const key = { userId: user.id, clientId: web.app.id, accountId: user.accountId };
      const grant = await place.modules.storage.grants.find(key);
      assert.deepEqual(grant?.scopes.toSorted(), [...NAMED, 'offline'].toSorted());
      for (const scope of ['', 'old.read gone.read offline']) {
        const next = await place.token(
          { grant_type: 'refresh_token', refresh_token: refresh, scope },
          web,
        );
        assert.equal(next.status, 200, JSON.stringify(next.json));
        const told = scope === '' ? [...WORKING, 'offline'] : ['new.read', 'offline'];
        assert.deepEqual(next.json.scope.split(' ').toSorted(), told.toSorted());
        assert.deepEqual(await scopesOf(next.json.access_token), told.toSorted());
        refresh = next.json.refresh_token;
      }
      const own = await place.token({ grant_type: 'client_credentials' }, service);
      assert.deepEqual(own.json.scope.split(' ').toSorted(), WORKING);
      assert.deepEqual(await scopesOf(own.json.access_token), WORKING);
    });

    test('withdrawing a renamed scope on a page withdraws it from rows with the former name', async () => {
      const optional = { scopes: BEFORE, optionalScopes: ['old.read'] };
      await place.stop();
      place = await installation.start(BEFORE);
      const registered = await place.register(person.user, optional);
      const { json } = await exchange(
        { base: place.base, modules: place.modules },
        { user: person.user, registered },
      );
      await restart(AFTER);
      await person.visitor.get(
        requestOf(registered, { scope: 'account.read new.read offline', prompt: 'consent' }),
      );
      await person.visitor.submit('/oauth2/auth', { decision: 'allow', scope: [] });
      assert.equal((await scopesOf(json.access_token)).includes('new.read'), false);
      const next = await place.token(
        { grant_type: 'refresh_token', refresh_token: json.refresh_token },
        registered,
      );
      assert.equal(next.json.scope.includes('new.read'), false, JSON.stringify(next.json));
    });

    test('the log of a start says how many name what is gone, and which, and nothing when all is there', async () => {
      const linesOf = async (): Promise<readonly string[]> => {
        // Closing waits for the report.
        await place.stop();
        return place.running.log.filter((line) => line.includes('not in the catalogue'));
      };
      await place.stop();
      place = await installation.start(BACK);
      assert.deepEqual((await findGoneScopes(place.modules))?.names, []);
      assert.deepEqual(await linesOf(), []);
      place = await installation.start(AFTER);
      const found = await findGoneScopes(place.modules);
      assert.ok(found !== null && found.counts.tokens > 0, JSON.stringify(found));
      assert.deepEqual(found.names, ['gone.read'], 'a renamed scope is not gone');
      assert.equal(found.counts.apps >= 2 && found.counts.grants >= 1, true, JSON.stringify(found));
      await until(isReported, 'the report in the log');
      const { tokens, apps, grants } = found.counts;
      const [line = ''] = await linesOf();
      assert.match(line, new RegExp(`"tokens":${tokens},"apps":${apps},"grants":${grants}`));
      place = await installation.start(AFTER);
      await place.signIn(
        (person = { ...person, visitor: place.running.visitor() }).visitor,
        person.user,
      );
    });

    const isReported = (): boolean =>
      place.running.log.some((line) => line.includes('not in the catalogue'));

    test('an app with nothing left is told that, and neither a role nor an empty token', async () => {
      await place.stop();
      place = await installation.start(BEFORE);
      const lonely = await place.register(person.user, { type: 'service', scopes: ['gone.read'] });
      const registered = await place.register(person.user, { scopes: ['gone.read'] });
      await restart(AFTER);
      const answer = await place.token({ grant_type: 'client_credentials' }, lonely);
      assert.equal(answer.json.error, 'invalid_scope', JSON.stringify(answer.json));
      assert.match(answer.json.error_description, /any more/);
      const page = await person.visitor.get(requestOf(registered, { scope: null }));
      assert.equal(answerIn(page).get('error'), 'invalid_scope');
      assert.match(answerIn(page).get('error_description') ?? '', /any more/);
    });

    test('what comes back to the catalogue works again, in tokens and after a refresh', async () => {
      await restart(BACK);
      assert.ok((await scopesOf(pat.value)).includes('gone.read'));
      const next = await place.token({ grant_type: 'refresh_token', refresh_token: refresh }, web);
      assert.ok(next.json.scope.includes('gone.read'), JSON.stringify(next.json));
      const own = await place.token({ grant_type: 'client_credentials' }, service);
      assert.ok(own.json.scope.includes('gone.read'), JSON.stringify(own.json));
    });
  });
