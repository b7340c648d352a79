/** What ends together with the access of a person, in one account or in all of them. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { User } from '../../../src/identity/types.ts';
import type { LivingAccess } from '../../../src/identity/ports.ts';
import { newApp, newGrant, newSecret } from '../oauth-records.ts';
import { NOW, placeOf, type OpenPlace } from '../places.ts';
import { addPerson, addToken } from '../records.ts';

const idsOf = ({ tokens, services, grants }: LivingAccess) =>
  [tokens, services, grants].map((list) => list.first.map(({ id }) => id));

export const describeAccess = (open: OpenPlace): void => {
  describe('access of a person', () => {
    const place = placeOf(open);

    async function addAccess(user: User, accountId: string) {
      const { storage } = place;
      const token = await addToken(storage, user, { accountId });
      await addToken(storage, user, { accountId, expiresAt: NOW });
      const service = newApp(user, { accountId, type: 'service' });
      const web = newApp(user, { accountId });
      for (const app of [service, web]) await storage.apps.insert(app);
      const secret = newSecret(service);
      const ofWeb = newSecret(web);
      const byToken = newSecret(web, { madeById: token.id });
      for (const one of [secret, ofWeb, byToken]) await storage.secrets.insert(one);
      const grant = newGrant(user, web, { accountId });
      await storage.grants.insert(grant);
      return { ids: [[token.id], [service.id], [grant.id]], service, web, ofWeb };
    }

    test('is listed and ended in one account, and then in the others', async () => {
      const { storage } = place;
      const { user } = await addPerson(storage);
      const { user: other } = await addPerson(storage);
      const here = await addAccess(user, user.accountId);
      const there = await addAccess(user, other.accountId);
      const whose = { userId: user.id, accountId: user.accountId };
      assert.deepEqual(idsOf(await storage.access.living(whose, NOW)), here.ids);
      assert.deepEqual(await storage.access.end(whose, NOW), { tokens: 1, grants: 1 });
      assert.deepEqual(idsOf(await storage.access.living(whose, NOW)), [[], [], []]);
      assert.deepEqual(await storage.secrets.ofApp(here.service.id), []);
      const left = await storage.secrets.ofApp(here.web.id);
      assert.deepEqual(
        left.map(({ id }) => id),
        [here.ofWeb.id],
        'what a person made for an app of other people stays',
      );
      const everywhere = { userId: user.id, accountId: null };
      assert.deepEqual(idsOf(await storage.access.living(everywhere, NOW)), there.ids);
      assert.deepEqual(await storage.access.endAll(user.id, NOW), { tokens: 1, grants: 1 });
      assert.deepEqual(idsOf(await storage.access.living(everywhere, NOW)), [[], [], []]);
    });
  });
};
