/**
 * Whatever belongs to somebody, asked for by its id on every route that takes one, by everybody who may try. The routes are
 * those of the table, so that a new one is asked as well.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Route } from '../../src/http/route.ts';
import { openStage, type Stage } from '../audit/stage.ts';
import { CALLBACK } from '../support/oauth.ts';
import { ENGINES } from '../storage/places.ts';
import { encode, type Fields } from '../support/visitor.ts';
import { castOf, kindOf, OTHERS, THINGS, type Asker, type Cast, type Thing } from './cast.ts';

/** What the owner's request needs besides. Without it they are told what is wrong; others learn not even that. */
const BODIES: Readonly<Record<string, object>> = {
  'PATCH /v2/tokens/:id': { description: 'renamed' },
  'POST /v2/tokens/:id/rotate': { overlap_seconds: 0 },
  'PATCH /v2/apps/:id': { name: 'Another Room' },
};

const FIELDS: Readonly<Record<string, Fields>> = {
  '/tokens/:id/description': { description: 'renamed' },
  '/tokens/:id/scopes': { scope: 'asset.read' },
  '/tokens/:id/rotate': { overlap: '0' },
  '/apps/:id': { name: 'Another Room', redirect_uris: CALLBACK, 'scope.asset.read': 'required' },
  '/apps/:id/offer': { email: 'somebody@example.com' },
};

/** Not about anything that belongs to a person. */
const OTHERWISE = new Set(['/admin/mail/:id/retry']);

/** Operators reach every app by its pages, and nothing else of others but by pages of their own. */
const isOpenToOperators = ({ access, path }: Route): boolean =>
  access.kind === 'operator' || (path.startsWith('/apps/:id') && !path.endsWith('/offer'));

/** A team, an account and a person are told to every token of the account that has the scope for it. */
const isOfAccount = (path: string): boolean => /^\/v2\/(accounts|teams|users)\//.test(path);
const IN_ACCOUNT: ReadonlySet<Asker> = new Set([
  'the owner, with less than it holds',
  'an operator, by a token of the same account',
  'an operator, by an app in the same account',
]);
/** People are the same in every account: what they did is told of the account of the token alone. */
const isOfPerson = (path: string): boolean => path.startsWith('/v2/users/');

/** Scopes that its route asks for are another rule; `the owner, with less` has none of them. */
const isRefusal = (status: number, asker: Asker): boolean =>
  asker === 'the owner, suspended' ? status === 401 : status === 404 || status === 403;

interface Reply {
  readonly status: number;
  readonly location: string | null;
  readonly text: string;
}

