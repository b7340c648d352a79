/** A user allows an app something: the grant is made or extended and a code is minted, in one transaction. */
import { newId } from '../kit/ids.ts';
import type { AuthorizationRequest } from '../oauth/authorize/request.ts';
import type { Choice } from '../oauth/authorize/decide.ts';
import { placeOf } from '../oauth/redirect-uri.ts';
import { missingScopes } from '../oauth/scope.ts';
import { mintCredential, type MintedCredential } from '../oauth/tokens/format.ts';
import { isOffline, type AuthorizationCode } from '../oauth/vocabulary.ts';
import { grantEvent, type ConsentActor, type ConsentContext } from './context.ts';
import type { ConsentStores } from './ports.ts';
import type { Grant } from './types.ts';

export interface Approval {
  readonly request: AuthorizationRequest;
  readonly accountId: string;
  readonly choice: Choice;
}

export interface Approved {
  /** Goes to the client once; stored only hashed. */
  readonly code: string;
  readonly scopes: readonly string[];
}

/** Kept for as long as their replay can be told, but never so many that asking again and again fills the database. */
const MOST_CODES = 100;

export async function approve(
  context: ConsentContext,
  approval: Approval,
  actor: ConsentActor,
): Promise<Approved> {
  const minted = mintCredential(context.brand, 'oac', context.randomBytes);
  const { granted } = approval.choice;
  const isNews = await context.storage.transaction(async (stores) => {
    // One grant for each user, app and account, however many windows allow it at once.
    await stores.users.lock(actor.user.id);
    const { grant, isNews } = await settle(context, stores, { approval, actor });
    await stores.codes.keepNewest(grant.id, MOST_CODES - 1);
    await stores.codes.insert(codeFor(context, { approval, grant, minted }));
    return isNews;
  });
  if (isNews) context.onMail();
  return { code: minted.value, scopes: granted };
}

interface Settling {
  readonly approval: Approval;
  readonly actor: ConsentActor;
}

async function settle(
  context: ConsentContext,
  stores: ConsentStores,
  settling: Settling,
): Promise<{ grant: Grant; isNews: boolean }> {
  const { approval, actor } = settling;
  const { request, accountId, choice } = approval;
  const key = { userId: actor.user.id, clientId: request.client.id, accountId };
  const now = context.clock();
  const known = await stores.grants.find(key);
  if (known === null) {
    const scopes = { scopes: choice.granted, declinedScopes: choice.declined };
    const dates = { createdAt: now, updatedAt: now, revokedAt: null, lastUsedAt: null };
    const grant: Grant = { id: newId(), ...key, ...scopes, ...dates };
    await stores.grants.insert(grant);
    await announce(stores, { grant, settling, added: choice.granted, isExtension: false });
    return { grant, isNews: true };
  }
  const added = missingScopes(choice.granted, known.scopes);
  const granted = [...known.scopes, ...added];
  const declined = [
    ...missingScopes(known.declinedScopes, [...choice.granted, ...choice.declined]),
    ...missingScopes(choice.declined, granted),
  ];
  await stores.grants.setScopes(known.id, { granted, declined }, now);
  const grant = { ...known, scopes: granted, declinedScopes: declined, updatedAt: now };
  if (added.length > 0) await announce(stores, { grant, settling, added, isExtension: true });
  return { grant, isNews: added.length > 0 };
}

async function announce(
  stores: ConsentStores,
  news: { grant: Grant; settling: Settling; added: readonly string[]; isExtension: boolean },
): Promise<void> {
  const { grant, added, isExtension } = news;
  const { actor, approval } = news.settling;
  const { client, redirectUri } = approval.request;
  const type = isExtension ? 'oauth_grant_updated' : 'oauth_grant_created';
  const details = { app: client.name, scopes: added.join(' ') };
  const { origin, user } = actor;
  await stores.events.append(grantEvent(grant, type, { origin, at: grant.updatedAt, details }));
  await stores.outbox.enqueue({
    kind: 'app-authorised',
    to: user.email,
    name: user.name,
    appName: client.name,
    place: placeOf(redirectUri),
    scopes: added,
    isExtension,
    isPersistent: isOffline(grant.scopes),
    at: grant.updatedAt,
    address: origin.address,
  });
}

function codeFor(
  { clock, codeSeconds }: ConsentContext,
  made: { approval: Approval; grant: Grant; minted: MintedCredential },
): AuthorizationCode {
  const { approval, grant, minted } = made;
  const { client, redirectUri, isRedirectUriSent, codeChallenge } = approval.request;
  const now = clock();
  return {
    id: minted.id,
    secretHash: minted.hash,
    clientId: client.id,
    grantId: grant.id,
    userId: grant.userId,
    accountId: grant.accountId,
    scopes: approval.choice.granted,
    redirectUri,
    isRedirectUriRequired: isRedirectUriSent,
    codeChallenge,
    createdAt: now,
    expiresAt: now + codeSeconds,
    redeemedAt: null,
    familyId: null,
  };
}
