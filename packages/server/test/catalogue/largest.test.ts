/** With the largest catalogue every form and body takes all of it, and nothing is lost on the way. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { answerIn, CALLBACK, requestOf, type Person, type Place } from '../oauth/place.ts';
import type { Registered } from '../support/oauth.ts';
import { newInstallation, type EngineName, type Installation } from './installation.ts';
import { filled } from './filled.ts';
import { largestCatalogue, withCatalogue } from './largest.ts';

const PLACES: readonly (readonly [engine: EngineName, isInOneCategory: boolean])[] = [
  ['sqlite', true],
  ['sqlite', false],
  ['postgres', false],
];

for (const [engine, isInOneCategory] of PLACES)
  describe(`${engine}, ${isInOneCategory ? 'one category' : 'a category for each scope'}`, () => {
    const catalogue = largestCatalogue(isInOneCategory);
    const all = catalogue.map(({ name }) => name);
    const forTokens = all.filter((name) => name !== 'offline');
    let installation: Installation;
    let place: Place;
    let person: Person;
    before(async () => {
      installation = await newInstallation(engine);
      place = await installation.start([], (config) => withCatalogue(config, catalogue));
      person = await place.person();
    });
    after(async () => {
      await place.stop();
      await installation.remove();
    });

    const rowOf = async (id: string) => (await place.modules.storage.tokens.byId(id))?.scopes;
    const appOf = (id: string) => place.modules.storage.apps.byId(id);
    /** Without a list of thousands in the message. */
    const assertAll = (found: readonly string[] | undefined, expected: readonly string[]): void =>
      assert.ok(
        found !== undefined && found.join(' ') === expected.join(' '),
        `${found?.length} of ${expected.length}: ${found?.slice(0, 3).join(' ')} …`,
      );
    const idIn = (html: string): string => /gate_pat_([0-9A-Za-z]{12})/.exec(html)?.[1] ?? '';
    const scopeTold = (json: { scope: string }): readonly string[] => json.scope.split(' ');

    async function tokenOfAll(): Promise<{ id: string; value: string }> {
      const { visitor } = person;
      await visitor.get('/tokens/new');
      const form = { description: 'All', expires_in: '30', scope: forTokens };
      const page = await visitor.submit('/tokens', form);
      assert.equal(page.status, 200, page.text.slice(0, 300));
      const [value = ''] = /gate_pat_[0-9A-Za-z]{32,}/.exec(page.html) ?? [];
      return { id: idIn(page.html), value };
    }

    const wishes = (wish: string): Record<string, string> =>
      Object.fromEntries(all.map((name) => [`scope.${name}`, wish]));

    test('a token with every box and every level is made, narrowed and rotated', async () => {
      const { visitor } = person;
      const { id, value } = await tokenOfAll();
      assertAll(await rowOf(id), forTokens);
      const { html } = await visitor.get(`/tokens/${id}/scopes`);
      const form = filled(html, `/tokens/${id}/scopes`);
      assert.equal([form['scope']].flat().length, forTokens.length);
      const scope = forTokens.slice(1);
      const narrowed = await visitor.post(`/tokens/${id}/scopes`, { ...form, scope });
      assert.equal(narrowed.status, 200, narrowed.text.slice(0, 300));
      assertAll(await rowOf(id), scope);
      await visitor.get(`/tokens/${id}/rotate`);
      const rotated = await visitor.submit(`/tokens/${id}/rotate`, { overlap: '3600' });
      assertAll(await rowOf(idIn(rotated.html)), scope);
      const told = await fetch(`${place.base}/v2/token`, {
        headers: { authorization: `Bearer ${value}` },
      });
      const json: { scopes: readonly string[] } = JSON.parse(await told.text());
      assertAll(json.scopes, scope);
    });

    test('a form of a token that is refused comes back with all that was chosen', async () => {
      const { visitor } = person;
      await visitor.get('/tokens/new');
      const levels = Object.fromEntries(
        [...(visitor.page?.html ?? '').matchAll(/name="(level\.[^"]+)"/g)].map(([, name = '']) => [
          name,
          'write',
        ]),
      );
      const form = { description: '', expires_in: '30', scope: forTokens, ...levels };
      const page = await visitor.submit('/tokens', form);
      assert.equal(page.status, 422, page.text.slice(0, 300));
      // Boxes that a level stands for are left to the level.
      const made = await visitor.post('/tokens', {
        ...filled(page.html, '/tokens'),
        description: 'All',
      });
      assertAll(await rowOf(idIn(made.html)), forTokens);
    });

    test('a token is made over the API with all of them', async () => {
      const { value } = await tokenOfAll();
      const answer = await fetch(`${place.base}/v2/tokens`, {
        method: 'POST',
        headers: { authorization: `Bearer ${value}`, 'content-type': 'application/json' },
        body: JSON.stringify({ description: 'API', scopes: forTokens, expires_in: 3600 }),
      });
      const json: { scopes: readonly string[] } = JSON.parse(await answer.text());
      assert.equal(answer.status, 201);
      assertAll(json.scopes, forTokens);
    });

    for (const wish of ['required', 'optional'])
      test(`an app that asks for all as ${wish} is registered, saved again and allowed all of it`, async () => {
        const registered = await register(wish);
        const { id } = registered.app;
        await saveAgain(id, wish);
        await allowAll(registered, wish);
      });

    async function register(wish: string): Promise<Registered> {
      const { visitor } = person;
      await visitor.get('/apps/new');
      const page = await visitor.submit('/apps', {
        type: 'web',
        name: `Cutting Room ${wish}`,
        redirect_uris: CALLBACK,
        ...wishes(wish),
      });
      assert.equal(page.status, 200, page.text.slice(0, 300));
      const [secret = ''] = /gate_[a-z]+_[0-9A-Za-z]{40,}/.exec(page.html) ?? [];
      const { items } = await place.modules.storage.apps.list(
        { ownerId: person.user.id },
        { page: 1, pageSize: 10 },
      );
      const app = items.find(({ name }) => name.endsWith(wish));
      assert.ok(app !== undefined);
      assertAll(app.scopes, all);
      assertAll(app.optionalScopes, wish === 'optional' ? all : []);
      return { app, secret };
    }

    async function saveAgain(id: string, wish: string): Promise<void> {
      const { visitor } = person;
      const { html } = await visitor.get(`/apps/${id}/edit`);
      const page = await visitor.post(`/apps/${id}`, {
        ...filled(html, `/apps/${id}`),
        description: 'Saved',
      });
      assert.equal(page.status, 200, page.text.slice(0, 300));
      const app = await appOf(id);
      assert.equal(app?.description, 'Saved');
      assertAll(app.scopes, all);
      assertAll(app.optionalScopes, wish === 'optional' ? all : []);
    }

    async function allowAll(registered: Registered, wish: string): Promise<void> {
      const { visitor, user } = person;
      // Left out, `scope` means all that the client is registered for.
      const { html } = await visitor.get(requestOf(registered, { scope: null }));
      const ticked = [filled(html, '/oauth2/auth')['scope'] ?? []].flat();
      assert.equal(ticked.length, wish === 'optional' ? all.length : 0);
      const page = await visitor.submit('/oauth2/auth', { decision: 'allow', scope: ticked });
      const code = answerIn(page).get('code') ?? '';
      const first = await place.token(
        { grant_type: 'authorization_code', code, redirect_uri: CALLBACK },
        registered,
      );
      assert.equal(first.status, 200, first.json.error_description);
      assertAll(scopeTold(first.json), all);
      const key = {
        userId: user.id,
        clientId: registered.app.id,
        accountId: user.accountId,
      };
      const grant = await place.modules.storage.grants.find(key);
      assertAll(grant?.scopes, all);
      assert.equal((await visitor.get(`/connections/${grant?.id}`)).status, 200);
      const scope = all.join(' ');
      const body = {
        grant_type: 'refresh_token',
        refresh_token: first.json.refresh_token,
        scope,
      };
      const next = await place.token(body, registered);
      assertAll(scopeTold(next.json), all);
      const told = await place.ask('introspect', { token: next.json.access_token }, registered);
      assertAll(scopeTold(told.json), all);
    }
  });
