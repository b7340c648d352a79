/** The catalogue of a running server is replaced: everything that speaks of scopes speaks of the new one at once. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { CatalogueParts } from '../../src/catalogue/catalogue.ts';
import { requestOf, type Person, type Place } from '../oauth/place.ts';
import { exchange, type Registered } from '../support/oauth.ts';
import {
  definitionOf,
  newInstallation,
  type EngineName,
  type Installation,
} from './installation.ts';

const BEFORE = ['account.read', 'team.read', 'asset.read', 'old.read', 'offline'];
const AFTER = ['account.read', 'asset.read', 'asset.create', 'new.read was old.read', 'offline'];
const FOR_TOKENS = BEFORE.filter((name) => name !== 'offline');

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
    let first: CatalogueParts;

    before(async () => {
      installation = await newInstallation(engine);
      place = await installation.start(BEFORE);
      first = place.modules.catalogues.current().parts;
      person = await place.person();
      web = await place.register(person.user, { scopes: BEFORE });
      service = await place.register(person.user, { type: 'service', scopes: FOR_TOKENS });
      pat = await tokenOf(FOR_TOKENS);
      const { base, modules } = place;
      const granted = await exchange({ base, modules }, { user: person.user, registered: web });
      access = granted.json.access_token;
      await sayEverything();
      replaceBy(AFTER);
    });
    after(async () => {
      await place.stop();
      await installation.remove();
    });

    /** Whatever is remembered of an answer is remembered before the replacement. */
    async function sayEverything(): Promise<void> {
      for (const path of ['/openapi.json', METADATA, '/v2/token', '/v2/accounts', '/v2/teams'])
        assert.equal((await api(path)).status, 200, path);
      assert.equal((await told(access)).active, true);
      await person.visitor.get('/tokens/new');
      await person.visitor.get('/apps/new');
      await person.visitor.get(requestOf(web, { prompt: 'consent', scope: 'old.read' }));
    }

    /** `withheld`: from every role. */
    function replaceBy(named: readonly string[], withheld: readonly string[] = []): void {
      const { catalogues } = place.modules;
      const scopes = named.map(definitionOf);
      const held = scopes.map(({ name }) => name).filter((name) => !withheld.includes(name));
      const roles = { owner: held, admin: held, member: held, viewer: held };
      const presets = [{ name: `Preset of ${named.length}`, scopes: held.slice(0, 1) }];
      catalogues.replace({ ...catalogues.current().parts, scopes, roles, presets });
    }

    const tokenOf = (scopes: readonly string[]) => place.developerToken(person.user, scopes);

    const METADATA = '/.well-known/oauth-authorization-server';

    async function api(path: string, token = pat.value, body?: object) {
      const answer = await fetch(place.base + path, {
        method: body === undefined ? 'GET' : 'POST',
        headers: {
          authorization: `Bearer ${token}`,
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      // oxlint-disable-next-line typescript/no-explicit-any
      const json: any = await answer.json();
      return { status: answer.status, json };
    }

    const told = async (token: string) =>
      (await place.ask('introspect', { token }, web)).json as { active: boolean; scope?: string };

    test('a check, /v2/token, introspection and the token endpoint tell the names of now', async () => {
      const { json } = await api('/v2/token');
      assert.deepEqual(json.scopes.toSorted(), ['account.read', 'asset.read', 'new.read']);
      assert.ok(json.token_scopes.includes('team.read'), 'what it was given is not forgotten');
      const { scope = '' } = await told(access);
      assert.deepEqual(scope.split(' ').toSorted(), [
        'account.read',
        'asset.read',
        'new.read',
        'offline',
      ]);
      const { json: answer } = await place.token({ grant_type: 'client_credentials' }, service);
      assert.deepEqual(answer.scope.split(' ').toSorted(), [
        'account.read',
        'asset.read',
        'new.read',
      ]);
    });

    test('a scope that is gone opens nothing, and the refusal says why', async () => {
      assert.equal((await api('/v2/accounts')).status, 200);
      const { status, json } = await api('/v2/teams');
      assert.equal(status, 403);
      assert.equal(json.errors[0].reason, 'scope_missing');
      assert.match(json.errors[0].detail, /The catalogue of this server has no team\.read/);
    });

    test('tokens and apps are made of the scopes of now, also in a former name', async () => {
      const made = (scope: string) =>
        api('/v2/tokens', pat.value, { description: 'made', scopes: [scope], expires_in: null });
      assert.deepEqual((await made('old.read')).json.scopes, ['new.read']);
      assert.equal((await made('team.read')).status, 422);
      const asked = place.register(person.user, { scopes: ['team.read'] });
      await assert.rejects(asked, /team\.read/);
      const { app } = await place.register(person.user, { scopes: ['asset.create'] });
      assert.deepEqual(app.scopes, ['asset.create']);
    });

    test('pages offer the scopes and presets of now', async () => {
      const { visitor } = person;
      for (const path of ['/tokens/new', '/apps/new?type=web', `/tokens/${pat.id}`]) {
        const { html } = await visitor.get(path);
        assert.match(html, /new\.read/, path);
        assert.doesNotMatch(html, /old\.read/, path);
      }
      const { html } = await visitor.get('/tokens/new');
      assert.match(html, /asset\.create/);
      assert.doesNotMatch(html, /team\.read/);
      assert.match(html, /Preset of 5/);
      const { text } = await visitor.get(`/tokens/${pat.id}`);
      assert.match(text, /1 scope of this token is no longer offered here/);
    });

    test('the page of consent asks in the words of now', async () => {
      const { visitor } = person;
      const asked = { prompt: 'consent', scope: 'old.read asset.read' };
      const { text, html } = await visitor.get(requestOf(web, asked));
      assert.match(text, /do new\.read/);
      assert.doesNotMatch(html, /do old\.read/);
    });

    test('metadata and the OpenAPI document are those of now', async () => {
      const { json: metadata } = await api(METADATA);
      assert.deepEqual(
        metadata.scopes_supported,
        AFTER.map((named) => definitionOf(named).name),
      );
      // A scope that the server itself asks for gets another name, and its former one goes on.
      replaceBy(['account.see was account.read', 'asset.read']);
      const { json: document } = await api('/openapi.json');
      const operation = document.paths['/v2/accounts'].get;
      assert.deepEqual(operation['x-required-scopes'], ['account.see']);
      assert.match(operation.description, /Needs `account\.see`/);
      const body = document.paths['/v2/tokens'].post.requestBody.content['application/json'];
      assert.deepEqual(body.example.scopes, ['asset.read'], 'the first that only looks');
      assert.equal((await api('/v2/accounts')).status, 200);
      replaceBy(AFTER);
    });

    test('messages name scopes as they are called now', () => {
      const text = place.modules.renderMail({
        kind: 'app-authorised',
        to: 'ada@example.com',
        name: 'Ada',
        appName: 'Cutting Room',
        place: 'app.example.com',
        scopes: ['old.read'],
        isExtension: false,
        isPersistent: false,
        at: 0,
        address: null,
      }).text;
      assert.match(text, /do new\.read/);
    });

    test('what roles may hold is that of now', async () => {
      replaceBy(AFTER, ['asset.read']);
      const { json } = await api('/v2/token');
      assert.deepEqual(json.scopes.toSorted(), ['account.read', 'new.read']);
      assert.deepEqual(json.missing_by_role, ['asset.read']);
      const made = await api('/v2/tokens', pat.value, {
        description: 'beyond the role',
        scopes: ['asset.read'],
        expires_in: null,
      });
      assert.equal(made.status, 422);
      const { text } = await person.visitor.get(`/tokens/${pat.id}`);
      assert.match(text, /Your role no longer allows/);
      replaceBy(AFTER);
      assert.ok((await api('/v2/token')).json.scopes.includes('asset.read'));
    });

    test('a scope that is back opens what it opened', async () => {
      place.modules.catalogues.replace(first);
      assert.equal((await api('/v2/teams')).status, 200);
      assert.deepEqual((await api('/v2/token')).json.scopes.toSorted(), FOR_TOKENS.toSorted());
      assert.equal((await told(access)).scope, BEFORE.join(' '));
      replaceBy(AFTER);
    });

    test('forms have room for the names of now', async () => {
      const { bodyLimitBytes } = place.running.app.config.server;
      const send = async (): Promise<number> => {
        const answer = await fetch(`${place.base}/forgot-password`, {
          method: 'POST',
          body: new URLSearchParams({ email: 'a'.repeat(bodyLimitBytes + 5000) }),
        });
        return answer.status;
      };
      assert.equal(await send(), 413);
      replaceBy([...AFTER, ...Array.from({ length: 500 }, (_, at) => `clip.action${at}`)]);
      assert.notEqual(await send(), 413);
      replaceBy(AFTER);
    });

    test('each replacement is a version of its own', () => {
      const { catalogues } = place.modules;
      const { version } = catalogues.current();
      replaceBy(AFTER);
      assert.equal(catalogues.current().version, version + 1);
    });
  });
