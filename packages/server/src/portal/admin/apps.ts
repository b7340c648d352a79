import { choice, text } from '../../http/form.ts';
import { noticeOf } from '../frame.ts';
import type { PortalContext } from '../portal-context.ts';
import { withCounts } from '../apps/list.ts';
import { actorOf, managedApp } from '../apps/own.ts';
import { readPage } from '../tokens/own.ts';
import { PageRefusal, redirect, show, type SignedInController } from '../visit.ts';
import { appsPage } from './apps-page.ts';

const PAGE_SIZE = 25;
const DONE = { deleted: 'The app was deleted. Everything that was granted to it is over.' };

export const listAllApps =
  (context: PortalContext): SignedInController =>
  async (visit) => {
    const search = text(visit.query, 'q', { max: 200 });
    const page = { page: readPage(visit.query), pageSize: PAGE_SIZE };
    const { apps, users } = context.apps.records;
    const { items, total } = await apps.list({ search }, page);
    const counted = await withCounts(context, items);
    const owned = await Promise.all(
      counted.map(async (one) => ({ ...one, owner: await users.byId(one.app.ownerId) })),
    );
    const notice = noticeOf(visit.query, DONE);
    return show(appsPage(context, visit, { apps: { items: owned, total }, page, search, notice }));
  };

export const changeIntrospection =
  (context: PortalContext): SignedInController =>
  async (visit) => {
    const app = await managedApp(context, visit);
    const answer = choice(visit.form, 'introspection', ['yes', 'no']);
    if (answer === null) throw new PageRefusal(400, 'Say whether it may ask about every token.');
    const mayIntrospect = answer === 'yes';
    const isDone = await context.apps.setIntrospection(
      { id: app.id, mayIntrospect },
      actorOf(visit),
    );
    if (!isDone) throw new PageRefusal(409, 'A public app cannot prove who it is.');
    return redirect(`/apps/${app.id}?done=${mayIntrospect ? '' : 'no-'}introspection`);
  };
