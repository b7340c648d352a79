import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { sql } from 'kysely';
import type { DeveloperToken } from '../../../src/developer-tokens/types.ts';
import type { Cursor, PageOf, PageRequest } from '../../../src/kit/page.ts';
import type { Engine } from '../../../src/storage/engine.ts';
import type { Storage } from '../../../src/storage/storage.ts';
import { countersAndRows, misgrouped } from '../counted.ts';
import { newApp, newGrant } from '../oauth-records.ts';
import { NOW, placeOf, type OpenPlace } from '../places.ts';
import { addPerson, addToken, newEvent, newToken, type Person } from '../records.ts';

const SCOPES = [['asset.read'], ['asset.read', 'asset.create'], []];

/** Who and what the acts are about: few of each, so that acts meet. */
interface Stage {
  readonly storage: Storage;
  readonly people: readonly Person[];
  readonly engine: Engine;
}

type Act = (stage: Stage, one: number, other: number) => Promise<unknown>;

const pick = <Item>(items: readonly Item[], at: number): Item | undefined =>
  items[at % items.length];
const personOf = ({ people }: Stage, at: number): Person => {
  const person = pick(people, at);
  assert.ok(person);
  return person;
};

async function idOfSome({ engine }: Stage, table: string, at: number): Promise<string> {
  const { rows } = await sql<{
    id: string;
  }>`select id from ${sql.table(table)} order by id`.execute(engine.read);
  return pick(rows, at)?.id ?? 'none';
}

async function connect(stage: Stage, one: number, other: number): Promise<void> {
  const { storage } = stage;
  const app = await storage.apps.byId(await idOfSome(stage, 'apps', other));
  const { user } = personOf(stage, one);
  const accountId = personOf(stage, one + other).account.id;
  if (app === null) return;
  const key = { userId: user.id, clientId: app.id, accountId };
  if ((await storage.grants.find(key)) !== null) return;
  await storage.grants.insert(newGrant(user, app, { accountId, scopes: pick(SCOPES, one) ?? [] }));
}

const raw =
  (text: string): Act =>
  async (stage, one) => {
    const table = /(?:from|update) (\w+)/.exec(text)?.[1] ?? '';
    const id = await idOfSome(stage, table, one);
    await stage.engine.write((db) => sql.raw(text.replace('$', `'${id}'`)).execute(db));
  };

