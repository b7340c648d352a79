/** Everything that an app's page shows, read at once. */
import type { User } from '../../identity/types.ts';
import type { App, AppOffer, AppSecret } from '../../apps/types.ts';
import type { Event } from '../../audit/event.ts';
import type { PortalContext } from '../portal-context.ts';
import { ceilingOf } from '../tokens/own.ts';

const MOST_EVENTS = 50;

export interface AppDossier {
  readonly app: App;
  readonly now: number;
  /** Newest first. */
  readonly secrets: readonly AppSecret[];
  /** How many people have it connected: never who. */
  readonly users: number;
  readonly events: readonly Event[];
  /** `null`: nobody owns it. */
  readonly owner: User | null;
  /** To another owner, while it is open. */
  readonly offer: AppOffer | null;
  /** `null` when its owner is no longer a member there. */
  readonly accountName: string | null;
  /** What the role of its owner may hold, which bounds a service. */
  readonly heldByOwner: ReadonlySet<string>;
}

/** Live ones, newest first, with the use that was made of them until now. */
export async function secretsOf(
  { apps, secretUsage }: PortalContext,
  { id }: App,
): Promise<readonly AppSecret[]> {
  const { secrets } = apps.reads;
  const found = await secrets.ofApp(id);
  const isUsed = await secretUsage.settle(found.map((secret) => secret.id));
  return isUsed ? secrets.ofApp(id) : found;
}

export async function gather(context: PortalContext, app: App): Promise<AppDossier> {
  const { appGrants, events, users, offers } = context.apps.reads;
  const { accounts } = context.accounts.reads;
  const now = context.clock();
  const [live, count, history, owner, account, offer] = await Promise.all([
    secretsOf(context, app),
    appGrants.countUsers(app.id),
    events.list({ resourceId: app.id }, { page: 1, pageSize: MOST_EVENTS }),
    app.ownerId === null ? null : users.byId(app.ownerId),
    app.ownerId === null || app.accountId === null
      ? null
      : accounts.ofMember(app.accountId, app.ownerId),
    offers.openOf(app.id, now),
  ]);
  return {
    app,
    now,
    secrets: live,
    users: count,
    events: history.items,
    owner,
    offer,
    accountName: account?.displayName ?? null,
    heldByOwner: ceilingOf(context, account),
  };
}
