/** Deleting oneself or, as an operator, somebody else; and taking it back. */
import type { DeletionOutcome } from '../../identity/accounts/deletion.ts';
import { parseEmail } from '../../identity/accounts/email-address.ts';
import type { User } from '../../identity/types.ts';
import { text } from '../../http/form.ts';
import { isUuid } from '../../kit/ids.ts';
import type { PortalContext, PortalRoute } from '../portal-context.ts';
import { appsOwnedBy } from '../apps/owned-apps.ts';
import { get, operatorGet, operatorPost, post } from '../session-routes.ts';
import { ALWAYS } from '../step-up.ts';
import type { FieldError } from '../ui/form.ts';
import {
  PageRefusal,
  redirect,
  show,
  type Answer,
  type Controller,
  type SignedInController,
  type SignedInVisit,
} from '../visit.ts';
import { deletionPage, keepPage, nothingToKeepPage } from './deletion-pages.ts';

const PROOF = { max: 200 };

const LAST_OPERATOR =
  'Nobody else is an operator. Make somebody else an operator first, on their page under People.';

/** Whom a page is about: oneself, or the person in its address. */
type Find = (visit: SignedInVisit) => Promise<User>;

const findOwn: Find = async ({ signedIn }) => signedIn.user;

const findOther =
  (context: PortalContext): Find =>
  async ({ params: { id = '' }, signedIn }) => {
    const user = isUuid(id) ? await context.accounts.reads.users.byId(id) : null;
    if (user === null || user.erasedAt !== null)
      throw new PageRefusal(404, 'There is no such person here.');
    if (user.id === signedIn.user.id)
      throw new PageRefusal(403, 'Delete your own account on your account page.');
    return user;
  };

interface Drawn {
  readonly user: User;
  readonly errors?: readonly FieldError[];
}

async function draw(
  context: PortalContext,
  visit: SignedInVisit,
  { user, errors = [] }: Drawn,
): Promise<Answer> {
  const html = deletionPage(context, visit, {
    user,
    isOwn: user.id === visit.signedIn.user.id,
    apps: await appsOwnedBy(context, user.id),
    heirs: await context.accounts.heirsOf(user),
    graceDays: context.accounts.graceDays,
    errors,
    typed: { email: text(visit.form, 'confirm_email'), heir: text(visit.form, 'heir') },
  });
  return show(html, errors.length === 0 ? 200 : 422);
}

const ask =
  (context: PortalContext, find: Find): SignedInController =>
  async (visit) =>
    draw(context, visit, { user: await find(visit) });

const erase =
  (context: PortalContext, find: Find): SignedInController =>
  async (visit) => {
    const user = await find(visit);
    const { origin } = visit.signedIn;
    if (parseEmail(text(visit.form, 'confirm_email')) !== user.email)
      return draw(context, visit, { user, errors: [NOT_THE_ADDRESS] });
    const heirId = text(visit.form, 'heir', { max: 64 }) || null;
    const given = { userId: user.id, heirId, isNow: false, origin };
    const outcome = await context.accounts.requestDeletion(given);
    const errors = errorsOf(outcome);
    if (errors.length > 0) return draw(context, visit, { user, errors });
    return origin.actorId === user.id
      ? redirect('/sign-in?done=deletion', [{ cookie: 'session', value: null }])
      : redirect(`/admin/people/${user.id}?done=deletion`);
  };

const NOT_THE_ADDRESS: FieldError = {
  field: 'confirm_email',
  message: 'This is not the e-mail address of the account.',
};

function errorsOf(outcome: DeletionOutcome): readonly FieldError[] {
  switch (outcome.outcome) {
    case 'requested':
      return [];
    case 'last-operator':
      return [{ field: null, message: LAST_OPERATOR }];
    case 'needs-heir':
      return [{ field: 'heir', message: 'Choose who takes over the account.' }];
    case 'not-operator':
      throw new PageRefusal(403, 'You are no longer an operator. Nothing was changed.');
    case 'no-such-user':
      throw new PageRefusal(404, 'There is no such person here.');
  }
}

const keepOther =
  (context: PortalContext): SignedInController =>
  async (visit) => {
    const { id: userId } = await findOther(context)(visit);
    const { origin } = visit.signedIn;
    const outcome = await context.accounts.cancelDeletion({ userId, origin });
    if (outcome === 'not-operator')
      throw new PageRefusal(403, 'You are no longer an operator. Nothing was changed.');
    if (outcome === 'not-pending')
      throw new PageRefusal(409, 'There is nothing to take back any more.');
    return redirect(`/admin/people/${userId}?done=kept`);
  };

/** Mail scanners open links: looking spends nothing, only the button does. */
const showKeep =
  (context: PortalContext): Controller =>
  async (visit) => {
    const proof = text(visit.query, 'proof', PROOF);
    const user = await context.accounts.inspectKeeping(proof);
    return user === null
      ? show(nothingToKeepPage(context), 410)
      : show(keepPage(context, user, proof));
  };

const keep =
  (context: PortalContext): Controller =>
  async (visit) => {
    const proof = text(visit.form, 'proof', PROOF);
    const isKept = await context.accounts.keepAccount(proof, visit.visitor);
    return isKept ? redirect('/sign-in?done=kept') : show(nothingToKeepPage(context), 410);
  };

const open = { kind: 'public' } as const;

export const deletionRoutes = (context: PortalContext): readonly PortalRoute[] => [
  get('/account/delete', ask(context, findOwn)),
  post('/account/delete', { act: 'Delete your account', stepUp: ALWAYS }, erase(context, findOwn)),
  operatorGet('/admin/people/:id/delete', ask(context, findOther(context))),
  operatorPost(
    '/admin/people/:id/delete',
    { act: 'Delete a person', stepUp: ALWAYS },
    erase(context, findOther(context)),
  ),
  operatorPost(
    '/admin/people/:id/keep',
    { act: 'Take back the deletion of a person', stepUp: ALWAYS },
    keepOther(context),
  ),
  { method: 'GET', path: '/keep-account', access: open, controller: showKeep(context) },
  { method: 'POST', path: '/keep-account', access: open, controller: keep(context) },
];