for (const engine of ENGINES) {
  describe(engine, () => {
    let stage: Stage;
    let cast: Cast;
    let routes: readonly Route[];
    before(async () => {
      stage = await openStage(engine);
      cast = await castOf(stage.place);
      routes = stage.place.modules.routes.filter(
        ({ path, access }) => path.includes('/:') && access.kind !== 'public',
      );
    });
    after(() => stage.close());

    const pathTo = ({ path }: Route, { id, parameters = {} }: Thing): string =>
      path.replaceAll(/:(\w+)/g, (_all, name: string) =>
        name === 'id' ? id : (parameters[name] ?? ''),
      );

    async function byApi(route: Route, thing: Thing, asker: Asker): Promise<Reply> {
      const body = BODIES[`${route.method} ${route.path}`];
      const answer = await fetch(stage.place.base + pathTo(route, thing), {
        method: route.method,
        headers: {
          authorization: `Bearer ${cast.tokens[asker]}`,
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      return { status: answer.status, location: null, text: await answer.text() };
    }

    const PEOPLE: Readonly<Partial<Record<Asker, keyof Cast>>> = {
      'the owner': 'owner',
      'another person': 'other',
      'an operator': 'operator',
      'the owner, suspended': 'suspended',
    };

    async function byPage(route: Route, thing: Thing, asker: Asker): Promise<Reply | null> {
      const who = PEOPLE[asker];
      if (who === undefined || who === 'tokens') return null;
      const { visitor } = cast[who];
      const path = pathTo(route, thing);
      if (route.method === 'GET') return replyOf(await visitor.send('GET', path, {}));
      await visitor.get('/account');
      const csrf = visitor.hidden('/account/profile')?.['csrf'] ?? '';
      const body = encode({ csrf, ...FIELDS[route.path], ...thing.fields });
      return replyOf(await visitor.send('POST', path, { body }));
    }

    const ask = (route: Route, thing: Thing, asker: Asker): Promise<Reply | null> =>
      route.family === 'api' ? byApi(route, thing, asker) : byPage(route, thing, asker);

    test('every route is about something that belongs to somebody', () => {
      assert.ok(routes.length > 50);
      const unknown = routes.filter(
        ({ path }) => kindOf(path) === undefined && !OTHERWISE.has(path),
      );
      assert.deepEqual(
        unknown.map(({ path }) => path),
        [],
      );
    });

    test('nobody but the owner gets at it, or learns that it is there, and nothing changes', async () => {
      for (const route of routes) {
        const kind = kindOf(route.path);
        if (kind === undefined) continue;
        const name = `${route.method} ${route.path}`;
        const own = await THINGS[kind](stage.place, cast.owner);
        const suspendeds = await THINGS[kind](stage.place, cast.suspended);
        const contents = await stage.contents();
        for (const asker of OTHERS) {
          if (asker === 'an operator' && route.family === 'portal' && isOpenToOperators(route))
            continue;
          if (isOfAccount(route.path) && IN_ACCOUNT.has(asker)) continue;
          const thing = asker === 'the owner, suspended' ? suspendeds : own;
          const reply = await ask(route, thing, asker);
          if (reply === null) continue;
          if (asker === 'the owner, in another account' && isOfPerson(route.path)) {
            assert.ok(!reply.text.includes(cast.owner.user.accountId), name);
            continue;
          }
          const isOut = reply.status === 303 && reply.location?.startsWith('/sign-in') === true;
          const isRefused =
            isRefusal(reply.status, asker) || (asker === 'the owner, suspended' && isOut);
          assert.ok(isRefused, `${name} by ${asker}: ${reply.status} ${reply.text.slice(0, 300)}`);
        }
        assert.deepEqual(await stage.contents(), contents, name);
        const asker = route.access.kind === 'operator' ? 'an operator' : 'the owner';
        const reply = await ask(route, own, asker);
        const isIn =
          reply !== null &&
          ![401, 403, 404].includes(reply.status) &&
          reply.status < 500 &&
          reply.location?.startsWith('/sign-in') !== true;
        assert.ok(isIn, `${name} by ${asker}: ${reply?.status} ${reply?.text.slice(0, 300)}`);
      }
    });

    test('operators manage the apps of others by their pages', async () => {
      for (const route of routes.filter(({ path }) => path.startsWith('/apps/:id'))) {
        if (!isOpenToOperators(route)) continue;
        const thing = await THINGS.app(stage.place, cast.owner);
        const reply = await ask(route, thing, 'an operator');
        assert.ok(
          reply !== null && ![401, 403, 404].includes(reply.status),
          `${route.path} ${reply?.status}`,
        );
      }
    });

    test('ids in the fields of forms reach nothing of others', async () => {
      const { other, owner } = cast;
      const { sessions, secrets, tokens } = stage.place.modules.storage;
      const [session] = await sessions.ofUser(owner.user.id);
      const { id: tokenId } = await THINGS.token(stage.place, owner);
      const [foreign, own] = [
        await THINGS.app(stage.place, owner),
        await THINGS.app(stage.place, other),
      ];
      const secretId = foreign.fields?.['secret_id'] ?? '';
      const forms: readonly (readonly [string, Fields])[] = [
        ['/account/sessions/end', { session_id: session?.id ?? '' }],
        ['/tokens/revoke', { ids: tokenId, id: tokenId, confirm: 'yes' }],
        [`/apps/${own.id}/secrets/revoke`, { secret_id: secretId, confirm: 'yes' }],
      ];
      for (const [path, fields] of forms) await stage.form(other, path, fields);
      assert.ok((await sessions.ofUser(owner.user.id)).some(({ id }) => id === session?.id));
      assert.equal((await tokens.byId(tokenId))?.revokedAt, null);
      assert.ok((await secrets.ofApp(foreign.id)).some(({ id }) => id === secretId));
      // The same forms do what they say for whoever it belongs to.
      await stage.form(owner, '/tokens/revoke', { ids: tokenId, id: tokenId, confirm: 'yes' });
      assert.notEqual((await tokens.byId(tokenId))?.revokedAt, null);
    });

    test('no list has what belongs to another, is of another account or holds more', async () => {
      const lists = { '/v2/tokens': 'token', '/v2/apps': 'app', '/v2/grants': 'grant' } as const;
      for (const [path, kind] of Object.entries(lists)) {
        const { id } = await THINGS[kind](stage.place, cast.owner);
        const has = async (asker: Asker): Promise<boolean> => {
          const headers = { authorization: `Bearer ${cast.tokens[asker]}` };
          return (await (await fetch(stage.place.base + path, { headers })).text()).includes(id);
        };
        assert.equal(await has('the owner'), true, path);
        for (const asker of OTHERS) assert.equal(await has(asker), false, `${path} by ${asker}`);
      }
    });
  });
}

const replyOf = (reply: { status: number; location: string | null; html: string }): Reply => ({
  status: reply.status,
  location: reply.location,
  text: reply.html,
});
