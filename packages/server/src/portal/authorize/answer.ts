/**
 * Takes the form of the page of consent. What the answer means is `oauth/authorize/answer.ts`; where it does not count, the
 * question is shown anew: the app's request is never lost.
 */
import { checkCsrf } from '../../http/csrf.ts';
import { choice, text, texts } from '../../http/form.ts';
import {
  judge,
  judgeLate,
  offerAtStake,
  SAYINGS,
  type Allowing,
  type Saying,
  type WhyAgain,
} from '../../oauth/authorize/answer.ts';
import { closingOfPage, nameOfPage } from '../../oauth/authorize/closing.ts';
import { openInteraction, type Interaction } from '../../oauth/authorize/interaction.ts';
import { digestOf } from '../../oauth/authorize/shown.ts';
import { OAuthError } from '../../oauth/error.ts';
import { MOST_SCOPES } from '../../catalogue/catalogue.ts';
import type { PortalContext } from '../portal-context.ts';
import { PageRefusal, show, type Answer, type Controller, type Visit } from '../visit.ts';
import { answeredPage } from './answered-page.ts';
import { readShown } from './asked.ts';
import { readQuestion, type Person, type Question } from './question.ts';
import { approveByPage, bindingOf, refuse, respondAgain, settle } from './settle.ts';

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
  { question, why }: { readonly question: Question; readonly why: WhyAgain },
): Answer | Promise<Answer> {
  const isSame = text(visit.form, 'account_id', { max: 64 }) === question.person?.account.id;
  const ticked = isSame ? tickedIn(context, visit) : null;
  return settle(context, visit, { question, again: { why, ticked } });
}

/** A page that was drawn before a rename has the former name. */
const tickedIn = ({ catalogues }: PortalContext, { form }: Visit): ReadonlySet<string> =>
  new Set(
    catalogues
      .current()
      .formerNames.currentOf(texts(form, 'scope', { max: 500, most: MOST_SCOPES })),
  );

const sayingOf = ({ form }: Visit): Saying | null => choice(form, 'decision', SAYINGS);

/** The answer of a page that was answered already; `null` while it is open. */
async function answeredBefore(
  context: PortalContext,
  visit: Visit,
  { question, person, drawn }: Answering,
): Promise<Answer | null> {
  const name = nameOfPage(drawn.id);
  const closed = await context.answers.findClosed(name);
  if (closed === null) return null;
  const late = judgeLate(closed, sayingOf(visit), context.clock());
  if (late === 'deny-again') return refuse(context, question, new OAuthError('denied'));
  const again = late === 'over' ? null : await respondAgain(context, { question, person }, name);
  return again ?? show(answeredPage(context, question), 409);
}

async function take(context: PortalContext, visit: Visit, answering: Answering): Promise<Answer> {
  const saying = sayingOf(visit);
  if (saying === 'deny') return deny(context, answering);
  if (saying === null) throw new PageRefusal(400, 'Say whether you allow it: decision is missing.');
  const { question, drawn } = answering;
  const offer = offerAtStake(question.situation);
  if (offer === null) return settle(context, visit, { question });
  const ticked = tickedIn(context, visit);
  return allow(context, visit, { ...answering, allowing: { drawn, offer, saying, ticked } });
}

async function allow(
  context: PortalContext,
  visit: Visit,
  { allowing, ...answering }: Answering & { readonly allowing: Allowing },
): Promise<Answer> {
  const { question, person, drawn } = answering;
  const shown = await readShown(context, question, { person, offer: allowing.offer });
  const now = { shown: digestOf(shown), milliseconds: context.milliseconds() };
  const judgement = judge(allowing, now, context.catalogues.current());
  if (judgement.next === 'ask-again')
    return showAgain(context, visit, { question, why: judgement.why });
  if (judgement.next === 'refuse') return refuse(context, question, judgement.error);
  const given = { question, person, choice: judgement.choice, pageId: drawn.id };
  const answer = await approveByPage(context, given);
  // Somebody else was faster: another click on the same page, most likely.
  return (
    answer ??
    (await answeredBefore(context, visit, answering)) ??
    show(answeredPage(context, question), 409)
  );
}

async function deny(context: PortalContext, { question, drawn }: Answering): Promise<Answer> {
  const isFirst = await context.answers.closeUnanswered(closingOfPage(drawn.id, 'deny'));
  return isFirst
    ? refuse(context, question, new OAuthError('denied'))
    : show(answeredPage(context, question), 409);
}
