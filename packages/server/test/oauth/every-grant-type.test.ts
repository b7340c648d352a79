/**
 * What holds for every grant type, over HTTP on both databases: it gives a token that works, what it presents is good for one
 * token and for its own client alone, and nothing is given once the user, the owner or the app has ended. A new one comes in
 * by its way.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { User } from '../../src/identity/types.ts';
import type { ClientType } from '../../src/oauth/vocabulary.ts';
import { approve, exchange, type Registered, type TokenAnswer } from '../support/oauth.ts';
import { sharedPostgres } from '../support/postgres.ts';
import { ENGINES } from './desk.ts';
import { ENDS } from './ends.ts';
import { CALLBACK, openPlace, type Place } from './place.ts';

type Body = Readonly<Record<string, string>>;

interface Way {
  /** Of a client that uses it. */
  readonly type: ClientType;
  /** Of a client that may not. */
  readonly not: ClientType;
  /** Goes so far that one request is left; answers its parameters. `null`: the client presents nothing but itself. */
  readonly prepare:
    ((place: Place, whose: { user: User; registered: Registered }) => Promise<Body>) | null;
}

const WAYS: Readonly<Record<string, Way>> = {
  authorization_code: {
    type: 'web',
    not: 'service',
    async prepare({ modules }, { user, registered: { app } }) {
      return { code: await approve(modules, { user, app }), redirect_uri: CALLBACK };
    },
  },
  refresh_token: {
    type: 'web',
    not: 'service',
    async prepare({ base, modules }, whose) {
      const { json } = await exchange({ base, modules }, whose);
      return { refresh_token: String(json.refresh_token) };
    },
  },
  client_credentials: { type: 'service', not: 'web', prepare: null },
};

interface Prepared {
  readonly user: User;
  readonly registered: Registered;
  readonly developer: User;
  readonly body: Body;
}

async function prepare(place: Place, grant_type: string, way: Way): Promise<Prepared> {
  const developer = await place.user();
  // A client that acts as itself stands with its owner.
  const user = way.prepare === null ? developer : await place.user();
  const registered = await place.register(developer, { type: way.type });
  const presented = await way.prepare?.(place, { user, registered });
  return { user, registered, developer, body: { grant_type, ...presented } };
}

const assertRefused = ({ json, status }: TokenAnswer, errors: readonly string[]): void => {
  assert.ok(status >= 400 && errors.includes(json.error), JSON.stringify(json));
  assert.equal(json.access_token, undefined);
};

async function isActive(place: Place, { registered }: Prepared, token: string): Promise<boolean> {
  return (await place.ask('introspect', { token }, registered)).json.active;
}

for (const engine of ENGINES) {
  describe(engine, () => {
    let place: Place;
    before(async () => {
      const databaseUrl =
        engine === 'postgres' ? await (await sharedPostgres()).createMigrated() : undefined;
      place = await openPlace({ ...(databaseUrl !== undefined && { databaseUrl }) });
    });
    after(() => place.stop());

    test('every grant type that the server names has its way here', async () => {
      const answer = await fetch(`${place.base}/.well-known/oauth-authorization-server`);
      const { grant_types_supported } = (await answer.json()) as {
        grant_types_supported: readonly string[];
      };
      assert.deepEqual(Object.keys(WAYS).toSorted(), [...grant_types_supported].toSorted());
    });

    for (const [name, way] of Object.entries(WAYS)) {
      test(`${name} gives an access token that works`, async () => {
        const prepared = await prepare(place, name, way);
        const { status, json } = await place.token(prepared.body, prepared.registered);
        assert.equal(status, 200, JSON.stringify(json));
        assert.equal(await isActive(place, prepared, json.access_token), true);
      });

      test(`${name} is not for a client of another type`, async () => {
        const { developer, body } = await prepare(place, name, way);
        const other = await place.register(developer, { type: way.not });
        assertRefused(await place.token(body, other), ['unauthorized_client']);
      });

      test(`${name} takes no parameter twice`, async () => {
        const { registered, body } = await prepare(place, name, way);
        const { app, secret } = registered;
        for (const parameter of Object.keys(body)) {
          const sent = new URLSearchParams({ ...body, client_id: app.id, client_secret: secret });
          sent.append(parameter, 'twice');
          const answer = await fetch(`${place.base}/oauth2/token`, { method: 'POST', body: sent });
          const { error } = (await answer.json()) as { error: string };
          assert.deepEqual([answer.status, error], [400, 'invalid_request'], parameter);
        }
        assert.equal((await place.token(body, registered)).status, 200, 'nothing was spent');
      });

      for (const [act, end] of Object.entries(ENDS)) {
        // Nobody connected an app that acts as itself.
        if (way.prepare === null && act === 'disconnecting the app') continue;
        test(`${name} gives nothing after ${act}`, async () => {
          const prepared = await prepare(place, name, way);
          await end(place, prepared);
          const answer = await place.token(prepared.body, prepared.registered);
          assertRefused(answer, ['invalid_grant', 'invalid_client']);
        });
      }

      if (way.prepare === null) continue;

      test(`${name} gives one token, however many ask at once with what it presents`, async () => {
        const { registered, body } = await prepare(place, name, way);
        const asked = Array.from({ length: 12 }, () => place.token(body, registered));
        const answers = await Promise.all(asked);
        const given = answers.filter(({ status }) => status === 200);
        assert.ok(given.length > 0);
        const tokens = new Set(given.map(({ json }) => json.access_token));
        assert.equal(tokens.size, 1);
      });

      test(`${name} gives another client nothing, and spends nothing for it`, async () => {
        const { developer, registered, body } = await prepare(place, name, way);
        const other = await place.register(developer, { type: way.type });
        assertRefused(await place.token(body, other), ['invalid_grant']);
        assert.equal((await place.token(body, registered)).status, 200);
      });
    }
  });
}
