import type { App } from '../../apps/types.ts';
import { noticeOf } from '../frame.ts';
import type { PortalContext } from '../portal-context.ts';
import { readPage } from '../paging.ts';
import { show, type SignedInController } from '../visit.ts';
import { APP_LIST, listPage } from './list-page.ts';
import { actorOf } from './own.ts';

const DONE = { deleted: 'The app was deleted. Everything that was granted to it is over.' };

export interface CountedApp {
  readonly app: App;
  /** How many people have it connected. */
  readonly users: number;
}

export async function withCounts(
  { apps }: PortalContext,
  items: readonly App[],
): Promise<readonly CountedApp[]> {
  const users = await apps.reads.appGrants.countUsersOf(items.map(({ id }) => id));
  return items.map((app) => ({ app, users: users.get(app.id) ?? 0 }));
}

export const listApps =
  (context: PortalContext): SignedInController =>
  async (visit) => {
    const page = readPage(visit.query, APP_LIST);
    const ownerId = visit.signedIn.user.id;
    const [found, offers] = await Promise.all([
      context.apps.reads.apps.list({ ownerId }, page),
      context.apps.offersTo(actorOf(visit)),
    ]);
    const apps = { ...found, items: await withCounts(context, found.items) };
    const mayRegister = context.apps.mayRegister(actorOf(visit));
    const notice = noticeOf(visit.query, DONE);
    return show(
      listPage(context, visit, { apps, page, mayRegister, offered: offers.length, notice }),
    );
  };
