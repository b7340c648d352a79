/** A person with so many rows of every kind, each of which some list or page shows. */
import { dayOf } from '../../src/developer-tokens/usage.ts';
import { newId } from '../../src/kit/ids.ts';
import type { Stores } from '../../src/storage/storage.ts';
import {
  newAccessToken,
  newApp,
  newCode,
  newFamily,
  newGrant,
  newSecret,
} from '../storage/oauth-records.ts';
import { CALLBACK } from '../support/oauth.ts';
import { addPerson, newEvent, newSession, newToken } from '../storage/records.ts';
import type { Person, Stage } from './people.ts';

/** What the addresses of pages name. */
export interface Riches {
  readonly accountId: string;
  readonly teamId: string;
  readonly userId: string;
  readonly tokenId: string;
  readonly appId: string;
  readonly grantId: string;
  readonly offerId: string;
  readonly mailId: string;
}

interface Giving {
  readonly me: Person['user'];
  readonly at: number;
  readonly names: Pick<Riches, 'tokenId' | 'appId'>;
}

/** `before` numbers what was given before, so that no two items are of one second. */
export async function enrich(
  { running, time }: Stage,
  { user: me }: Person,
  { count, before = 0 }: { readonly count: number; readonly before?: number },
): Promise<Riches> {
  const { storage } = running.app;
  const first = newToken(me, { createdAt: time.now, updatedAt: time.now });
  const mine = newApp(me, { ...PLAIN, createdAt: time.now, updatedAt: time.now });
  await storage.tokens.insert(first);
  await storage.apps.insert(mine);
  const given = { createdAt: time.now, transferredAt: time.now, endsAt: time.now + 100_000 };
  await storage.secrets.insert(newSecret(mine, given));
  const names = { tokenId: first.id, appId: mine.id };
  const made = { grantId: '', offerId: '' };
  for (let n = 0; n < count; n += 1) {
    const given = { me, at: time.now - before - n, names };
    Object.assign(made, await storage.transaction((stores) => giveOne(stores, given)));
  }
  await recordUse(storage, { id: first.id, now: time.now });
  const [team] = (await storage.accounts.teamsOfAccount(me.accountId, FIRST)).items;
  const [mail] = (await storage.outbox.list('all', FIRST)).items;
  return {
    ...names,
    ...made,
    accountId: me.accountId,
    userId: me.id,
    teamId: team?.id ?? '',
    mailId: mail?.id ?? '',
  };
}

/** What tokens may manage, and anybody connect. */
const PLAIN = {
  mayIntrospect: false,
  scopes: ['asset.read'],
  optionalScopes: [],
  redirectUris: [CALLBACK],
} as const;

const FIRST = { page: 1, pageSize: 1 };

/** One of each. */
async function giveOne(stores: Stores, { me, at, names }: Giving) {
  const dates = { createdAt: at, updatedAt: at };
  const { user: other } = await addPerson(stores, dates);
  const role = 'member' as const;
  await stores.accounts.setMembership({
    accountId: other.accountId,
    userId: me.id,
    role,
    createdAt: at,
  });
  await stores.accounts.setMembership({
    accountId: me.accountId,
    userId: other.id,
    role,
    createdAt: at,
  });
  await stores.tokens.insert(newToken(me, { ...dates, madeById: names.tokenId }));
  await stores.sessions.insert(
    newSession(me, { createdAt: at, lastSeenAt: at, expiresAt: at + 100_000 }),
  );
  const own = newApp(me, { ...PLAIN, ...dates, type: 'service', redirectUris: [] });
  const theirs = newApp(other, { ...PLAIN, ...dates });
  for (const app of [own, theirs]) await stores.apps.insert(app);
  await stores.secrets.insert(newSecret(own, { createdAt: at, madeById: names.tokenId }));
  const grant = newGrant(me, theirs, dates);
  await addFamily(stores, grant, at);
  await stores.grants.insert(newGrant(other, { ...own, id: names.appId }, dates));
  const offer = { appId: theirs.id, fromId: other.id, email: me.email, closedAt: null };
  const offerId = newId();
  await stores.offers.insert({ ...offer, id: offerId, createdAt: at, expiresAt: at + 100_000 });
  await stores.outbox.enqueue({ kind: 'address-in-use', to: other.email, name: other.name });
  for (const resourceId of [names.tokenId, names.appId, grant.id])
    await stores.events.append(
      newEvent({ userId: me.id, accountId: me.accountId, resourceId, createdAt: at }),
    );
  return { grantId: grant.id, offerId };
}

async function addFamily(
  stores: Stores,
  grant: ReturnType<typeof newGrant>,
  at: number,
): Promise<void> {
  await stores.grants.insert(grant);
  const ends = {
    createdAt: at,
    rotatedAt: at,
    refreshExpiresAt: at + 100_000,
    endsAt: at + 100_000,
  };
  const family = newFamily(grant, ends);
  await stores.codes.insert(newCode(grant, { createdAt: at, expiresAt: at + 60 }));
  await stores.families.insert(family);
  const token = { id: family.accessTokenId, createdAt: at, expiresAt: at + 3600 };
  await stores.accessTokens.insert(newAccessToken(family, token));
}

async function recordUse(
  { usage }: Pick<Stores, 'usage'>,
  { id: tokenId, now }: { id: string; now: number },
): Promise<void> {
  const place = { address: '192.0.2.1', agent: 'x' };
  await usage.record({
    lastUsed: [{ tokenId, at: now, ...place }],
    uses: [{ tokenId, day: dayOf(now), outcome: 'allowed', count: 1 }],
    addresses: [{ tokenId, ...place, firstUsedAt: now, lastUsedAt: now, uses: 1 }],
  });
}