/** What the stores do, and what an older version or a person at the database may do. */
const ACTS: Readonly<Record<string, Act>> = {
  make: (stage, one, other) =>
    addToken(stage.storage, personOf(stage, one).user, { scopes: pick(SCOPES, other) ?? [] }),
  makeTwice: async (stage, one) => {
    const token = newToken(personOf(stage, one).user, { creationKey: `twice ${one}` });
    await stage.storage.tokens.insert({ ...token, id: `${token.id}a` });
    await stage.storage.tokens.insert({ ...token, id: `${token.id}b` });
  },
  revoke: async (stage, one) =>
    stage.storage.tokens.revoke(await idOfSome(stage, 'developer_tokens', one), NOW),
  narrow: async (stage, one) => {
    const id = await idOfSome(stage, 'developer_tokens', one);
    const from = (await stage.storage.tokens.byId(id))?.scopes ?? [];
    await stage.storage.tokens.setScopes(id, { from, to: ['asset.read'] }, NOW);
  },
  register: (stage, one, other) =>
    stage.storage.apps.insert(
      newApp(personOf(stage, one).user, {
        scopes: pick(SCOPES, other) ?? [],
        mayIntrospect: false,
      }),
    ),
  introspect: async (stage, one, other) =>
    stage.storage.apps.update(
      await idOfSome(stage, 'apps', one),
      { mayIntrospect: other % 2 === 0 },
      NOW,
    ),
  deleteApp: async (stage, one) =>
    stage.storage.apps.update(await idOfSome(stage, 'apps', one), { deletedAt: NOW }, NOW),
  transfer: async (stage, one, other) => {
    const app = await stage.storage.apps.byId(await idOfSome(stage, 'apps', one));
    const to = personOf(stage, other);
    if (app !== null)
      await stage.storage.apps.transfer(
        app.id,
        { ownerId: to.user.id, accountId: to.account.id, creationKey: app.id, fromId: app.ownerId },
        NOW,
      );
  },
  connect,
  disconnect: async (stage, one) =>
    stage.storage.grants.revoke(await idOfSome(stage, 'grants', one), NOW),
  endApp: async (stage, one) =>
    stage.storage.appGrants.endOfApp(await idOfSome(stage, 'apps', one), NOW),
  endAll: (stage, one) => stage.storage.access.endAll(personOf(stage, one).user.id, NOW),
  happen: (stage, one, other) =>
    stage.storage.events.append(
      newEvent({
        userId: one % 3 === 0 ? null : personOf(stage, one).user.id,
        accountId: other % 3 === 0 ? null : personOf(stage, other).account.id,
      }),
    ),
  fail: async (stage) => {
    await stage.storage.outbox.enqueue({ kind: 'deletion-done', to: 'ada@example.com' });
    const [entry] = await stage.storage.outbox.take(NOW, NOW + 60, 1);
    if (entry === undefined) return;
    await stage.storage.outbox.markFailed(entry.id, {
      error: 'busy',
      at: NOW,
      nextAttemptAt: NOW,
      unanswered: 0,
      isHeld: false,
    });
  },
  giveUp: async (stage, one) =>
    stage.storage.outbox.markFailed(await idOfSome(stage, 'outbox', one), {
      error: 'no',
      at: NOW,
      nextAttemptAt: null,
      unanswered: 0,
      isHeld: false,
    }),
  retry: async (stage, one) =>
    stage.storage.outbox.retry(await idOfSome(stage, 'outbox', one), NOW),
  sent: async (stage, one) =>
    stage.storage.outbox.markSent(await idOfSome(stage, 'outbox', one), NOW),
  bury: raw('update users set erased_at = 1 where id = $'),
  unbury: raw('update users set erased_at = null where id = $'),
  purgeToken: raw('delete from developer_tokens where id = $'),
  purgeGrant: raw('delete from grants where id = $'),
  purgeEvent: raw('delete from events where id = $'),
  purgeMail: raw('delete from outbox where id = $'),
  reviveGrants: raw(
    `update grants set revoked_at = null where id = $ and not exists (select 1 from grants g where g.revoked_at is null
      and g.user_id = grants.user_id and g.client_id = grants.client_id and g.account_id = grants.account_id)`,
  ),
  moveTokens: async (stage, one, other) => {
    const [from, to] = [personOf(stage, one).user.id, personOf(stage, other).user.id];
    await stage.engine.write((db) =>
      db
        .updateTable('developer_tokens')
        .set({ user_id: to })
        .where('user_id', '=', from)
        .where('creation_key', 'not like', 'twice%')
        .execute(),
    );
  },
  fail_in_the_middle: async (stage, one) => {
    const failing = stage.storage.transaction(async ({ tokens }) => {
      await tokens.insert(newToken(personOf(stage, one).user));
      throw new Error('broken');
    });
    await assert.rejects(failing, { message: 'broken' });
  },
};

const names = Object.keys(ACTS);

