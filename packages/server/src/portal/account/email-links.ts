/** The links of a change of address: the one that confirms it, and the one that takes it back. */
import { text } from '../../http/form.ts';
import { sayLimit, tooMany } from '../frame.ts';
import type { PortalContext, PortalRoute } from '../portal-context.ts';
import { MOST_TYPED } from '../sign-in/sign-in.ts';
import { redirect, show, type Answer, type Controller, type Visit } from '../visit.ts';
import {
  changedPage,
  confirmEmailPage,
  deadChangePage,
  deadUndoPage,
  elsewherePage,
  takenPage,
  undoPage,
} from './email-link-pages.ts';

const PROOF = { max: 200 };

const linkOf = (visit: Visit, given: Visit['query']) => ({
  proof: text(given, 'proof', PROOF),
  signedInUserId: visit.signedIn?.user.id ?? null,
});

/** Mail scanners open links: looking spends nothing, only the button does. */
async function askToConfirm(
  context: PortalContext,
  link: ReturnType<typeof linkOf>,
  { fault = null, status = 200 }: { fault?: string | null; status?: number } = {},
): Promise<Answer> {
  const found = await context.accounts.inspectEmailChange(link);
  if (found === null) return show(deadChangePage(context), 410);
  const { proof } = link;
  if (found.way === 'other-browser') return show(elsewherePage(context), 403);
  const { way, email } = found;
  return show(confirmEmailPage(context, { way, email, proof, fault }), status);
}

const showConfirm =
  (context: PortalContext): Controller =>
  (visit) =>
    askToConfirm(context, linkOf(visit, visit.query));

const confirm =
  (context: PortalContext): Controller =>
  async (visit) => {
    const link = linkOf(visit, visit.form);
    const password = text(visit.form, 'password', MOST_TYPED) || null;
    const request = { ...link, password };
    const outcome = await context.accounts.confirmEmailChange(request, visit.visitor);
    switch (outcome.outcome) {
      case 'changed':
        return show(changedPage(context, visit.signedIn));
      case 'dead-link':
        return show(deadChangePage(context), 410);
      case 'other-browser':
        return show(elsewherePage(context), 403);
      case 'taken':
        return show(takenPage(context), 409);
      case 'limited': {
        const asked = await askToConfirm(context, link, { fault: sayLimit(outcome) });
        return asked.kind === 'page' ? tooMany(outcome, asked.html) : asked;
      }
      case 'password-needed': {
        const fault = outcome.isWrong ? 'This is not the password.' : 'Give your password too.';
        return askToConfirm(context, link, { fault, status: 422 });
      }
    }
  };

const showUndo =
  (context: PortalContext): Controller =>
  async ({ query }) => {
    const proof = text(query, 'proof', PROOF);
    const email = await context.accounts.inspectUndo(proof);
    return email === null
      ? show(deadUndoPage(context), 410)
      : show(undoPage(context, { proof, email, fault: null }));
  };

const undo =
  (context: PortalContext): Controller =>
  async ({ form, visitor }) => {
    const proof = text(form, 'proof', PROOF);
    const outcome = await context.accounts.undoEmailChange(proof, visitor);
    switch (outcome.outcome) {
      case 'undone':
        return redirect(`/reset-password?proof=${outcome.reset}`, [
          { cookie: 'session', value: null },
        ]);
      case 'dead-link':
        return show(deadUndoPage(context), 410);
      case 'limited': {
        const email = (await context.accounts.inspectUndo(proof)) ?? '';
        return tooMany(outcome, undoPage(context, { proof, email, fault: sayLimit(outcome) }));
      }
    }
  };

const access = { kind: 'public' } as const;

export const emailLinkRoutes = (context: PortalContext): readonly PortalRoute[] => [
  { method: 'GET', path: '/confirm-email', access, controller: showConfirm(context) },
  { method: 'POST', path: '/confirm-email', access, controller: confirm(context) },
  { method: 'GET', path: '/undo-email-change', access, controller: showUndo(context) },
  { method: 'POST', path: '/undo-email-change', access, controller: undo(context) },
];
