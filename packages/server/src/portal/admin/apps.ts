import { choice, text } from '../../http/form.ts';
import { noticeOf } from '../frame.ts';
import { readPage } from '../paging.ts';
import type { PortalContext } from '../portal-context.ts';
import { withCounts } from '../apps/list.ts';
import { actorOf, managedApp } from '../apps/own.ts';
import { PageRefusal, redirect, show, type SignedInController } from '../visit.ts';
import { ALL_APPS, appsPage } from './apps-page.ts';

const DONE = { deleted: 'The app was deleted. Everything that was granted to it is over.' };

export const listAllApps =
  (context: PortalContext): SignedInController =>
  async (visit) => {
    const search = text(visit.query, 'q', { max: 200 });
    const page = readPage(visit.query, ALL_APPS);
    const { apps, users } = context.apps.reads;
    const found = await apps.list({ search }, page);
    const counted = await withCounts(context, found.items);
    const owners = await users.byIds(
      counted.map(({ app }) => app.ownerId).filter((id) => id !== null),
    );
    const items = counted.map((one) => ({
      ...one,
      owner: owners.get(one.app.ownerId ?? '') ?? null,
    }));
    const notice = noticeOf(visit.query, DONE);
    return show(appsPage(context, visit, { apps: { ...found, items }, search, notice }));
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
