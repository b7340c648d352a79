/** When client secrets end that a former owner of an app could know: the new owner chooses, within 7 days of the transfer. */
import { urgentIf } from '../kit/urgency.ts';
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
import { isOverlap, LONGEST_OVERLAP } from './transfer.ts';
import type { App, AppSecret } from './types.ts';

/** Those of before the last transfers that still work. */
export const secretsOfBefore = (secrets: readonly AppSecret[]): readonly AppSecret[] =>
  secrets.filter(({ endsAt }) => endsAt !== null);

/** The latest end that a secret of before can be given. */
export const latestEnd = ({ transferredAt, endsAt }: AppSecret): number =>
  // Of a transfer before its time was written down, the end that was chosen then is all that is known.
  transferredAt === null ? (endsAt ?? 0) : transferredAt + LONGEST_OVERLAP;

export type SecretsEndOutcome =
  | { readonly outcome: 'changed'; readonly app: App }
  | { readonly outcome: 'invalid-overlap' }
  /** All of before have ended. */
  | { readonly outcome: 'none-of-before' }
  | NoSuchApp;

interface Asked {
  readonly id: string;
  /** From now. Zero: at once. */
  readonly overlapSeconds: number;
}

/** Each ends after the overlap, or as late as it may. */
export async function setSecretsEnd(
  context: AppContext,
  asked: Asked,
  actor: AppActor,
): Promise<SecretsEndOutcome> {
  if (!isOverlap(asked.overlapSeconds)) return { outcome: 'invalid-overlap' };
  const found = actor.ceiling === null ? await findManaged(context, actor, asked.id) : null;
  if (found === null) return NO_SUCH_APP;
  return context.storage.transaction(
    async (stores): Promise<SecretsEndOutcome> => {
      const app = await lockManaged(context, stores, { found, actor });
      if (app === null) return NO_SUCH_APP;
      const secrets = secretsOfBefore(await stores.secrets.ofApp(app.id));
      if (secrets.length === 0) return { outcome: 'none-of-before' };
      await change(stores, { app, secrets, at: context.clock(), asked, actor });
      return { outcome: 'changed', app };
    },
    urgentIf(asked.overlapSeconds === 0),
  );
}

interface Changing {
  readonly app: App;
  readonly secrets: readonly AppSecret[];
  readonly at: number;
  readonly asked: Asked;
  readonly actor: AppActor;
}

async function change(
  stores: AppStores,
  { app, secrets, at, asked: { overlapSeconds }, actor }: Changing,
): Promise<void> {
  for (const secret of secrets) {
    const endsAt = Math.min(at + overlapSeconds, latestEnd(secret));
    const details = { secret: secret.id, secrets_end_at: overlapSeconds === 0 ? null : endsAt };
    if (overlapSeconds === 0) {
      await stores.secrets.revoke(app.id, secret.id, at);
      await stores.appGrants.revokeOwnTokens(app.id, secret.id, at);
    } else await stores.secrets.setEnd(app.id, secret.id, endsAt);
    const type = overlapSeconds === 0 ? 'oauth_secret_revoked' : 'oauth_secret_end_changed';
    await stores.events.append(appEvent(app, type, { actor, at, details }));
  }
}
