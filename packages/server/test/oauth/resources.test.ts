/** Tokens are for the resources that they were issued for (RFC 8707), whichever way they came. Two APIs, on both engines. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { amount, SEED, toldSeed } from '../support/chance.ts';
import {
  CALLBACK,
  newPkce,
  postForm,
  type Registered,
  type TokenAnswer,
} from '../support/oauth.ts';
import { sharedPostgres } from '../support/postgres.ts';
import { addSecond, SECOND } from '../support/second-resource.ts';
import { answerIn, openPlace, requestOf, type Person, type Place } from './place.ts';

const origin = { source: 'cli', client: 'cli/test', address: null, actorId: null } as const;
const SCOPE = 'account.read asset.read offline';

for (const engine of ['sqlite', 'postgres'] as const)
  describe(engine, () => {
    let place: Place;
    let person: Person;
    let web: Registered;
    let service: Registered;
    /** Resource servers of the two. */
    let ours: Registered;
    let films: Registered;
    let first: string;

    before(async () => {
      const databaseUrl =
        engine === 'postgres' ? await (await sharedPostgres()).createMigrated() : undefined;
      place = await openPlace(databaseUrl === undefined ? {} : { databaseUrl });
      addSecond(place.modules.catalogues);
      first = place.modules.catalogues.current().firstResource.identifier;
      person = await place.person();
      web = await place.register(person.user);
      service = await place.register(person.user, { type: 'service' });
      ours = await resourceServer(null);
      films = await resourceServer(SECOND.id);
    });
    after(() => place.stop());

    async function resourceServer(resourceId: string | null): Promise<Registered> {
      const registered = await place.register(person.user, { type: 'service', name: 'An API' });
      const { apps } = place.modules.authorization;
      const operator = { user: person.user, origin, isOperator: true, ceiling: null };
      const asked = { id: registered.app.id, mayIntrospect: true };
      assert.equal(await apps.setIntrospection(asked, operator), true);
      const { storage } = place.modules;
      await storage.apps.update(registered.app.id, { resourceId }, place.time.now);
      return registered;
    }

    /** The code for a request with these resources, allowed by a page where one asks. */
    async function codeFor(
      resources: readonly string[],
      { by = web, who = person }: { by?: Registered; who?: Person } = {},
    ): Promise<{ code: string; verifier: string }> {
      const { verifier, challenge } = newPkce();
      const pkce = { code_challenge: challenge, code_challenge_method: 'S256' };
      const path = requestOf(by, { scope: SCOPE, ...pkce });
      const named = resources.map((uri) => `&resource=${encodeURIComponent(uri)}`).join('');
      const page = await who.visitor.get(path + named);
      const answer = page.url.startsWith(CALLBACK)
        ? page
        : await who.visitor.submit('/oauth2/auth', { decision: 'allow' });
      const code = answerIn(answer).get('code');
      assert.ok(code !== null, answer.url);
      return { code, verifier };
    }

    /** A token request, in which `resource` may come several times. */
    const ask = (
      fields: Readonly<Record<string, string>>,
      resources: readonly string[],
      { app, secret }: Registered = web,
    ): Promise<TokenAnswer> => {
      const form = new URLSearchParams(fields);
      for (const uri of resources) form.append('resource', uri);
      const basic = { id: app.id, secret };
      return postForm(`${place.base}/oauth2/token`, form, basic);
    };

    const redeem = (
      { code, verifier }: { code: string; verifier: string },
      to: readonly string[],
    ) =>
      ask(
        {
          grant_type: 'authorization_code',
          code,
          code_verifier: verifier,
          redirect_uri: CALLBACK,
        },
        to,
      );

    const refresh = (token: string, to: readonly string[]): Promise<TokenAnswer> =>
      ask({ grant_type: 'refresh_token', refresh_token: token }, to);

    const told = async (token: string, by: Registered) =>
      (await place.ask('introspect', { token }, by)).json;

    const reasonAt = async (token: string): Promise<string> => {
      const { status, text, headers } = await place.me(token);
      if (status === 200) return 'allowed';
      assert.match(headers.get('www-authenticate') ?? '', /error="invalid_token"/);
      return JSON.parse(text).errors[0].reason;
    };

    const atThisApi = async (token: string): Promise<string> => {
      const { status, text } = await place.me(token);
      return status === 403 ? JSON.parse(text).errors[0].reason : reasonAt(token);
    };

    /** Each of the two APIs lets it in when it is for it, and hears nothing of it when it is not. */
    async function assertFor(token: string, audience: readonly string[]): Promise<void> {
      const isOurs = audience.includes(first);
      const isTheirs = audience.includes(SECOND.identifier);
      const atOurs = isOurs ? ['allowed', 'user_required'] : ['wrong_audience'];
      assert.ok(atOurs.includes(await atThisApi(token)));
      const aud = audience.length === 1 ? audience[0] : audience;
      for (const [server, isFor] of [
        [ours, isOurs],
        [films, isTheirs],
      ] as const) {
        const said = await told(token, server);
        if (isFor) assert.deepEqual(said.aud, aud);
        else assert.deepEqual(said, { active: false });
      }
    }

    const BOTH = (): readonly string[] => [first, SECOND.identifier];

    test('without the parameter a token is for the first resource, as before', async () => {
      const { json } = await redeem(await codeFor([]), []);
      await assertFor(json.access_token, [first]);
      const renewed = await refresh(json.refresh_token, []);
      await assertFor(renewed.json.access_token, [first]);
    });

    test('a token for another resource is refused here, and told to that one alone', async () => {
      const { json } = await redeem(await codeFor([SECOND.identifier]), []);
      await assertFor(json.access_token, [SECOND.identifier]);
      assert.equal(await reasonAt(json.access_token), 'wrong_audience');
      const { aud } = await told(json.access_token, web);
      assert.equal(aud, SECOND.identifier, 'its own client may ask, whatever it is for');
    });

    test('a stranger with the id of such a token learns nothing of it', async () => {
      const { json } = await redeem(await codeFor([SECOND.identifier]), []);
      const value: string = json.access_token;
      const at = 30;
      const digit = value[at] === 'A' ? 'B' : 'A';
      const forged = value.slice(0, at) + digit + value.slice(at + 1);
      assert.ok(['token_malformed', 'token_unknown'].includes(await reasonAt(forged)));
    });

    test('an unknown resource is refused at both endpoints, and nothing is spent', async () => {
      const unknown = 'https://unknown.example.com';
      for (const uri of [unknown, `${SECOND.identifier}#part`, 'films', `${first}/other`]) {
        const path = `${requestOf(web, { scope: SCOPE })}&resource=${encodeURIComponent(uri)}`;
        const answer = answerIn(await person.visitor.get(path));
        assert.equal(answer.get('error'), 'invalid_target', uri);
        const given = await codeFor([]);
        const refused = await redeem(given, [uri]);
        assert.equal(refused.json.error, 'invalid_target', uri);
        const { json } = await redeem(given, []);
        assert.equal(typeof json.access_token, 'string', 'the code was not spent');
        assert.equal((await refresh(json.refresh_token, [uri])).json.error, 'invalid_target');
        assert.equal((await refresh(json.refresh_token, [])).status, 200);
      }
    });

    test('aliases of the first resource name it, as before', async () => {
      for (const uri of [`${first}/`, `${first}/v2`]) {
        const { json } = await redeem(await codeFor([uri]), [first]);
        await assertFor(json.access_token, [first]);
      }
    });

    test('a code cannot be swapped for a token for another resource', async () => {
      const given = await codeFor([first]);
      for (const asked of [[SECOND.identifier], BOTH()]) {
        const refused = await redeem(given, asked);
        assert.equal(refused.status, 400);
        assert.equal(refused.json.error, 'invalid_target');
      }
      const { json } = await redeem(given, [first]);
      await assertFor(json.access_token, [first]);
    });

    test('one grant has tokens for each of its resources, and a refresh narrows and never widens', async () => {
      const { json } = await redeem(await codeFor(BOTH()), [SECOND.identifier]);
      await assertFor(json.access_token, [SECOND.identifier]);
      const here = await refresh(json.refresh_token, [first]);
      await assertFor(here.json.access_token, [first]);
      const all = await refresh(here.json.refresh_token, []);
      await assertFor(all.json.access_token, BOTH());
      const narrow = await redeem(await codeFor([SECOND.identifier]), []);
      for (const asked of [[first], BOTH()]) {
        const refused = await refresh(narrow.json.refresh_token, asked);
        assert.equal(refused.json.error, 'invalid_target');
      }
      const kept = await refresh(narrow.json.refresh_token, []);
      await assertFor(kept.json.access_token, [SECOND.identifier]);
    });

    test('a repeated refresh answers for the same resources, and for no others', async () => {
      const { json } = await redeem(await codeFor(BOTH()), []);
      const answered = await refresh(json.refresh_token, [first]);
      const same = await refresh(json.refresh_token, [first]);
      assert.equal(same.json.access_token, answered.json.access_token);
      const other = await refresh(json.refresh_token, [SECOND.identifier]);
      assert.equal(other.json.error, 'invalid_target');
      const goesOn = await refresh(answered.json.refresh_token, [SECOND.identifier]);
      await assertFor(goesOn.json.access_token, [SECOND.identifier]);
    });

    test('a consent is asked for again when another resource comes, and both hold from then on', async () => {
      const who = await place.person();
      const app = await place.register(person.user);
      const { visitor } = who;
      const asked = requestOf(app, { scope: SCOPE });
      const films = `${asked}&resource=${encodeURIComponent(SECOND.identifier)}`;
      const plain = await visitor.get(asked);
      assert.doesNotMatch(plain.text, /Reach these APIs/);
      await visitor.submit('/oauth2/auth', { decision: 'allow' });
      const refused = answerIn(await visitor.get(`${films}&prompt=none`));
      assert.equal(refused.get('error'), 'consent_required');
      const page = await visitor.get(films);
      assert.match(page.text, /Reach these APIs Films https:\/\/films\.example\.com/);
      await visitor.submit('/oauth2/auth', { decision: 'allow' });
      for (const path of [asked, films])
        assert.ok(answerIn(await visitor.get(`${path}&prompt=none`)).get('code') !== null, path);
      const key = { userId: who.user.id, clientId: app.app.id, accountId: who.user.accountId };
      const grant = await place.modules.storage.grants.find(key);
      assert.deepEqual(grant?.resources, ['first', SECOND.id]);
    });

    test('an app that acts as itself asks for each resource by name', async () => {
      for (const named of [[], [SECOND.identifier], BOTH()]) {
        const { json } = await ask({ grant_type: 'client_credentials' }, named, service);
        await assertFor(json.access_token, named.length === 0 ? [first] : named);
      }
    });

    async function developerToken(resources?: readonly string[]): Promise<string> {
      const { user } = person;
      const form = { description: 'for APIs', scopes: ['asset.read'], lifeSeconds: null };
      const made = await place.modules.tokens.create(
        {
          ...form,
          accountId: user.accountId,
          creationKey: crypto.randomUUID(),
          ...(resources !== undefined && { resources }),
        },
        { user, origin: { ...origin, actorId: user.id }, ceiling: null },
      );
      if (made.outcome !== 'created') throw new Error(JSON.stringify(made));
      return made.value;
    }

    test('developer tokens are for one resource or several, also after a rotation', async () => {
      await assertFor(await developerToken(), [first]);
      await assertFor(await developerToken([SECOND.id]), [SECOND.identifier]);
      const both = await developerToken(['first', SECOND.id]);
      await assertFor(both, BOTH());
      const id = both.slice('gate_pat_'.length, 'gate_pat_'.length + 12);
      const rotated = await place.modules.tokens.rotate(
        { id, overlapSeconds: 0, creationKey: crypto.randomUUID() },
        { user: person.user, origin: { ...origin, actorId: person.user.id }, ceiling: null },
      );
      assert.equal(rotated.outcome, 'rotated');
      await assertFor(rotated.value, BOTH());
      await assert.rejects(developerToken(['unknown']), /There is no API unknown/);
      await assert.rejects(developerToken([]), /Choose at least one API/);
    });

    test('what is remembered of a token for one resource opens no other', async () => {
      const { checker, catalogues } = place.modules;
      const [one, two] = catalogues.current().resources;
      assert.ok(two !== undefined);
      const token = await developerToken([SECOND.id]);
      for (let round = 0; round < 3; round++) {
        assert.equal((await checker.check(token, two)).outcome, 'active');
        const verdict = await checker.check(token, one);
        assert.ok(verdict.outcome === 'refused' && verdict.reason === 'wrong_audience');
      }
    });

    test('a client may revoke its token, whatever that is for (RFC 7009)', async () => {
      const { json } = await redeem(await codeFor([SECOND.identifier]), []);
      assert.equal((await place.ask('revoke', { token: json.access_token }, web)).status, 200);
      assert.deepEqual(await told(json.access_token, films), { active: false });
    });

    test('a resource that is gone hears nothing, and its tokens are good again when it is back', async () => {
      const { catalogues } = place.modules;
      const { parts, firstResource } = catalogues.current();
      const token = await developerToken([SECOND.id]);
      await assertFor(token, [SECOND.identifier]);
      catalogues.replace({ ...parts, resources: [firstResource] });
      assert.deepEqual(await told(token, films), { active: false });
      assert.equal(await reasonAt(token), 'wrong_audience');
      const path = `${requestOf(web)}&resource=${encodeURIComponent(SECOND.identifier)}`;
      assert.equal(answerIn(await person.visitor.get(path)).get('error'), 'invalid_target');
      catalogues.replace(parts);
      await assertFor(token, [SECOND.identifier]);
    });

    test('no sequence of requests yields a token that passes for a resource it was not asked for', async (t) => {
      t.diagnostic(toldSeed);
      const some = fc.subarray([0, 1]);
      const request = fc.record({
        consented: some,
        code: some,
        refreshes: fc.array(some, { maxLength: 3 }),
      });
      const urisOf = (which: readonly number[]) => which.map((at) => BOTH()[at] ?? '');
      const property = fc.asyncProperty(request, async ({ consented, code, refreshes }) => {
        const granted = consented.length === 0 ? [0] : consented;
        const given = await codeFor(urisOf(consented));
        let answer = await redeem(given, urisOf(code));
        if (!code.every((at) => granted.includes(at))) {
          assert.equal(answer.json.error, 'invalid_target');
          answer = await redeem(given, []);
        } else if (code.length > 0) {
          await assertFor(answer.json.access_token, urisOf(code));
        }
        for (const asked of refreshes) {
          const token: string = answer.json.refresh_token;
          const next = await refresh(token, urisOf(asked));
          if (!asked.every((at) => granted.includes(at))) {
            assert.equal(next.json.error, 'invalid_target');
            continue;
          }
          await assertFor(next.json.access_token, urisOf(asked.length === 0 ? granted : asked));
          answer = next;
        }
      });
      await fc.assert(property, { numRuns: amount(15, { long: 300 }), seed: SEED });
    });
  });
