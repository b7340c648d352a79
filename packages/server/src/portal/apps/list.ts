import type { App } from '../../apps/types.ts';
import { noticeOf } from '../frame.ts';
import type { PortalContext } from '../portal-context.ts';
import { readPage } from '../tokens/own.ts';
import { show, type SignedInController } from '../visit.ts';
import { listPage } from './list-page.ts';
import { actorOf } from './own.ts';

const PAGE_SIZE = 25;
const DONE = { deleted: 'The app was deleted. Everything that was granted to it is over.' };

export interface CountedApp {
  readonly app: App;
  /** How many people have it connected. */
  readonly users: number;
}

export const withCounts = (
  { apps }: PortalContext,
  items: readonly App[],
): Promise<readonly CountedApp[]> =>
  Promise.all(
    items.map(async (app) => ({ app, users: await apps.records.appGrants.countUsers(app.id) })),
  );

export const listApps =
  (context: PortalContext): SignedInController =>
  async (visit) => {
    const page = { page: readPage(visit.query), pageSize: PAGE_SIZE };
    const { items, total } = await context.apps.records.apps.list(
      { ownerId: visit.signedIn.user.id },
      page,
    );
    const apps = { total, items: await withCounts(context, items) };
    const mayRegister = context.apps.mayRegister(actorOf(visit));
    const { length: offered } = await context.apps.offersTo(actorOf(visit));
    const notice = noticeOf(visit.query, DONE);
    return show(listPage(context, visit, { apps, page, mayRegister, offered, notice }));
  };
