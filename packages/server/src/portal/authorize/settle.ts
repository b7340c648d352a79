/**
 * What becomes of a request that is in order: the core decides, and the browser is sent to sign in, shown the question or
 * sent back to the app. Never grants what was not granted before: that takes the answer to a question (`answer.ts`).
 */
import { secretToken } from '../../identity/context.ts';
import { randomBytes } from '../../kit/random.ts';
import {
  decide,
  offerOf,
  type Choice,
  type Decision,
  type Offer,
} from '../../oauth/authorize/decide.ts';
import {
  closingsInSilence,
  closingsOfPage,
  type Answering,
  type Closing,
} from '../../oauth/authorize/closing.ts';
import { sealInteraction, type Binding } from '../../oauth/authorize/interaction.ts';
import { digestOf } from '../../oauth/authorize/shown.ts';
import { grantedResponse, refusedResponse } from '../../oauth/authorize/response.ts';
import { OAuthError } from '../../oauth/error.ts';
import type { PortalContext } from '../portal-context.ts';
import { verifyFirstPage } from '../tokens/new-page.ts';
import { redirect, show, type Answer, type SignedInVisit, type Visit } from '../visit.ts';
import { sayAgain, type Again } from './again.ts';
import { formTarget } from './app-ahead.ts';
import { readShown } from './asked.ts';
import { consentPage } from './consent-page.ts';
import type { Person, Question } from './question.ts';
import { respond } from './respond.ts';
import { rememberReturnOf } from './return-path.ts';
import { PATH, signInPath } from './sign-in-again.ts';

/** `again`: why the question is shown instead of taking an answer. */
export function settle(
  context: PortalContext,
  visit: Visit,
  { question, again = null }: { readonly question: Question; readonly again?: Again | null },
): Answer | Promise<Answer> {
  const decision = decide(question.situation);
  const { person } = question;
  if (decision.next === 'refuse') return refuse(context, question, decision.error);
  if (decision.next === 'sign-in' || person === null) return toSignIn(context, question, decision);
  if (decision.next === 'verify-email')
    return verifyFirst(context, { ...visit, signedIn: person.signedIn }, question);
  if (decision.next === 'ask')
    return ask(context, { question, person, offer: decision.offer, again });
  return approveInSilence(context, { question, person, scopes: decision.scopes });
}

async function verifyFirst(
  context: PortalContext,
  visit: SignedInVisit,
  { search }: Question,
): Promise<Answer> {
  const cookies = await rememberReturnOf(context, visit, `${PATH}?${search}`);
  return { ...show(verifyFirstPage(context, visit)), cookies };
}

export const refuse = (context: PortalContext, { request }: Question, error: OAuthError): Answer =>
  respond(context, refusedResponse(request, error, context.baseUrl));

/** Addresses and cookies share the 16 KB that a request may have for its head. */
const MOST_ADDRESS = 12_000;

function toSignIn(context: PortalContext, question: Question, decision: Decision): Answer {
  const { request, search } = question;
  const isAgain = decision.next === 'sign-in' && decision.isAgain;
  const path = signInPath({ request: search, isAgain, loginHint: request.loginHint });
  return path.length > MOST_ADDRESS
    ? refuse(context, question, new OAuthError('request_too_long'))
    : redirect(path);
}

/** What an answer is bound to. */
export const bindingOf = ({ signedIn, account }: Person, request: string): Binding => ({
  sessionId: signedIn.session.id,
  userId: signedIn.user.id,
  accountId: account.id,
  request,
});

interface Asking {
  readonly question: Question;
  readonly person: Person;
  readonly offer: Offer;
  readonly again: Again | null;
}

async function ask(
  context: PortalContext,
  { question, person, offer, again }: Asking,
): Promise<Answer> {
  const { sent, search, request } = question;
  const shown = await readShown(context, question, { person, offer });
  const drawn = {
    id: secretToken(randomBytes),
    drawnAt: context.milliseconds(),
    shown: digestOf(shown),
  };
  const html = consentPage(shown, {
    brand: context.brand,
    csrf: person.signedIn.csrf,
    sent,
    search,
    ticket: sealInteraction(context.ticketKeys, drawn, bindingOf(person, sent)),
    otherUserPath: signInPath({ request: search, isAgain: true, loginHint: null }),
    ticked: again?.ticked ?? null,
    notice: again === null ? null : sayAgain(again.why),
  });
  const status = again === null ? 200 : 409;
  return { kind: 'page', html, status, formTargets: [formTarget(request.redirectUri)] };
}

/** `request` is without our own mark, which is used up by whatever answers the request. */
const answeringOf = ({ question, person }: Pick<Approving, 'question' | 'person'>): Answering => ({
  request: question.request,
  binding: bindingOf(person, question.search),
  usedMark: question.situation.isReauthenticated ? question.mark : null,
});

interface Approving {
  readonly question: Question;
  readonly person: Person;
  readonly choice: Choice;
}

/** What was granted before. */
async function approveInSilence(
  context: PortalContext,
  given: Pick<Approving, 'question' | 'person'> & { readonly scopes: readonly string[] },
): Promise<Answer> {
  const { question, person, scopes } = given;
  const { closes, repeated: name } = closingsInSilence(answeringOf(given));
  const choice = { granted: scopes, declined: [] };
  const answer = await approve(context, { question, person, choice, closes, isSilent: true });
  if (answer !== null) return answer;
  const repeated = name === null ? null : await respondAgain(context, given, name);
  if (repeated !== null) return repeated;
  const offer = offerOf(question.situation);
  return ask(context, { question, person, offer, again: { why: 'answered', ticked: null } });
}

/** What a person chose on a page. `null` when the page was answered before, or the sign-in used for another answer. */
export const approveByPage = (
  context: PortalContext,
  given: Approving & { readonly pageId: string },
): Promise<Answer | null> =>
  approve(context, {
    ...given,
    isSilent: false,
    closes: closingsOfPage(given.pageId, answeringOf(given)),
  });

async function approve(
  context: PortalContext,
  {
    question,
    person,
    choice,
    closes,
    isSilent,
  }: Approving & {
    readonly closes: readonly Closing[];
    readonly isSilent: boolean;
  },
): Promise<Answer | null> {
  const { request, sent } = question;
  const { user, origin } = person.signedIn;
  const approval = { request, accountId: person.account.id, choice, closes, isSilent };
  const approved = await context.answers.approve(approval, { user, origin });
  // Consent or app changed since they were read a moment ago: the request is read anew, and most likely asked about.
  if (approved === null) return redirect(`${PATH}?${sent}`);
  return approved.outcome === 'closed' ? null : granted(context, question, approved);
}

const granted = (
  context: PortalContext,
  { request }: Question,
  { code, scopes }: { readonly code: string; readonly scopes: readonly string[] },
): Answer => respond(context, grantedResponse(request, { code, scopes, issuer: context.baseUrl }));

/** The second click of a double click; `null` when it is none. */
export async function respondAgain(
  context: PortalContext,
  { question, person }: Pick<Approving, 'question' | 'person'>,
  name: string,
): Promise<Answer | null> {
  const { user, origin } = person.signedIn;
  const answered = await context.answers.repeat(name, { user, origin });
  return answered === null ? null : granted(context, question, answered);
}
