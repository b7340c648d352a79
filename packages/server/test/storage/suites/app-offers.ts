/** Offers of apps: one answer counts, whoever else acts at the same moment, from two processes. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { User } from '../../../src/identity/types.ts';
import type { Apps } from '../../../src/apps/apps.ts';
import type { AppStores } from '../../../src/apps/ports.ts';
import type { App } from '../../../src/apps/types.ts';
import { newId } from '../../../src/kit/ids.ts';
import { actorOf, countingTransactions, appsOver, slowAt, type Rest } from '../apps-over.ts';
import { newApp, newSecret } from '../oauth-records.ts';
import { NOW, placeOf, type OpenPlace } from '../places.ts';
import { addPerson } from '../records.ts';

const HOUR = 3600;
const DAY = 24 * HOUR;
const CLI = { source: 'cli', client: 'cli/x', address: null, actorId: null } as const;
const owner = (user: User) => ({ ...actorOf(user), isOperator: false });

const beforeClose = (stores: AppStores, rest: Rest): AppStores => ({
  ...stores,
  offers: {
    ...stores.offers,
    close: async (...given) => {
      await rest();
      return stores.offers.close(...given);
    },
  },
});

export const describeAppOffers = (open: OpenPlace): void => {
  describe('offers of apps', () => {
    const place = placeOf(open);

    const service = (): Apps => appsOver(place.storage, () => place.time.now);

    async function stage(changes: Partial<App> = {}) {
      const [{ user: from }, { user: to }] = [
        await addPerson(place.storage),
        await addPerson(place.storage),
      ];
      const app = newApp(from, { scopes: [], mayIntrospect: false, ...changes });
      await place.storage.apps.insert(app);
      const others = countingTransactions(await place.another());
      const other = appsOver(others.storage, () => place.time.now);
      return { from, to, app, other, begun: others.begun };
    }

    async function offered(changes: Partial<App> = {}) {
      const staged = await stage(changes);
      const asked = { id: staged.app.id, email: staged.to.email };
      const made = await service().offer(asked, owner(staged.from));
      assert.ok(made.outcome === 'offered', made.outcome);
      const shown = await service().offerTo(made.offer.id, owner(staged.to));
      assert.ok(shown !== null);
      const accept = (apps: Apps = service()) =>
        apps.acceptOffer(
          { id: made.offer.id, seen: shown.seen, overlapSeconds: HOUR },
          owner(staged.to),
        );
      return { ...staged, offer: made.offer, seen: shown.seen, accept };
    }

    const ownerNow = async ({ id }: App) => (await place.storage.apps.byId(id))?.ownerId;

    test('change nothing until they are accepted, and then give the app away', async () => {
      const { from, to, app, accept } = await offered();
      assert.equal(await ownerNow(app), from.id);
      await place.storage.secrets.insert(newSecret(app));
      assert.equal((await accept()).outcome, 'transferred');
      assert.equal(await ownerNow(app), to.id);
      const [secret] = await place.storage.secrets.ofApp(app.id);
      assert.deepEqual([secret?.endsAt, secret?.transferredAt], [NOW + HOUR, NOW]);
      assert.equal((await accept()).outcome, 'no-offer');
    });

    test('are accepted once, however many ask at once', async () => {
      const { app, to, other, accept } = await offered();
      const outcomes = await Promise.all(
        Array.from({ length: 6 }, (_, index) => accept(index % 2 === 0 ? service() : other)),
      );
      const won = outcomes.filter(({ outcome }) => outcome === 'transferred');
      assert.equal(won.length, 1);
      const page = { page: 1, pageSize: 20 };
      const { items } = await place.storage.events.list({ userId: to.id }, page);
      assert.equal(items.filter(({ type }) => type === 'oauth_app_received').length, 1);
      assert.equal(await ownerNow(app), to.id);
    });

    const MEANWHILE: Readonly<
      Record<string, (given: Awaited<ReturnType<typeof offered>>) => Promise<unknown>>
    > = {
      withdrawn: ({ other, app, from }) => other.withdrawOffer({ id: app.id }, owner(from)),
      declined: ({ other, offer, to }) => other.declineOffer({ id: offer.id }, owner(to)),
      'the app deleted': ({ other, app, from }) =>
        other.switch({ id: app.id, act: 'delete' }, owner(from)),
      'given to somebody else': async ({ other, app, from }) => {
        const { user } = await addPerson(place.storage);
        const origin = { ...actorOf(from), origin: CLI };
        await other.transfer({ id: app.id, toId: user.id, overlapSeconds: 0 }, origin);
      },
      'its owner suspended': ({ from }) =>
        place.storage.users.update(from.id, { suspendedAt: NOW }),
      'the other suspended': ({ to }) => place.storage.users.update(to.id, { suspendedAt: NOW }),
      'the address no longer theirs': ({ to }) =>
        place.storage.users.changeEmail(to.id, { email: `${newId()}@example.com` }),
      'the address no longer proved': ({ to }) =>
        place.storage.users.update(to.id, { emailVerifiedAt: null }),
      'the time over': async () => {
        place.time.now += 7 * DAY;
      },
    };

    for (const [what, happen] of Object.entries(MEANWHILE)) {
      test(`are not accepted any more: ${what}`, async () => {
        const given = await offered();
        await happen(given);
        const before = await ownerNow(given.app);
        assert.equal((await given.accept()).outcome, 'no-offer');
        assert.equal(await ownerNow(given.app), before);
        assert.notEqual(before, given.to.id);
        place.time.now = NOW;
      });
    }

    for (const what of ['withdrawn', 'declined', 'the app deleted']) {
      test(`are accepted or ${what}, never both, when it happens at once`, async () => {
        const given = await offered();
        const { storage, reached } = slowAt(place.storage, {
          at: beforeClose,
          until: () => given.begun() > 0,
        });
        const accepting = given.accept(appsOver(storage));
        await reached;
        const [accepted] = await Promise.all([accepting, MEANWHILE[what]?.(given)]);
        assert.equal(accepted.outcome, 'transferred');
        assert.equal(await ownerNow(given.app), given.to.id);
        assert.equal((await place.storage.apps.byId(given.app.id))?.deletedAt, null);
      });
    }

    test('are accepted as they were shown, and shown again when the app changed', async () => {
      const changes: readonly Partial<App>[] = [
        { redirectUris: ['https://evil.example/callback'] },
        { scopes: ['asset.delete'] },
        { name: 'Another' },
        { allowsMissingPkce: false },
      ];
      for (const change of changes) {
        const { app, from, to, accept, offer } = await offered();
        await place.storage.apps.update(app.id, change, NOW);
        assert.equal((await accept()).outcome, 'changed', JSON.stringify(change));
        assert.equal(await ownerNow(app), from.id);
        const again = await service().offerTo(offer.id, owner(to));
        const asked = { id: offer.id, seen: again?.seen ?? '', overlapSeconds: 0 };
        assert.equal((await service().acceptOffer(asked, owner(to))).outcome, 'transferred');
      }
    });

    test('leave whoever accepts within the limit of apps, however many are accepted at once', async () => {
      const { user: to } = await addPerson(place.storage);
      for (let count = 0; count < 9; count++) await place.storage.apps.insert(newApp(to));
      const all = await Promise.all([stage(), stage()]);
      const accepts = [];
      for (const { app, from, other } of all) {
        const made = await service().offer({ id: app.id, email: to.email }, owner(from));
        assert.ok(made.outcome === 'offered');
        const shown = await service().offerTo(made.offer.id, owner(to));
        const asked = { id: made.offer.id, seen: shown?.seen ?? '', overlapSeconds: 0 };
        accepts.push(() => other.acceptOffer(asked, owner(to)));
      }
      const outcomes = await Promise.all(accepts.map((accept) => accept()));
      const said = outcomes.map(({ outcome }) => outcome).toSorted();
      assert.deepEqual(said, ['too-many', 'transferred']);
      assert.equal(await place.storage.apps.countLive(to.id), 10);
    });

    test('never give away what operators alone decide', async () => {
      const staged = await stage({ mayIntrospect: true });
      const asked = { id: staged.app.id, email: staged.to.email };
      const made = await service().offer(asked, owner(staged.from));
      assert.equal(made.outcome, 'resource-server');
      const { app, accept } = await offered();
      await place.storage.apps.update(app.id, { mayIntrospect: true }, NOW);
      assert.equal((await accept()).outcome, 'resource-server');
    });

    test('are one for an app at a time, and ten of a person in a day', async () => {
      const { from, app, other } = await stage();
      const offer = (apps: Apps, email: string) => apps.offer({ id: app.id, email }, owner(from));
      const both = await Promise.all([
        offer(service(), 'a@x.example'),
        offer(other, 'b@x.example'),
      ]);
      const said = both.map(({ outcome }) => outcome).toSorted();
      assert.deepEqual(said, ['offered', 'offered-already']);
      for (let count = 1; count < 10; count++) {
        assert.equal(await service().withdrawOffer({ id: app.id }, owner(from)), true);
        assert.equal((await offer(service(), 'a@x.example')).outcome, 'offered');
      }
      await service().withdrawOffer({ id: app.id }, owner(from));
      assert.equal(await service().withdrawOffer({ id: app.id }, owner(from)), false);
      const refused = await offer(service(), 'a@x.example');
      assert.deepEqual(refused, { outcome: 'made-enough', most: 10, retryAfterSeconds: DAY });
    });

    test('send an address three messages a day, and stand without one', async () => {
      const email = `${newId()}@x.example`;
      for (let count = 0; count < 5; count++) {
        const { from, app } = await stage();
        assert.equal(
          (await service().offer({ id: app.id, email }, owner(from))).outcome,
          'offered',
        );
      }
      const { items } = await place.storage.outbox.list('all', { page: 1, pageSize: 100 });
      const sent = items.filter(({ notice }) => notice.to === email);
      assert.equal(sent.length, 3);
      assert.deepEqual(
        sent.map(({ notice }) => notice.kind),
        ['app-offered', 'app-offered', 'app-offered'],
      );
    });

    test('are purged at their end', async () => {
      const { offer } = await offered();
      await place.storage.purgeShortLived('app_offers', offer.expiresAt - 1);
      assert.notEqual(await place.storage.offers.byId(offer.id), null);
      assert.ok((await place.storage.purgeShortLived('app_offers', offer.expiresAt)) > 0);
      assert.equal(await place.storage.offers.byId(offer.id), null);
    });

    test('let the new owner choose when secrets of before end, within 7 days of the first transfer', async () => {
      const { from, to, app, accept } = await offered();
      await place.storage.secrets.insert(newSecret(app));
      await accept();
      const ends = async () =>
        (await place.storage.secrets.ofApp(app.id)).map(({ endsAt }) => endsAt);
      const set = (overlapSeconds: number, user = to) =>
        service().setSecretsEnd({ id: app.id, overlapSeconds }, owner(user));
      assert.equal((await set(2 * DAY, from)).outcome, 'not-found');
      assert.equal((await set(2 * DAY)).outcome, 'changed');
      assert.deepEqual(await ends(), [NOW + 2 * DAY]);
      place.time.now = NOW + DAY;
      assert.equal((await set(7 * DAY)).outcome, 'changed');
      assert.deepEqual(await ends(), [NOW + 7 * DAY]);
      const asked = { id: app.id, toId: from.id, overlapSeconds: 7 * DAY };
      await service().transfer(asked, { ...actorOf(to), origin: CLI });
      assert.deepEqual(await ends(), [NOW + 7 * DAY], 'not later by another transfer');
      assert.equal((await set(7 * DAY, from)).outcome, 'changed');
      assert.deepEqual(await ends(), [NOW + 7 * DAY]);
      await place.storage.secrets.insert(newSecret({ ...app, ownerId: from.id }));
      assert.equal((await set(0, from)).outcome, 'changed');
      assert.deepEqual(await ends(), [null], 'secrets of the new owner stay');
      assert.equal((await set(0, from)).outcome, 'none-of-before');
      place.time.now = NOW;
    });
  });
};
