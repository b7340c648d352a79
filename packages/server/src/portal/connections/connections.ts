/** Apps that the signed-in user allowed something, and taking it back. */
import { dayOf } from '../../developer-tokens/usage.ts';
import type { Connection } from '../../consent/types.ts';
import { isUuid } from '../../kit/ids.ts';
import type { PageOf, PageRequest } from '../../kit/page.ts';
import { noticeOf } from '../frame.ts';
import type { PortalContext, PortalRoute } from '../portal-context.ts';
import { get, post } from '../session-routes.ts';
import { never } from '../step-up.ts';
import { ceilingOf } from '../tokens/own.ts';
import { readPage } from '../paging.ts';
import {
  PageRefusal,
  redirect,
  show,
  type SignedInController,
  type SignedInVisit,
} from '../visit.ts';
import { CONNECTION_LIST, connectionPage, connectionsPage } from './connections-page.ts';

const USE_DAYS = 30;
const MOST_EVENTS = 20;
const DONE = { disconnected: 'Disconnected. Its access ended just now.' };

const sinceDayOf = (now: number): number => dayOf(now) - USE_DAYS + 1;

/** Most recently allowed first. */
export const ownConnections = (
  context: PortalContext,
  { signedIn }: SignedInVisit,
  page: PageRequest,
): Promise<PageOf<Connection>> => read(context, { userId: signedIn.user.id }, page);

/** With the calls that were made until now. */
async function read(
  { consent, grantUsage, clock }: PortalContext,
  whose: { readonly userId: string; readonly id?: string },
  page: PageRequest,
): Promise<PageOf<Connection>> {
  const list = () =>
    consent.reads.grants.connections({ ...whose, sinceDay: sinceDayOf(clock()) }, page);
  const found = await list();
  const isUsed = await grantUsage.settle(found.items.map(({ id }) => id));
  return isUsed ? list() : found;
}

const listConnections =
  (context: PortalContext): SignedInController =>
  async (visit) => {
    const now = context.clock();
    const page = readPage(visit.query, CONNECTION_LIST);
    const connections = await ownConnections(context, visit, page);
    const notice = noticeOf(visit.query, DONE);
    return show(connectionsPage(context, visit, { connections, page, notice, now }));
  };

async function ownConnection(context: PortalContext, visit: SignedInVisit): Promise<Connection> {
  const { id = '' } = visit.params;
  const which = { id, userId: visit.signedIn.user.id };
  const found = isUuid(id) ? await read(context, which, { page: 1, pageSize: 1 }) : null;
  const connection = found?.items[0];
  if (connection === undefined)
    throw new PageRefusal(404, 'There is no such app among those that you connected.');
  return connection;
}

const showConnection =
  (context: PortalContext): SignedInController =>
  async (visit) => {
    const connection = await ownConnection(context, visit);
    const { accounts, events } = context.accounts.reads;
    const userId = visit.signedIn.user.id;
    const [{ items }, account] = await Promise.all([
      events.list({ resourceId: connection.id, userId }, { page: 1, pageSize: MOST_EVENTS }),
      accounts.ofMember(connection.accountId, userId),
    ]);
    const ceiling = ceilingOf(context, account);
    const now = context.clock();
    return show(connectionPage(context, visit, { connection, events: items, ceiling, now }));
  };

const disconnect =
  (context: PortalContext): SignedInController =>
  async (visit) => {
    const { id, app } = await ownConnection(context, visit);
    const { user, origin } = visit.signedIn;
    await context.consent.disconnect({ grantId: id, userId: user.id, appName: app.name, origin });
    return redirect('/connections?done=disconnected');
  };

export const connectionRoutes = (context: PortalContext): readonly PortalRoute[] => [
  get('/connections', listConnections(context)),
  get('/connections/:id', showConnection(context)),
  post(
    '/connections/:id/disconnect',
    {
      act: 'Disconnect an app',
      stepUp: never('it only takes access away, which must not wait'),
    },
    disconnect(context),
  ),
];
