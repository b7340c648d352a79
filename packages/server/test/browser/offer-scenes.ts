/** Apps that are offered, and what was before they changed hands, as both people see it. */
import type { User } from '../../src/identity/types.ts';
import type { AppPerson } from '../../src/apps/context.ts';
import type { App } from '../../src/apps/types.ts';
import { newOrderedId } from '../../src/kit/ids.ts';
import { approve, registerApp } from '../support/oauth.ts';
import { at, scene, submit, type Go, type Scene } from './scenes.ts';
import type { Stage } from './stage.ts';
import type { World } from './world.ts';

const cli = { source: 'cli', client: 'cli/test', address: null, actorId: null } as const;
const DAY = 86_400;

const ownerOf = (user: User): AppPerson => ({
  user,
  origin: { source: 'portal', client: 'web/test', address: '127.0.0.1', actorId: user.id },
  isOperator: false,
  ceiling: null,
});

type Given = Parameters<typeof registerApp>[2];

const URIS = ['https://app.example.com/callback', 'http://127.0.0.1/cb'];
const SCOPES = ['account.read', 'asset.read', 'asset.create', 'offline'];

async function offered(
  stage: Stage,
  { from, to, given = {} }: { from: User; to: User; given?: Given },
): Promise<{ app: App; path: string }> {
  const modules = stage.running.app;
  const scopes = given.type === 'service' ? {} : { redirectUris: URIS, scopes: SCOPES };
  const { app } = await registerApp(modules, from, { name: 'Cutting Room', ...scopes, ...given });
  if (app.type !== 'service') await approve(modules, { user: from, app });
  const asked = { id: app.id, email: to.email };
  const made = await modules.authorization.apps.offer(asked, ownerOf(from));
  if (made.outcome !== 'offered') throw new Error(made.outcome);
  return { app, path: `/apps/offers/${made.offer.id}` };
}

const offerTo =
  (which: 'ada' | 'long', given?: Given): Go =>
  async (page, { people }, stage) => {
    const to = people[which];
    const { path } = await offered(stage, {
      from: people.newcomer,
      to,
      ...(given !== undefined && { given }),
    });
    await page.goto(path);
  };

/** An app of Nele becomes one of Ada, with its secrets. */
async function givenAway({ people }: World, { running }: Stage): Promise<App> {
  const modules = running.app;
  const { app } = await registerApp(modules, people.newcomer, { name: 'Dailies' });
  const asked = { id: app.id, toId: people.ada.id, overlapSeconds: DAY };
  const actor = { ...ownerOf(people.newcomer), origin: cli, isOperator: true };
  await modules.authorization.apps.transfer(asked, actor);
  await modules.authorization.apps.addSecret(
    { id: app.id, creationKey: newOrderedId() },
    ownerOf(people.ada),
  );
  return app;
}

/** Refreshes that were repeated from elsewhere, again and again. */
const repeated: Go = async (page, { people, grantId, app }, stage) => {
  const where = ['network', 'program', 'both'];
  for (let count = 0; count < 12; count++) {
    await stage.running.app.storage.events.append({
      id: newOrderedId(),
      accountId: people.ada.accountId,
      userId: people.ada.id,
      actorId: null,
      type: 'oauth_refresh_repeated',
      details: { app: app.name, differs: where[count % 3] ?? 'both' },
      resourceId: grantId,
      resourceType: 'oauth_grant',
      source: 'api',
      client: `oauth_app/${app.id}`,
      address: count % 2 === 0 ? '2001:db8:85a3:8d3:1319:8a2e:370:7348' : '192.0.2.7',
      createdAt: stage.now(),
    });
  }
  await page.goto(`/connections/${grantId}`);
};

const unreadable: Go = async (page, _world, stage) => {
  const { outbox } = stage.running.app.storage;
  // No message that this version can read.
  await outbox.enqueue('from another version' as never);
  const { items } = await outbox.list('all', { page: 1, pageSize: 1 });
  const failure = {
    error: 'the message cannot be read',
    at: stage.now(),
    nextAttemptAt: null,
    unanswered: 0,
    isHeld: false,
  };
  for (const { id } of items) await outbox.markFailed(id, failure);
  await page.goto('/admin/mail');
};

const nele = scene('newcomer');
const ada = scene('ada');

export const OFFER_SCENES: readonly Scene[] = [
  nele(
    'app-offer',
    'GET /apps/:id/offer',
    at(({ app }) => `/apps/${app.id}/offer`),
  ),
  nele('app-offer-refused', 'POST /apps/:id/offer', async (page, { app }) => {
    await page.goto(`/apps/${app.id}/offer`);
    await page.locator('[name="email"]').fill('nele@example.com');
    await submit(page, `/apps/${app.id}/offer`);
  }),
  nele('app-offered', 'GET /apps/:id', async (page, { people }, stage) => {
    const { app } = await offered(stage, { from: people.newcomer, to: people.long });
    await page.goto(`/apps/${app.id}?done=offered`);
  }),
  ada('offer', 'GET /apps/offers/:id', offerTo('ada')),
  ada('offer-service', 'GET /apps/offers/:id', offerTo('ada', { type: 'service' })),
  scene('long')(
    'offer-long',
    'GET /apps/offers/:id',
    offerTo('long', {
      name: 'W'.repeat(60),
      redirectUris: [`https://app.example.com/${'a-very-long-path/'.repeat(10)}callback`],
      description: 'محمد'.repeat(40),
    }),
  ),
  ada('offer-refused', 'POST /apps/offers/:id/accept', async (page, { people }, stage) => {
    const { path, app } = await offered(stage, { from: people.newcomer, to: people.ada });
    await page.goto(path);
    const change = { id: app.id, form: { name: 'Renamed meanwhile' } };
    await stage.running.app.authorization.apps.change(change, ownerOf(people.newcomer));
    await submit(page, `${path}/accept`);
  }),
  ada('offers', 'GET /apps/offers', at('/apps/offers?done=declined')),
  ada('apps-with-offers', 'GET /apps', at('/apps')),
  scene('viewer')('offers-none', 'GET /apps/offers', at('/apps/offers')),
  scene('unverified')('offers-unverified', 'GET /apps/offers', at('/apps/offers')),
  ada('app-of-before', 'GET /apps/:id', async (page, world, stage) => {
    await page.goto(`/apps/${(await givenAway(world, stage)).id}?done=accepted`);
  }),
  ada('secrets-end', 'GET /apps/:id/secrets/end', async (page, world, stage) => {
    await page.goto(`/apps/${(await givenAway(world, stage)).id}/secrets/end`);
  }),
  nele('deletion-with-apps', 'GET /account/delete', at('/account/delete')),
  ada('connection-repeated', 'GET /connections/:id', repeated),
  ada('account-repeated', 'GET /account', at('/account')),
  scene('operator')('mail-unreadable', 'GET /admin/mail', unreadable),
];
