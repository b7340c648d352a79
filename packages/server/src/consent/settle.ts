/**
 * What a user allows an app is settled: the grant is made, extended or narrowed. What a page showed and the user left out is
 * taken back; what it did not show stays.
 */
import { newId } from '../kit/ids.ts';
import type { Approval, Settled } from '../oauth/authorize/answers.ts';
import { placeOf } from '../oauth/clients/redirect-uri.ts';
import { intersectScopes, missingScopes } from '../catalogue/catalogue.ts';
import { coveredScopes } from '../oauth/clients/scope-history.ts';
import { isOffline } from '../oauth/vocabulary.ts';
import { grantEvent, type ConsentActor, type ConsentContext } from './context.ts';
import type { ConsentStores } from './ports.ts';
import type { Grant } from './types.ts';

interface Settling {
  readonly approval: Approval;
  readonly actor: ConsentActor;
}

/**
 * In a transaction of the caller's. `null` when nothing of it can be given any more: the user took it back, or the app lost
 * it, since the request was read.
 */
export async function settle(
  { clock }: Pick<ConsentContext, 'clock'>,
  stores: ConsentStores,
  settling: Settling,
): Promise<Settled | null> {
  const { approval, actor } = settling;
  const { client } = approval.request;
  // One grant for each user, app and account, and the last answer of a person counts, however many windows are open.
  await stores.users.lock(actor.user.id);
  const app = await stores.grants.scopesOfApp(client.id);
  if (app === null) return null;
  const key = { userId: actor.user.id, clientId: client.id, accountId: approval.accountId };
  const known = await stores.grants.find(key);
  // The app may have lost a scope since the request was read, or have lost it and got it again.
  const offered = coveredScopes(approval.choice.granted, app, client.scopeHistory.revision);
  const granted = approval.isSilent
    ? intersectScopes(offered, new Set(known?.scopes ?? []))
    : offered;
  const { resources } = approval.request;
  // Without a page nobody was asked about another API.
  const isAllowed = missingScopes(resources, known?.resources ?? []).length === 0;
  if (granted.length === 0 || (approval.isSilent && !isAllowed)) return null;
  const appRevision = app.scopeHistory.revision;
  const now = clock();
  if (known !== null) return change(stores, { settling, known, granted, appRevision, now });
  const grant: Grant = {
    id: newId(),
    ...key,
    scopes: granted,
    resources,
    declinedScopes: approval.choice.declined,
    lapsedScopes: [],
    appRevision,
    createdAt: now,
    updatedAt: now,
    revokedAt: null,
    lastUsedAt: null,
  };
  await stores.grants.insert(grant);
  await announce(stores, { grant, settling, added: granted, isExtension: false });
  return { grant, granted, isNews: true };
}

interface Changing {
  readonly settling: Settling;
  readonly known: Grant;
  readonly granted: readonly string[];
  readonly appRevision: number;
  readonly now: number;
}

async function change(stores: ConsentStores, changing: Changing): Promise<Settled> {
  const { settling, known, granted, appRevision, now } = changing;
  const { declined } = settling.approval.choice;
  const withdrawn = intersectScopes(known.scopes, new Set(declined));
  const kept = missingScopes(known.scopes, withdrawn);
  const added = missingScopes(granted, kept);
  // What lapsed was covered by nothing; written out now, allowing it anew gives nothing back to what was issued before.
  const gone = [...withdrawn, ...known.lapsedScopes];
  if (gone.length > 0) await stores.grants.narrow(known.id, gone);
  const scopes = [...kept, ...added];
  const earlier = missingScopes(known.declinedScopes, [...granted, ...declined]);
  const declinedScopes = [...earlier, ...missingScopes(declined, scopes)];
  const opened = missingScopes(settling.approval.request.resources, known.resources);
  const resources = [...known.resources, ...opened];
  const allowed = { granted: scopes, declined: declinedScopes, resources, appRevision };
  await stores.grants.setScopes(known.id, allowed, now);
  const written = { scopes, resources, declinedScopes, lapsedScopes: [], appRevision };
  const grant = { ...known, ...written, updatedAt: now };
  if (withdrawn.length > 0) await record(stores, { grant, settling, withdrawn });
  // At another API everything that it may do there is new.
  const news = opened.length > 0 ? granted : added;
  if (news.length > 0) await announce(stores, { grant, settling, added: news, isExtension: true });
  return { grant, granted, isNews: news.length > 0 };
}

/** No message: the person did it a moment ago, and it only takes away. */
function record(
  stores: ConsentStores,
  {
    grant,
    settling,
    withdrawn,
  }: { grant: Grant; settling: Settling; withdrawn: readonly string[] },
): Promise<void> {
  const { approval, actor } = settling;
  const details = { app: approval.request.client.name, scopes: withdrawn.join(' ') };
  const happening = { origin: actor.origin, at: grant.updatedAt, details };
  return stores.events.append(grantEvent(grant, 'oauth_grant_narrowed', happening));
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
