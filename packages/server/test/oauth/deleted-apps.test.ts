/** An app that many people connected is deleted: whoever is asked says so at once, and the rest ends behind their backs. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { sql } from 'kysely';
import type { AppPerson } from '../../src/apps/context.ts';
import { endGrants } from '../../src/compose/jobs.ts';
import type { Engine } from '../../src/storage/engine.ts';
import { openPostgres } from '../../src/storage/postgres.ts';
import { openSqlite } from '../../src/storage/sqlite.ts';
import { addCrowd } from '../support/crowd.ts';
import { exchange, type Registered } from '../support/oauth.ts';
import { sharedPostgres } from '../support/postgres.ts';
import { openPlace, requestOf, type Person, type Place } from './place.ts';

/** More than one step ends. */
const MANY = 250;
const origin = { source: 'cli', client: 'cli/test', address: null, actorId: null } as const;

for (const engine of ['sqlite', 'postgres'] as const) {
  describe(engine, () => {
    let place: Place;
    let database: Engine;
    let developer: Person;
    let resources: Registered;
    before(async () => {
      const databaseUrl =
        engine === 'sqlite' ? null : await (await sharedPostgres()).createMigrated();
      place = await openPlace(databaseUrl === null ? {} : { databaseUrl });
      const { dataDirectory } = place.modules.config.storage;
      database = databaseUrl === null ? await openSqlite(dataDirectory) : openPostgres(databaseUrl);
      developer = await place.person();
      resources = await place.register(developer.user, { type: 'service' });
      await place.modules.authorization.apps.setIntrospection(
        { id: resources.app.id, mayIntrospect: true },
        { ...actor(), isOperator: true },
      );
    });
    after(async () => {
      await database.close();
      await place.stop();
    });

    const actor = (): AppPerson => ({
      user: developer.user,
      origin,
      isOperator: false,
      ceiling: null,
    });

    /** Somebody whose grant is behind those of the crowd, and is not among the first to end. */
    async function connectLast() {
      const registered = await place.register(developer.user);
      const first = await place.user();
      await exchange(place, { user: first, registered });
      const { rows } = await sql<{ id: string }>`select id from grants
        where client_id = ${registered.app.id}`.execute(database.read);
      await addCrowd(database, { grantId: rows[0]?.id ?? '', count: MANY });
      place.time.now += 1;
      const person = await place.person();
      const { json } = await exchange(place, { user: person.user, registered });
      const access = String(json.access_token);
      return { registered, person, access, refresh: String(json.refresh_token) };
    }

    const liveRows = async ({ app }: Registered): Promise<number> => {
      const { rows } = await sql<{ n: number | string }>`select count(*) as n from grants
        where client_id = ${app.id} and revoked_at is null`.execute(database.read);
      return Number(rows[0]?.n);
    };

    const detailsOf = async ({ app }: Registered): Promise<unknown> => {
      const { rows } = await sql<{ details: string }>`select details from events
        where type = 'oauth_app_deleted' and resource_id = ${app.id}`.execute(database.read);
      return JSON.parse(rows[0]?.details ?? '{}');
    };

    /** What anybody can see of the app, by whatever way. */
    async function assertOver({
      registered,
      person,
      access,
      refresh,
    }: Awaited<ReturnType<typeof connectLast>>): Promise<void> {
      const asked = await place.me(access);
      assert.equal(asked.status, 401);
      assert.match(asked.text, /"grant_revoked"/);
      const { json } = await place.ask('introspect', { token: access }, resources);
      assert.deepEqual(json, { active: false });
      const again = { grant_type: 'refresh_token', refresh_token: refresh };
      const refused = await place.token(again, registered);
      assert.deepEqual([refused.status, refused.json.error], [401, 'invalid_client']);
      const page = await person.visitor.get(requestOf(registered));
      assert.equal(page.status, 400);
      const connected = await person.visitor.get('/connections');
      assert.doesNotMatch(connected.text, new RegExp(registered.app.name));
    }

    test('it is refused and gone from every list at once, and the job ends what is left', async () => {
      const connected = await connectLast();
      const { registered, person, access } = connected;
      const before = await person.visitor.get('/connections');
      assert.match(before.text, new RegExp(registered.app.name));
      assert.equal((await place.me(access)).status, 200);
      const { app } = registered;
      await place.modules.authorization.apps.switch({ id: app.id, act: 'delete' }, actor());
      assert.ok((await liveRows(registered)) > MANY / 2, 'most rows are still to end');
      assert.equal(((await detailsOf(registered)) as { grants: number }).grants, MANY + 2);
      await assertOver(connected);
      await endGrants(place.modules);
      assert.equal(await liveRows(registered), 0);
      await assertOver(connected);
    });

    test('erasing its owner does the same', async () => {
      const former = developer;
      developer = await place.person();
      const connected = await connectLast();
      const { accounts } = place.modules;
      const request = { userId: developer.user.id, heirId: null, isNow: true, origin };
      assert.equal((await accounts.requestDeletion(request)).outcome, 'requested');
      assert.equal(await accounts.eraseDue(), 1);
      developer = former;
      const { registered } = connected;
      assert.ok((await liveRows(registered)) > MANY / 2, 'most rows are still to end');
      assert.equal(((await detailsOf(registered)) as { grants: number }).grants, MANY + 2);
      await assertOver(connected);
      await endGrants(place.modules);
      assert.equal(await liveRows(registered), 0);
    });
  });
}
