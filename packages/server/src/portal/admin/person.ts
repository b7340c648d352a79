import { EARLIER } from '../../identity/accounts/earlier.ts';
import { ROLES, type User } from '../../identity/types.ts';
import { choice } from '../../http/form.ts';
import { isUuid } from '../../kit/ids.ts';
import { appsOwnedBy } from '../apps/owned-apps.ts';
import { createDownloads } from '../account/data.ts';
import { noticeOf } from '../frame.ts';
import type { PortalContext } from '../portal-context.ts';
import {
  PageRefusal,
  redirect,
  show,
  type SignedInController,
  type SignedInVisit,
} from '../visit.ts';
import { earlierPage } from './earlier-page.ts';
import { personPage } from './person-page.ts';

const DONE = {
  role: 'The role was changed. Their tokens follow it at once.',
  suspended: 'Suspended: signed out everywhere, and every token is refused.',
  resumed: 'The suspension is lifted. They can sign in again.',
  operator: 'They are an operator now.',
  deletion: 'They have no access any more, and their data will be erased.',
  kept: 'The deletion was taken back.',
  'no-operator': 'They are no longer an operator.',
};

const NOT_ELIGIBLE =
  'Only somebody with a confirmed address who is not suspended can be an operator.';

const NO_LONGER = 'You are no longer an operator. Nothing was changed.';

const EVENTS = { page: 1, pageSize: 20 };

async function findPerson(context: PortalContext, { params }: SignedInVisit): Promise<User> {
  const { id = '' } = params;
  const user = isUuid(id) ? await context.accounts.reads.users.byId(id) : null;
  if (user === null) throw new PageRefusal(404, 'There is no such person here.');
  return user;
}

/** So that an installation cannot lose its last operator by one's own hand. */
async function findAnother(context: PortalContext, visit: SignedInVisit): Promise<User> {
  const user = await findPerson(context, visit);
  if (user.id !== visit.signedIn.user.id) return user;
  throw new PageRefusal(403, 'You cannot change your own access. Ask another operator.');
}

export const showPerson =
  (context: PortalContext): SignedInController =>
  async (visit) => {
    const user = await findPerson(context, visit);
    const now = context.clock();
    const { accounts, events } = context.accounts.reads;
    const [membership, log, liveTokens, apps] = await Promise.all([
      accounts.membership(user.accountId, user.id),
      events.list({ userId: user.id }, EVENTS),
      context.tokens.reads.tokens.countLive(user.id, now),
      appsOwnedBy(context, user.id),
    ]);
    const notice = noticeOf(visit.query, DONE);
    const person = { user, role: membership?.role ?? null, events: log.items, liveTokens, apps };
    return show(personPage(context, visit, { ...person, notice, now }));
  };

export const changeRole =
  (context: PortalContext): SignedInController =>
  async (visit) => {
    const user = await findAnother(context, visit);
    const { id: userId, accountId } = user;
    const role = choice(visit.form, 'role', ROLES);
    if (role === null) throw new PageRefusal(400, 'Choose one of the roles.');
    const { origin } = visit.signedIn;
    const earlier = choice(visit.form, 'earlier', EARLIER) ?? undefined;
    const change = { userId, accountId, role, origin, earlier };
    const changed = await context.accounts.changeRole(change);
    if (changed.outcome === 'not-operator') throw new PageRefusal(403, NO_LONGER);
    if (changed.outcome === 'undecided') {
      const action = `/admin/people/${userId}/role`;
      const asked = { user, action, act: 'Give the role back', fields: { role }, apps: 0 };
      return show(earlierPage(context, visit, { ...asked, living: changed.living }));
    }
    return redirect(`/admin/people/${userId}?done=role`);
  };

export const changeSuspension =
  (context: PortalContext, isSuspended: boolean): SignedInController =>
  async (visit) => {
    const user = await findAnother(context, visit);
    const { id: userId } = user;
    const { origin } = visit.signedIn;
    const earlier = choice(visit.form, 'earlier', EARLIER) ?? undefined;
    const outcome = await context.accounts.setSuspended({ userId, isSuspended, origin, earlier });
    if (outcome === 'not-operator') throw new PageRefusal(403, NO_LONGER);
    if (typeof outcome === 'object') {
      const action = `/admin/people/${userId}/resume`;
      const apps = await countAppsForPeople(context, userId);
      const asked = { user, action, act: 'Lift the suspension', fields: {}, apps };
      return show(earlierPage(context, visit, { ...asked, living: outcome.living }));
    }
    return redirect(`/admin/people/${userId}?done=${isSuspended ? 'suspended' : 'resumed'}`);
  };

const MOST_APPS = 1000;

async function countAppsForPeople({ apps }: PortalContext, ownerId: string): Promise<number> {
  const page = { page: 1, pageSize: MOST_APPS };
  const { items } = await apps.reads.apps.list({ ownerId }, page);
  return items.filter(({ type }) => type !== 'service').length;
}

export const changeOperator =
  (context: PortalContext): SignedInController =>
  async (visit) => {
    const { id: userId } = await findAnother(context, visit);
    const answer = choice(visit.form, 'operator', ['yes', 'no']);
    if (answer === null) throw new PageRefusal(400, 'Say whether they should be an operator.');
    const { origin } = visit.signedIn;
    const isOperator = answer === 'yes';
    const outcome = await context.accounts.setOperator({ userId, isOperator, origin });
    if (outcome === 'not-operator') throw new PageRefusal(403, NO_LONGER);
    if (outcome !== 'changed') throw new PageRefusal(409, NOT_ELIGIBLE);
    return redirect(`/admin/people/${userId}?done=${isOperator ? 'operator' : 'no-operator'}`);
  };

export function exportPerson(context: PortalContext): SignedInController {
  const download = createDownloads(context);
  return async (visit) => download(await findPerson(context, visit), visit.signedIn);
}
