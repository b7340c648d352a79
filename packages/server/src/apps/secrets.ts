/** Client secrets: several at once, shown once, hashed, ended one by one. */
import { URGENT } from '../kit/urgency.ts';
import { isLimited } from '../audit/event.ts';
import { mostADay, refuseBeyondDay, type MadeEnough } from '../limits/day-limit.ts';
import { termsOf } from '../oauth/clients/client-terms.ts';
import { mintCredential } from '../oauth/tokens/format.ts';
import { isConfidential } from '../oauth/vocabulary.ts';
import {
  appEvent,
  findManaged,
  lockManaged,
  NO_SUCH_APP,
  type AppActor,
  type AppContext,
  type NoSuchApp,
} from './context.ts';
import type { AppStores } from './ports.ts';
import { MOST_SECRETS, type App, type AppSecret } from './types.ts';

export function mintSecret(
  { brand, randomBytes, clock }: AppContext,
  app: Pick<App, 'id' | 'ownerId'>,
  { creationKey, actor }: { creationKey: string; actor: AppActor },
): { secret: AppSecret; value: string } {
  const { id, hash, value } = mintCredential(brand, 'cs', randomBytes);
  const never = { revokedAt: null, endsAt: null, transferredAt: null, lastUsedAt: null };
  const dates = { createdAt: clock(), ...never };
  const made = { creationKey, madeById: actor.ceiling?.tokenId ?? null };
  const whose = { appId: app.id, ownerId: app.ownerId };
  return { secret: { id, ...whose, secretHash: hash, ...made, ...dates }, value };
}

/** Rolls the making back: a secret that a token makes after its end would escape it. */
export class MakerEnded extends Error {
  constructor() {
    super('the acting token was ended before it made a client secret');
  }
}

/** Under the lock of the owner, who is the user of the acting token. */
export async function storeSecret(stores: AppStores, secret: AppSecret): Promise<void> {
  const { madeById, createdAt } = secret;
  const mayMake = madeById === null || (await stores.secrets.isMakerLive(madeById, createdAt));
  if (!mayMake) throw new MakerEnded();
  await stores.secrets.insert(secret);
}

export type AddSecretOutcome =
  | {
      readonly outcome: 'added';
      readonly app: App;
      readonly secret: AppSecret;
      readonly value: string;
    }
  | { readonly outcome: 'already-added'; readonly app: App }
  | { readonly outcome: 'too-many'; readonly most: number }
  /** Of all apps of their owner together. */
  | MadeEnough
  /** A public app has no secret. */
  | { readonly outcome: 'has-none' }
  | NoSuchApp;

export async function addSecret(
  context: AppContext,
  asked: { id: string; creationKey: string },
  actor: AppActor,
): Promise<AddSecretOutcome> {
  const found = await findManaged(context, actor, asked.id);
  if (found === null) return NO_SUCH_APP;
  if (!isConfidential(termsOf(found))) return { outcome: 'has-none' };
  const { secret, value } = mintSecret(context, found, { ...asked, actor });
  return context.storage.transaction(async (stores): Promise<AddSecretOutcome> => {
    const app = await lockManaged(context, stores, { found, actor });
    if (app === null) return NO_SUCH_APP;
    if ((await stores.secrets.byCreationKey(app.id, asked.creationKey)) !== null)
      return { outcome: 'already-added', app };
    if ((await stores.secrets.ofApp(app.id)).length >= MOST_SECRETS)
      return { outcome: 'too-many', most: MOST_SECRETS };
    const enough = await refuseAnotherToday(context, stores, { secret, actor });
    if (enough !== null) return enough;
    await storeSecret(stores, secret);
    const details = { secret: secret.id };
    await stores.events.append(
      appEvent(app, 'oauth_secret_created', { actor, at: secret.createdAt, details }),
    );
    return { outcome: 'added', app, secret, value };
  });
}

async function refuseAnotherToday(
  { policy }: AppContext,
  { secrets }: AppStores,
  { secret, actor }: { secret: AppSecret; actor: AppActor },
): Promise<MadeEnough | null> {
  const { ownerId } = secret;
  if (!isLimited(actor.origin) || ownerId === null) return null;
  return refuseBeyondDay({
    most: mostADay(policy.mostPerUser * MOST_SECRETS),
    now: secret.createdAt,
    madeAt: (asked) => secrets.madeAt(ownerId, asked),
  });
}

/** Whoever uses it is refused at once, and so are tokens that a service got by it. What users granted stays. */
export async function revokeSecret(
  context: AppContext,
  asked: { id: string; secretId: string },
  actor: AppActor,
): Promise<{ readonly outcome: 'revoked'; readonly app: App } | NoSuchApp> {
  const found = await findManaged(context, actor, asked.id);
  if (found === null) return NO_SUCH_APP;
  const revokedOf = await context.storage.transaction(async (stores) => {
    const app = await lockManaged(context, stores, { found, actor });
    const at = context.clock();
    if (app === null || !(await stores.secrets.revoke(app.id, asked.secretId, at))) return null;
    await stores.appGrants.revokeOwnTokens(app.id, asked.secretId, at);
    const details = { secret: asked.secretId };
    await stores.events.append(appEvent(app, 'oauth_secret_revoked', { actor, at, details }));
    return app;
  }, URGENT);
  return revokedOf === null ? NO_SUCH_APP : { outcome: 'revoked', app: revokedOf };
}
