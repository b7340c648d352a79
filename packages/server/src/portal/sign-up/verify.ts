import { text } from '../../http/form.ts';
import { appAhead, formTargetsOf } from '../authorize/app-ahead.ts';
import { forgetReturn, rememberedReturn, takeReturn } from '../authorize/return-path.ts';
import { withMark } from '../authorize/sign-in-again.ts';
import { refuseLimited, sayLimit, tooMany } from '../frame.ts';
import type { PortalContext } from '../portal-context.ts';
import { forgetSentTo } from '../sent-to.ts';
import { knownVisitor, sessionCookies } from '../sign-in/cookies.ts';
import { MOST_TYPED } from '../sign-in/sign-in.ts';
import { redirect, show, type Controller, type SignedInController, type Visit } from '../visit.ts';
import { deadLinkPage, otherBrowserPage, verifyPage } from './verify-page.ts';

const PROOF = { max: 200 };

const requestOf = (visit: Visit, proof: string) => ({
  proof,
  browserToken: visit.browserToken,
  signedInUserId: visit.signedIn?.user.id ?? null,
});

/** On to the app that sent them here, if one did. */
async function destination(context: PortalContext, visit: Visit): Promise<string> {
  const remembered = await takeReturn(context, visit);
  return remembered === '/' ? '/?done=verified' : remembered;
}

const ownerOf = async ({ accounts }: PortalContext, proof: string): Promise<string> =>
  (await accounts.addressOfProof({ purpose: 'verify-email', value: proof })) ?? '';

/** Mail scanners open links: looking spends nothing, only the button does. */
export const showVerification =
  (context: PortalContext): Controller =>
  async (visit) => {
    const proof = text(visit.query, 'proof', PROOF);
    const request = { ...requestOf(visit, proof), password: null };
    const way = await context.accounts.inspectVerification(request);
    if (way === 'dead-link') return show(deadLinkPage(context, visit.signedIn), 410);
    if (way === 'other-browser') return show(otherBrowserPage(context), 403);
    const formTargets = formTargetsOf(
      await appAhead(context, await rememberedReturn(context, visit)),
    );
    const passwordOf = way === 'password-needed' ? await ownerOf(context, proof) : null;
    const html = verifyPage(context, { proof, passwordOf });
    return { ...show(html), formTargets };
  };

export const verify =
  (context: PortalContext): Controller =>
  async (visit) => {
    const proof = text(visit.form, 'proof', PROOF);
    const password = text(visit.form, 'password', MOST_TYPED) || null;
    const visitor = knownVisitor(visit.visitor);
    const request = { ...requestOf(visit, proof), password };
    const outcome = await context.accounts.verifyEmail(request, visitor);
    const ask = async () => ({ proof, passwordOf: await ownerOf(context, proof) });
    switch (outcome.outcome) {
      case 'dead-link':
        return show(deadLinkPage(context, visit.signedIn), 410);
      case 'other-browser':
        return show(otherBrowserPage(context), 403);
      case 'limited':
        return tooMany(
          outcome,
          verifyPage(context, { ...(await ask()), fault: sayLimit(outcome) }),
        );
      case 'password-needed': {
        const fault = outcome.isWrong ? 'This is not the password.' : 'Give your password too.';
        return show(verifyPage(context, { ...(await ask()), fault }), 422);
      }
      case 'verified':
        // Whoever sat here before is signed out, not left behind with a session that no cookie leads to.
        if (visit.signedIn !== null) {
          const { user, session, origin } = visit.signedIn;
          await context.accounts.endSession({ user, sessionId: session.id, origin });
        }
        return redirect(
          withMark(context, await destination(context, visit), outcome.started.session),
          [
            ...sessionCookies(outcome.started, visitor),
            { cookie: 'browser', value: null },
            forgetSentTo,
            forgetReturn,
          ],
        );
    }
  };

export const resend =
  (context: PortalContext): SignedInController =>
  async ({ signedIn, visitor }) => {
    const outcome = await context.accounts.resendVerification(signedIn.user, visitor);
    if (outcome.outcome === 'limited') throw refuseLimited(outcome);
    return redirect(outcome.outcome === 'sent' ? '/?done=sent' : '/');
  };
