/** Everything that an app's page shows, read at once. */
import type { User } from '../../accounts/types.ts';
import type { App, AppSecret } from '../../apps/types.ts';
import type { Event } from '../../audit/event.ts';
import type { PortalContext } from '../portal-context.ts';

const MOST_EVENTS = 50;

export interface AppDossier {
  readonly app: App;
  readonly now: number;
  /** Newest first. */
  readonly secrets: readonly AppSecret[];
  /** How many people have it connected: never who. */
  readonly users: number;
  readonly events: readonly Event[];
  readonly owner: User | null;
  /** `null` when its owner is no longer a member there. */
  readonly accountName: string | null;
}

export async function gather(context: PortalContext, app: App): Promise<AppDossier> {
  const { secrets, appGrants, events, users } = context.apps.records;
  const { accounts } = context.accounts.records;
  const [live, count, history, owner, account] = await Promise.all([
    secrets.ofApp(app.id),
    appGrants.countUsers(app.id),
    events.list({ resourceId: app.id }, { page: 1, pageSize: MOST_EVENTS }),
    users.byId(app.ownerId),
    accounts.ofMember(app.accountId, app.ownerId),
  ]);
  return {
    app,
    now: context.clock(),
    secrets: live,
    users: count,
    events: history.items,
    owner,
    accountName: account?.displayName ?? null,
  };
}
