/** Step-up without the password: a link to the address, for the browser and session that asked alone. */
import { text } from '../../http/form.ts';
import { refuseLimited } from '../frame.ts';
import type { PersonalForm, PortalContext, PortalRoute } from '../portal-context.ts';
import { post } from '../session-routes.ts';
import {
  PageRefusal,
  show,
  type Answer,
  type Controller,
  type SignedInController,
  type SignedInVisit,
} from '../visit.ts';
import {
  confirmedPage,
  deadLinkPage,
  linkSentPage,
  notKeptPage,
  openedLinkPage,
  otherBrowserPage,
  type AboutKept,
} from './confirm-pages.ts';

const PROOF = { max: 200 };

interface Given {
  readonly given: Pick<PersonalForm, 'act' | 'stepUp' | 'bodyLimitBytes'>;
  /** What the visit keeps, when it is theirs. */
  readonly read: (visit: SignedInVisit) => AboutKept | null;
}

export function linkRoutes(context: PortalContext, { given, read }: Given): readonly PortalRoute[] {
  const { accounts } = context;

  const send: SignedInController = async (visit) => {
    const about = read(visit);
    if (about === null) return show(notKeptPage(context), 410);
    const outcome = await accounts.sendStepUpLink(visit.signedIn, visit.visitor);
    switch (outcome.outcome) {
      case 'sent':
        return show(linkSentPage(context, visit, about));
      case 'limited':
        throw refuseLimited(outcome);
      case 'address-unproved':
        throw new PageRefusal(403, 'Confirm your e-mail address first.');
    }
  };

  const opened: Controller = async (visit) => {
    const proof = text(visit.query, 'proof', PROOF);
    const { signedIn } = visit;
    const state = await accounts.inspectStepUpLink(proof, signedIn);
    if (state === 'ready' && signedIn !== null)
      return show(openedLinkPage(context, { ...visit, signedIn }, proof));
    return refused(state === 'dead-link', proof);
  };

  const prove: SignedInController = async (visit) => {
    const proof = text(visit.form, 'proof', PROOF);
    const outcome = await accounts.proveByLink(proof, visit.signedIn);
    return outcome === 'proved'
      ? show(confirmedPage(context))
      : refused(outcome === 'dead-link', proof);
  };

  async function refused(isDead: boolean, value: string): Promise<Answer> {
    if (isDead) return show(deadLinkPage(context), 410);
    const factors = await accounts.factorsOfProof({ purpose: 'step-up', value });
    return show(otherBrowserPage(context, factors.includes('password')), 403);
  }

  return [
    post('/confirm/send-link', given, send),
    { method: 'GET', path: '/confirm/link', access: { kind: 'public' }, controller: opened },
    post('/confirm/link', given, prove),
  ];
}
