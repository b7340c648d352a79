/**
 * The answer to the question. It is taken once, from the very page that was drawn for this session, user, account and
 * request, while that page still says what is true, and not before anybody can have read it. In every other case the
 * question is shown anew: the app's request is never lost.
 */
import { checkCsrf } from '../../http/csrf.ts';
import { text, texts } from '../../http/form.ts';
import { closingOfPage, isRepeat, nameOfPage } from '../../oauth/authorize/closing.ts';
import { choose, decide, offerOf } from '../../oauth/authorize/decide.ts';
import {
  openInteraction,
  stalenessOf,
  type Interaction,
} from '../../oauth/authorize/interaction.ts';
import { OAuthError } from '../../oauth/error.ts';
import { MOST_SCOPES, nameScopes } from '../../catalogue/catalogue.ts';
import { OFFLINE_SCOPES } from '../../oauth/vocabulary.ts';
import type { PortalContext } from '../portal-context.ts';
import { PageRefusal, show, type Answer, type Controller, type Visit } from '../visit.ts';
import type { Reason } from './again.ts';
import { answeredPage } from './answered-page.ts';
import { readQuestion, type Person, type Question } from './question.ts';
import { approveByPage, bindingOf, refuse, respondAgain, settle } from './settle.ts';
import { digestOf, shownOf } from './shown.ts';

/** No address can be longer: what was shown can be answered. */
const MOST_REQUEST = 16_384;
const MOST_TICKET = 200;

interface Answering {
  readonly question: Question;
  readonly person: Person;
  readonly drawn: Interaction;
}

/** The form of the consent page: `decision` is `allow`, `allow_read` or `deny`, `scope` what is ticked. */
export const answerByForm =
  (context: PortalContext): Controller =>
  async (visit) => {
    const sent = text(visit.form, 'request', { max: MOST_REQUEST, trim: false });
    const accountId = text(visit.form, 'account_id', { max: 64 });
    const question = await readQuestion(context, visit, { sent, accountId });
    if ('kind' in question) return question;
    const { person } = question;
    if (person === null) return settle(context, visit, { question });
    const drawn = openOwn(context, visit, { person, sent, accountId });
    if (drawn === null) return showAgain(context, visit, { question, why: 'foreign' });
    const answering = { question, person, drawn };
    return (await answeredBefore(context, visit, answering)) ?? take(context, visit, answering);
  };

/** The page, when it was drawn for this session, user, account and request. */
function openOwn(
  { ticketKeys, csrfKeys }: PortalContext,
  { form }: Visit,
  { person, sent, accountId }: { person: Person; sent: string; accountId: string },
): Interaction | null {
  const isOwnForm =
    person.account.id === accountId &&
    checkCsrf(csrfKeys, person.signedIn.session.id, text(form, 'csrf', { max: MOST_TICKET }));
  const ticket = text(form, 'ticket', { max: MOST_TICKET });
  return isOwnForm ? openInteraction(ticketKeys, ticket, bindingOf(person, sent)) : null;
}

/** Ticks are kept where the question is still about the same account. */
function showAgain(
  context: PortalContext,
  visit: Visit,
  { question, why }: { readonly question: Question; readonly why: Reason },
): Answer | Promise<Answer> {
  const isSame = text(visit.form, 'account_id', { max: 64 }) === question.person?.account.id;
  const ticked = isSame ? tickedIn(context, visit) : null;
  return settle(context, visit, { question, again: { why, ticked } });
}

/** A page that was drawn before a rename has the former name. */
const tickedIn = ({ tokens }: PortalContext, { form }: Visit): ReadonlySet<string> =>
  new Set(
    tokens.catalogue.formerNames.currentOf(texts(form, 'scope', { max: 500, most: MOST_SCOPES })),
  );

const decisionOf = ({ form }: Visit): string => text(form, 'decision', { max: 20 });

/** The answer of a page that was answered already; `null` while it is open. */
async function answeredBefore(
  context: PortalContext,
  visit: Visit,
  { question, person, drawn }: Answering,
): Promise<Answer | null> {
  const name = nameOfPage(drawn.id);
  const closed = await context.consent.findClosed(name);
  if (closed === null) return null;
  const isDenial = decisionOf(visit) === 'deny';
  if (closed.outcome === 'deny' && isDenial && isRepeat(closed, context.clock()))
    return refuse(context, question, new OAuthError('denied'));
  const again = isDenial ? null : await respondAgain(context, { question, person }, name);
  return again ?? show(answeredPage(context, question), 409);
}

async function take(context: PortalContext, visit: Visit, answering: Answering): Promise<Answer> {
  const decision = decisionOf(visit);
  if (decision === 'deny') return deny(context, answering);
  if (decision !== 'allow' && decision !== 'allow_read')
    throw new PageRefusal(400, 'Say whether you allow it: decision is missing.');
  const { question, person, drawn } = answering;
  // The page may have been open for longer than the app allows the sign-in to be old.
  const { next } = decide(question.situation);
  if (next !== 'ask' && next !== 'approve') return settle(context, visit, { question });
  const offer = offerOf(question.situation);
  const shown = digestOf(await shownOf(context, question, { person, offer }));
  const why = stalenessOf(drawn, { shown, milliseconds: context.milliseconds() });
  if (why !== null) return showAgain(context, visit, { question, why });
  const ticked = tickedIn(context, visit);
  const choice = choose(offer, decision === 'allow' ? ticked : onlyReading(context, ticked));
  if (choice.granted.length === 0)
    return refuse(
      context,
      question,
      new OAuthError('scope_beyond_user', {
        scopes: nameScopes(offer.scopes.map(({ name }) => name)),
      }),
    );
  const given = { question, person, choice, pageId: drawn.id };
  const answer = await approveByPage(context, given);
  // Somebody else was faster: another click on the same page, most likely.
  return (
    answer ??
    (await answeredBefore(context, visit, answering)) ??
    show(answeredPage(context, question), 409)
  );
}

async function deny(context: PortalContext, { question, drawn }: Answering): Promise<Answer> {
  const isFirst = await context.consent.closeUnanswered(closingOfPage(drawn.id, 'deny'));
  return isFirst
    ? refuse(context, question, new OAuthError('denied'))
    : show(answeredPage(context, question), 409);
}

const onlyReading = ({ tokens }: PortalContext, ticked: ReadonlySet<string>): ReadonlySet<string> =>
  new Set(
    [...ticked].filter(
      (name) => tokens.catalogue.get(name)?.level === 'read' || OFFLINE_SCOPES.includes(name),
    ),
  );
