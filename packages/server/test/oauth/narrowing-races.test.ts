/** Refreshes against whatever takes something away, many at once over HTTP: after the last answer nothing wider works. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { formOf } from '../../src/apps/form.ts';
import { amount, randomOf, SEED, toldSeed } from '../support/chance.ts';
import type { Registered } from '../support/oauth.ts';
import { exchange, requestBy } from '../support/oauth.ts';
import { sharedPostgres } from '../support/postgres.ts';
import { openPlace, type Person, type Place } from './place.ts';

const SCOPES = ['account.read', 'asset.read', 'asset.create', 'asset.delete', 'offline'];
const origin = { source: 'cli', client: 'cli/test', address: null, actorId: null } as const;
const ROUNDS = amount(8, { long: 80 });

const random = randomOf(SEED);
const chance = (below: number): number => Math.floor(random() * below);

interface Round {
  readonly person: Person;
  readonly app: Registered;
}

for (const engine of ['sqlite', 'postgres'] as const) {
  describe(`${engine}, ${toldSeed}`, () => {
    let place: Place;
    let developer: Person;
    before(async () => {
      const databaseUrl =
        engine === 'sqlite' ? {} : { databaseUrl: await (await sharedPostgres()).createMigrated() };
      place = await openPlace(databaseUrl);
      developer = await place.person();
    });
    after(() => place.stop());

    async function lose({ app }: Registered, lost: string): Promise<void> {
      const current = (await place.modules.storage.apps.byId(app.id)) ?? app;
      const scopes = current.scopes.filter((name) => name !== lost);
      const form = { ...formOf(current), scopes, optionalScopes: [] };
      const actor = { user: developer.user, origin, isOperator: false, ceiling: null };
      const { outcome } = await place.modules.authorization.apps.change(
        { id: app.id, form },
        actor,
      );
      assert.equal(outcome, 'changed');
    }

    async function narrow({ person, app }: Round): Promise<void> {
      const found = await place.modules.storage.clients.byId(app.app.id);
      assert.ok(found);
      const request = requestBy(found.client, { scopes: ['asset.read', 'asset.create'] });
      const { user } = person;
      const choice = { granted: ['asset.read'], declined: ['asset.create'] };
      const approval = { request, accountId: user.accountId, choice, isSilent: false };
      await place.modules.authorization.answers.approve(approval, { user, origin });
    }

    async function disconnect({ person: { user }, app }: Round): Promise<void> {
      const key = { userId: user.id, clientId: app.app.id, accountId: user.accountId };
      const grant = await place.modules.storage.grants.find(key);
      const ended = { grantId: grant?.id ?? '', userId: user.id, appName: 'x', origin };
      await place.modules.authorization.consent.disconnect(ended);
    }

    /** Each with what it leaves of the scopes. */
    const ACTS: Readonly<
      Record<string, { lost: readonly string[]; act: (round: Round) => Promise<unknown> }>
    > = {
      'a narrower consent': { lost: ['asset.create'], act: narrow },
      'a lost scope': { lost: ['asset.delete'], act: ({ app }) => lose(app, 'asset.delete') },
      'lost offline': { lost: ['offline'], act: ({ app }) => lose(app, 'offline') },
      disconnecting: { lost: SCOPES, act: disconnect },
      suspension: {
        lost: SCOPES,
        act: ({ person: { user } }) =>
          place.modules.accounts.setSuspended({ userId: user.id, isSuspended: true, origin }),
      },
    };
    const names = Object.keys(ACTS);

    async function race(round: Round, acts: readonly string[]): Promise<void> {
      const { person, app } = round;
      const whose = { user: person.user, registered: app };
      const { json } = await exchange({ base: place.base, modules: place.modules }, whose);
      const access = new Set([String(json.access_token)]);
      const refreshes = new Set([String(json.refresh_token)]);
      const isOver = { now: false };
      const refreshing = (async () => {
        let token = String(json.refresh_token);
        while (!isOver.now) {
          const fields = { grant_type: 'refresh_token', refresh_token: token };
          const all = await Promise.all([1, 2, 3].map(() => place.token(fields, app)));
          for (const answer of all.filter(({ status }) => status === 200)) {
            access.add(String(answer.json.access_token));
            token = String(answer.json.refresh_token);
            refreshes.add(token);
          }
        }
      })();
      // One process changes an app after the other, as its page does.
      for (const name of acts) {
        await wait(chance(15));
        await ACTS[name]?.act(round);
      }
      isOver.now = true;
      await refreshing;
      const lost = new Set(acts.flatMap((name) => ACTS[name]?.lost ?? []));
      const left = SCOPES.filter((name) => !lost.has(name));
      await assertNothingWider(left, { app, access, refresh: [...refreshes].at(-1) ?? '' });
    }

    async function assertNothingWider(
      left: readonly string[],
      given: { app: Registered; access: ReadonlySet<string>; refresh: string },
    ): Promise<void> {
      for (const token of given.access) {
        const headers = { authorization: `Bearer ${token}` };
        const answer = await fetch(`${place.base}/v2/token`, { headers });
        if (answer.status === 401) continue;
        assert.notEqual(left.length, 0, 'a token outlived the end of its grant');
        const { scopes } = (await answer.json()) as { scopes: readonly string[] };
        assert.deepEqual(scopes.toSorted(), left.toSorted());
      }
      const fields = { grant_type: 'refresh_token', refresh_token: given.refresh };
      const last = await place.token(fields, given.app);
      const isAlive = left.includes('offline');
      assert.equal(last.status, isAlive ? 200 : 400, JSON.stringify(last.json));
      if (!isAlive) return;
      assert.deepEqual(String(last.json.scope).split(' ').toSorted(), left.toSorted());
    }

    for (let number = 0; number < ROUNDS; number++) {
      const first = names[number % names.length] ?? '';
      const second = names[chance(names.length)] ?? '';
      const acts = [...new Set([first, second])];
      test(`round ${number}: ${acts.join(', then ')}, while the app refreshes`, async () => {
        const person = await place.person();
        const form = { scopes: SCOPES, optionalScopes: ['asset.create'] };
        const app = await place.register(developer.user, form);
        await race({ person, app }, acts);
      });
    }
  });
}
