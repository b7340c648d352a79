/** What a credential is for, as rows keep it: rows of an older version say nothing, and are for the first resource. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Storage } from '../../src/storage/storage.ts';
import { ONLY_FIRST } from '../support/first-resource.ts';
import { addConnected, newCode, newFamily, type Connected } from './oauth-records.ts';
import { ENGINES, openPlace, type Place } from './places.ts';
import { addPerson, addToken } from './records.ts';

const TABLES = [
  'developer_tokens',
  'grants',
  'authorization_codes',
  'token_families',
  'access_tokens',
] as const;
const BOTH = ['first', 'films'];

for (const engine of ENGINES)
  describe(engine, () => {
    let place: Place;
    before(async () => {
      place = await openPlace(engine);
      await place.storage.migrate();
    });
    after(() => place.close());

    interface Made extends Pick<Connected, 'grant' | 'code' | 'family' | 'token'> {
      readonly pat: string;
    }

    /** A credential of each kind. */
    async function make(resources: readonly string[]): Promise<Made> {
      const { storage } = place;
      const { user } = await addPerson(storage);
      const { id: pat } = await addToken(storage, user, { resources });
      const { app, grant: other } = await addConnected(storage);
      const grant = { ...other, id: crypto.randomUUID(), userId: user.id, resources };
      await storage.grants.insert({ ...grant, accountId: user.accountId, clientId: app.id });
      const code = newCode(grant);
      const family = newFamily(grant);
      const token = { ...(await addConnected(storage)).token, id: pat, resources };
      await storage.codes.insert(code);
      await storage.families.insert(family);
      await storage.accessTokens.insert({ ...token, familyId: family.id });
      return { grant, code, family, token, pat };
    }

    async function read(storage: Storage, { grant, code, family, token, pat }: Made) {
      return {
        pat: (await storage.tokens.byId(pat))?.resources,
        grant: (await storage.grants.byId(grant.id))?.resources,
        code: (await storage.codes.standing(code.id))?.code.resources,
        family: (await storage.families.standing(family.id))?.family.resources,
        token: (await storage.accessTokens.byId(token.id))?.resources,
        factsOfPat: (await storage.credentials.find('pat', pat))?.resources,
        factsOfToken: (await storage.credentials.find('oat', token.id))?.resources,
      };
    }

    const all = (resources: readonly string[]) => ({
      pat: resources,
      grant: resources,
      code: resources,
      family: resources,
      token: resources,
      factsOfPat: resources,
      factsOfToken: resources,
    });

    async function stored(): Promise<readonly (string | null)[]> {
      const database = await place.database();
      try {
        const columns: (string | null)[] = [];
        for (const table of TABLES) {
          const rows = await database.read.selectFrom(table).select('resources').execute();
          columns.push(...rows.map(({ resources }) => resources));
        }
        return [...new Set(columns)];
      } finally {
        await database.close();
      }
    }

    test('the first resource alone is stored as nothing, as an older version stores all', async () => {
      const made = await make(ONLY_FIRST);
      assert.deepEqual(await stored(), [null]);
      assert.deepEqual(await read(place.storage, made), all(ONLY_FIRST));
    });

    test('others are read as they were written', async () => {
      for (const resources of [['films'], BOTH])
        assert.deepEqual(await read(place.storage, await make(resources)), all(resources));
    });

    test('what an older version writes is for the first resource', async () => {
      const made = await make(BOTH);
      const database = await place.database();
      await database.write(async (db) => {
        for (const table of TABLES) await db.updateTable(table).set({ resources: null }).execute();
      });
      await database.close();
      assert.deepEqual(await read(place.storage, made), all(ONLY_FIRST));
    });
  });
