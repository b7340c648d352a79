/** A refresh that is repeated: from elsewhere it is answered and told, and it is not answered without end. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Event } from '../../src/audit/event.ts';
import { approve, exchange, type Registered } from '../support/oauth.ts';
import { sharedPostgres } from '../support/postgres.ts';
import { basicOf, CALLBACK, openPlace, type Person, type Place } from './place.ts';

interface From {
  readonly address: string;
  readonly agent: string;
}

const FIRST: From = { address: '192.0.2.7', agent: 'cutter/1.0' };
const KIND = 'oauth_refresh_repeated';

for (const engine of ['sqlite', 'postgres'] as const) {
  describe(engine, () => {
    let place: Place;
    let developer: Person;
    before(async () => {
      const databaseUrl =
        engine === 'sqlite' ? {} : { databaseUrl: await (await sharedPostgres()).createMigrated() };
      place = await openPlace({
        ...databaseUrl,
        change: (config) => ({
          ...config,
          server: { ...config.server, trustedProxies: ['127.0.0.1'] },
        }),
      });
      developer = await place.person();
    });
    after(() => place.stop());

    async function refresh({ app, secret }: Registered, token: string, from: From) {
      const fields = { grant_type: 'refresh_token', refresh_token: token };
      const isPublic = secret === '';
      const answer = await fetch(`${place.base}/oauth2/token`, {
        method: 'POST',
        headers: {
          'x-forwarded-for': from.address,
          'user-agent': from.agent,
          ...(!isPublic && { authorization: basicOf({ id: app.id, secret }) }),
        },
        body: new URLSearchParams(isPublic ? { ...fields, client_id: app.id } : fields),
      });
      const json = (await answer.json()) as Record<string, string>;
      return { status: answer.status, json };
    }

    async function connect(type: 'web' | 'public' = 'web') {
      const person = await place.person();
      const registered = await place.register(developer.user, {
        type,
        allowsMissingPkce: type === 'public',
      });
      const { user } = person;
      const whose = { user, registered };
      const given = { base: place.base, modules: place.modules };
      const { json } =
        type === 'web' ? await exchange(given, whose) : await exchangePublic(person, registered);
      return { person, registered, token: String(json.refresh_token) };
    }

    async function exchangePublic({ user }: Person, registered: Registered) {
      const code = await approve(place.modules, { user, app: registered.app });
      const fields = { grant_type: 'authorization_code', code, redirect_uri: CALLBACK };
      return place.token(fields, registered);
    }

    const eventsOf = async (filter: { userId?: string; resourceId?: string }) => {
      const log = await place.modules.storage.events.list(filter, { page: 1, pageSize: 100 });
      return log.items.filter(({ type }) => type.startsWith('oauth_refresh_'));
    };
    const facts = ({ type, address, client, details }: Event) => ({
      type,
      address,
      client,
      differs: details['differs'],
    });

    for (const [differs, from] of [
      ['network', { ...FIRST, address: '198.51.100.9' }],
      ['program', { ...FIRST, agent: 'thief/2' }],
      ['both', { address: '2001:db8:1:2::9', agent: '' }],
    ] as const) {
      test(`a repeat from another ${differs} is answered alike, and told to the person and on the app’s page`, async () => {
        const { person, registered, token } = await connect();
        const first = await refresh(registered, token, FIRST);
        const again = await refresh(registered, token, from);
        assert.equal(again.status, 200);
        assert.equal(again.json['refresh_token'], first.json['refresh_token']);
        assert.equal(again.json['access_token'], first.json['access_token']);
        const { id } = registered.app;
        const expected = { type: KIND, address: from.address, client: `oauth_app/${id}`, differs };
        assert.deepEqual((await eventsOf({ userId: person.user.id })).map(facts), [expected]);
        const ofApp = await eventsOf({ resourceId: id });
        assert.deepEqual(ofApp.map(facts), [expected]);
        assert.equal(ofApp[0]?.userId, null);
        const account = await person.visitor.get('/account');
        assert.match(account.text, /Refresh repeated from another [a-z ]+: Cutting Room/);
        const { user } = person;
        const key = { userId: user.id, clientId: id, accountId: user.accountId };
        const grant = await place.modules.storage.grants.find(key);
        const connection = await person.visitor.get(`/connections/${grant?.id}`);
        assert.match(connection.text, /Refresh repeated from another [a-z ]+: Cutting Room/);
        const page = await developer.visitor.get(`/apps/${id}`);
        assert.match(page.text, /A refresh was repeated from another/);
        assert.doesNotMatch(page.text, new RegExp(person.user.email));
      });
    }

    test('a repeat from the same network and program is no event', async () => {
      const { person, registered, token } = await connect();
      const near = { ...FIRST, address: '2001:db8:5:6::1' };
      await refresh(registered, token, near);
      const again = await refresh(registered, token, { ...near, address: '2001:db8:5:6:7::8' });
      assert.equal(again.status, 200);
      assert.deepEqual(await eventsOf({ userId: person.user.id }), []);
      assert.deepEqual(await eventsOf({ resourceId: registered.app.id }), []);
    });

    test('each rotation is compared with its own first request', async () => {
      const { person, registered, token } = await connect();
      const second = await refresh(registered, token, FIRST);
      const moved = { ...FIRST, address: '203.0.113.80' };
      await refresh(registered, String(second.json['refresh_token']), moved);
      await refresh(registered, String(second.json['refresh_token']), moved);
      assert.deepEqual(await eventsOf({ userId: person.user.id }), []);
    });

    test('of 30 repeats from elsewhere at once 10 are answered, each with an event; the family lives on', async () => {
      const { person, registered, token } = await connect();
      const first = await refresh(registered, token, FIRST);
      const all = await Promise.all(
        Array.from({ length: 30 }, (_, index) =>
          refresh(registered, token, { ...FIRST, address: `198.51.100.${index + 1}` }),
        ),
      );
      assert.equal(all.filter(({ status }) => status === 200).length, 10);
      const refused = all.filter(({ status }) => status !== 200);
      assert.ok(refused.every(({ json }) => json['error'] === 'invalid_grant'));
      assert.equal((await eventsOf({ userId: person.user.id })).length, 10);
      assert.equal((await refresh(registered, token, FIRST)).status, 200);
      const next = await refresh(registered, String(first.json['refresh_token']), FIRST);
      assert.equal(next.status, 200);
    });

    test('of 110 repeats from the same place 100 are answered, and the next rotation counts anew', async () => {
      const { registered, token } = await connect();
      const first = await refresh(registered, token, FIRST);
      const all = await Promise.all(
        Array.from({ length: 110 }, () => refresh(registered, token, FIRST)),
      );
      assert.equal(all.filter(({ status }) => status === 200).length, 100);
      const next = String(first.json['refresh_token']);
      assert.equal((await refresh(registered, next, FIRST)).status, 200);
      assert.equal((await refresh(registered, next, FIRST)).status, 200);
    });

    test('reuse is told on the app’s page too, and of a public client without the address of its user', async () => {
      for (const type of ['web', 'public'] as const) {
        const { person, registered, token } = await connect(type);
        const first = await refresh(registered, token, FIRST);
        await refresh(registered, String(first.json['refresh_token']), FIRST);
        assert.equal((await refresh(registered, token, FIRST)).json['error'], 'invalid_grant');
        const [ofUser] = await eventsOf({ userId: person.user.id });
        assert.deepEqual([ofUser?.type, ofUser?.address], ['oauth_refresh_reused', FIRST.address]);
        const [ofApp] = await eventsOf({ resourceId: registered.app.id });
        const told = type === 'web' ? FIRST.address : null;
        assert.deepEqual([ofApp?.type, ofApp?.address, ofApp?.userId], [ofUser?.type, told, null]);
        const page = await developer.visitor.get(`/apps/${registered.app.id}`);
        assert.match(page.text, /A refresh token was used again; what came of it ended/);
        assert.match(page.text, /A client of the app/);
      }
    });
  });
}
