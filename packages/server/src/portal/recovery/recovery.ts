/** A forgotten password: asking for a link, and choosing a new password with it. */
import { flag, text } from '../../http/form.ts';
import { noteReturn, rememberReturn } from '../authorize/return-path.ts';
import { noticeOf, sayLimit, tooMany } from '../frame.ts';
import type { PortalContext, PortalRoute } from '../portal-context.ts';
import { forgetSentTo, rememberSentTo, sentToOf } from '../sent-to.ts';
import { deviceCookie, knownVisitor } from '../sign-in/cookies.ts';
import { MOST_TYPED } from '../sign-in/sign-in.ts';
import type { Html } from '../ui/html.ts';
import { redirect, show, type Controller } from '../visit.ts';
import { deadResetPage, forgotPage, resetPage, resetSentPage } from './recovery-pages.ts';

const PROOF = { max: 200 };

const showForgot =
  (context: PortalContext): Controller =>
  ({ returnTo }) => {
    const html = forgotPage(context, { email: '', returnTo, error: null });
    return { ...show(html), cookies: noteReturn(returnTo) };
  };

const askForLink =
  (context: PortalContext): Controller =>
  async ({ form, visitor, returnTo }) => {
    const email = text(form, 'email');
    const outcome = await context.accounts.requestReset(email, visitor);
    const retry = (error: string | null) => forgotPage(context, { email, returnTo, error });
    switch (outcome.outcome) {
      case 'invalid':
        return show(retry(outcome.errors['email'] ?? null), 422);
      case 'limited':
        return tooMany(outcome, retry(sayLimit(outcome)));
      case 'sent':
        return redirect(`/forgot-password/sent${flag(form, 'again') ? '?done=again' : ''}`, [
          rememberSentTo('reset', outcome.email),
          ...(await rememberReturn(context, returnTo)),
        ]);
    }
  };

const showSent =
  (context: PortalContext): Controller =>
  (visit) => {
    const notice = noticeOf(visit.query, DONE);
    return show(resetSentPage(context, { sentTo: sentToOf(visit, 'reset'), notice }));
  };

const DONE = { again: 'We sent the message again, unless several went there already.' };

async function drawReset(
  context: PortalContext,
  proof: string,
  error: string | null,
): Promise<Html> {
  const email = await context.accounts.addressOfProof({ purpose: 'reset-password', value: proof });
  return resetPage(context, { proof, email: email ?? '', error });
}

const showReset =
  (context: PortalContext): Controller =>
  async ({ query }) => {
    const proof = text(query, 'proof', PROOF);
    return (await context.accounts.isResetLive(proof))
      ? show(await drawReset(context, proof, null))
      : show(deadResetPage(context), 410);
  };

const reset =
  (context: PortalContext): Controller =>
  async ({ form, visitor: anyVisitor }) => {
    const proof = text(form, 'proof', PROOF);
    const visitor = knownVisitor(anyVisitor);
    const password = text(form, 'password', MOST_TYPED);
    const endsAccess = flag(form, 'end_access');
    const outcome = await context.accounts.resetPassword({ proof, password, endsAccess }, visitor);
    switch (outcome.outcome) {
      case 'dead-link':
        return show(deadResetPage(context), 410);
      case 'limited':
        return tooMany(outcome, await drawReset(context, proof, sayLimit(outcome)));
      case 'invalid':
        return show(await drawReset(context, proof, outcome.errors['password'] ?? null), 422);
      case 'reset':
        return redirect('/sign-in?done=reset', [
          { cookie: 'session', value: null },
          forgetSentTo,
          deviceCookie(visitor),
        ]);
    }
  };

const access = { kind: 'public' } as const;

export const recoveryRoutes = (context: PortalContext): readonly PortalRoute[] => [
  { method: 'GET', path: '/forgot-password', access, controller: showForgot(context) },
  { method: 'POST', path: '/forgot-password', access, controller: askForLink(context) },
  { method: 'GET', path: '/forgot-password/sent', access, controller: showSent(context) },
  { method: 'GET', path: '/reset-password', access, controller: showReset(context) },
  { method: 'POST', path: '/reset-password', access, controller: reset(context) },
];