export const describeLists = (open: OpenPlace): void => {
  describe('lists', () => {
    const place = placeOf(open);
    let stage: Stage;
    before(async () => {
      const people = [];
      for (let at = 0; at < 3; at++) people.push(await addPerson(place.storage));
      stage = { storage: place.storage, people, engine: await place.database() };
    });
    after(() => stage.engine.close());

    test('are counted right after whatever was done', async () => {
      const acts = fc.array(
        fc.tuple(fc.constantFrom(...names), fc.nat({ max: 40 }), fc.nat({ max: 40 })),
        { minLength: 20, maxLength: 40 },
      );
      await fc.assert(
        fc.asyncProperty(acts, async (sequence) => {
          for (const [name, one, other] of sequence) await ACTS[name]?.(stage, one, other);
          const { counters, rows } = await countersAndRows(stage.engine.read);
          assert.deepEqual(counters, rows);
          assert.deepEqual(await misgrouped(stage.engine.read), []);
        }),
        { numRuns: 12 },
      );
    });

    test('are counted right when many act at once', async () => {
      const acts = Array.from({ length: 60 }, async (_, at) => {
        await ACTS[at % 2 === 0 ? 'make' : 'happen']?.(stage, at, at + 1);
      });
      await Promise.all(acts);
      const { counters, rows } = await countersAndRows(stage.engine.read);
      assert.deepEqual(counters, rows);
    });

    test('come whole and once by cursors, whatever comes and goes meanwhile', async () => {
      const { storage } = place;
      const { user } = await addPerson(storage);
      const made: string[] = [];
      // Most of them in one second.
      for (let at = 0; at < 25; at++)
        made.push((await addToken(storage, user, { createdAt: NOW - Math.floor(at / 10) })).id);
      const list = (page: PageRequest) => storage.tokens.list({ userId: user.id }, page);
      const seen: string[] = [];
      const pages: PageOf<{ readonly id: string }>[] = [];
      for (let cursor: Cursor | null | undefined; cursor !== null;) {
        const page: PageOf<{ readonly id: string }> = await list({ page: 1, pageSize: 4, cursor });
        seen.push(...page.items.map(({ id }) => id));
        pages.push(page);
        cursor = page.next;
        await addToken(storage, user, { createdAt: NOW + 10 });
        await stage.engine.write((db) =>
          db
            .deleteFrom('developer_tokens')
            .where('id', '=', seen[0] ?? '')
            .execute(),
        );
      }
      assert.deepEqual(seen.toSorted(), made.toSorted());
      const last = pages.at(-1);
      assert.ok(last?.previous);
      const before = await list({ page: 1, pageSize: 4, cursor: last.previous });
      assert.deepEqual(
        before.items.map(({ id }) => id),
        pages.at(-2)?.items.map(({ id }) => id),
      );
      assert.equal(before.next?.page, last.previous.page + 1);
    });

    test('show a calling token what it covers, in the order of all, however many sets of scopes there are', async () => {
      const { storage } = place;
      const { user } = await addPerson(storage);
      const names = Array.from({ length: 8 }, (_, at) => `s${at}.read`);
      const all: DeveloperToken[] = [];
      for (let at = 0; at < 160; at++)
        all.push(
          await addToken(storage, user, {
            createdAt: NOW - at,
            scopes: names.filter((_, bit) => ((at * 7) >> bit) % 2 === 1),
          }),
        );
      for (const most of [2, 6, 8]) {
        const covered = names.slice(0, most);
        const covers = (scopes: readonly string[]) =>
          scopes.every((name) => covered.includes(name));
        const own = all[13];
        assert.ok(own);
        const within = { accountId: user.accountId, tokenId: own.id, covers };
        const expected = all.filter((token) => token.id === own.id || covers(token.scopes));
        const found = await storage.tokens.list(
          { userId: user.id, within },
          { page: 2, pageSize: 3 },
        );
        assert.equal(found.total, expected.length);
        assert.deepEqual(
          found.items.map(({ id }) => id),
          expected.slice(3, 6).map(({ id }) => id),
        );
        if (found.next === null) continue;
        const page = { page: 1, pageSize: 3, cursor: found.next };
        const next = await storage.tokens.list({ userId: user.id, within }, page);
        assert.deepEqual(
          next.items.map(({ id }) => id),
          expected.slice(6, 9).map(({ id }) => id),
        );
      }
    });
  });
};
