/**
 * The authorization endpoint for people (RFC 6749 section 3.1): reads the request, lets the core decide, and shows or sends
 * what was decided. Never grants on a GET what was not granted before, and never takes a form that it did not draw for this
 * very session, request and list of scopes.
 */
import { text, texts } from '../../http/form.ts';
import {
  choose,
  decide,
  offerOf,
  type Choice,
  type Decision,
  type Offer,
} from '../../oauth/authorize/decide.ts';
import { grantedResponse, refusedResponse } from '../../oauth/authorize/response.ts';
import { OAuthError } from '../../oauth/error.ts';
import { splitScopes } from '../../oauth/scope.ts';
import { OFFLINE_SCOPES } from '../../oauth/vocabulary.ts';
import type { PortalContext, PortalRoute } from '../portal-context.ts';
import { verifyFirstPage } from '../tokens/new-page.ts';
import {
  PageRefusal,
  redirect,
  show,
  type Answer,
  type Controller,
  type SignedInController,
  type SignedInVisit,
  type Visit,
} from '../visit.ts';
import { consentPage } from './consent-page.ts';
import { formTarget } from './form-targets.ts';
import { readQuestion, type Person, type Question } from './question.ts';
import { respond } from './respond.ts';
import { rememberReturn } from './return-path.ts';
import { PATH, signInPath } from './sign-in-again.ts';
import { isTicket, writeTicket } from './ticket.ts';

const authorize =
  (context: PortalContext): Controller =>
  async (visit) => {
    const question = await readQuestion(context, visit, visit.search);
    return 'kind' in question ? question : settle(context, visit, question);
  };

function settle(
  context: PortalContext,
  visit: Visit,
  question: Question,
): Answer | Promise<Answer> {
  const decision = decide(question.situation);
  const { person } = question;
  if (decision.next === 'refuse') return refuse(context, question, decision.error);
  if (decision.next === 'sign-in' || person === null) return toSignIn(context, question, decision);
  if (decision.next === 'verify-email') {
    const html = verifyFirstPage(context, { ...visit, signedIn: person.signedIn });
    return { ...show(html), cookies: [rememberReturn(`${PATH}?${question.search}`)] };
  }
  if (decision.next === 'ask') return ask(context, { question, person, offer: decision.offer });
  const choice = { granted: decision.scopes, declined: [] };
  return approve(context, { question, person, choice });
}

const refuse = (context: PortalContext, { request }: Question, error: OAuthError): Answer =>
  respond(context, refusedResponse(request, error, context.baseUrl));

function toSignIn(
  context: PortalContext,
  { request, search }: Question,
  decision: Decision,
): Answer {
  const isAgain = decision.next === 'sign-in' && decision.isAgain;
  const needsFresh = isAgain || request.prompts.has('login') || request.maxAge !== null;
  const { loginHint } = request;
  return redirect(signInPath(context, { request: search, isAgain, needsFresh, loginHint }));
}

interface Asking {
  readonly question: Question;
  readonly person: Person;
  readonly offer: Offer;
}

async function ask(context: PortalContext, { question, person, offer }: Asking): Promise<Answer> {
  const { request, search } = question;
  const app = await context.apps.records.apps.byId(request.client.id);
  if (app === null) throw new PageRefusal(404, 'The app was deleted.');
  const owner = await context.accounts.records.users.byId(app.ownerId);
  const sealed = sealedParts(person, { search, offered: namesOf(offer) });
  const html = consentPage(context, {
    app,
    owner,
    offer,
    request,
    search,
    ...person,
    ticket: writeTicket(context.ticketKey, sealed),
    otherUserPath: signInPath(context, {
      request: search,
      isAgain: true,
      needsFresh: false,
      loginHint: null,
    }),
  });
  return { kind: 'page', html, formTargets: [formTarget(request.redirectUri)] };
}

const namesOf = ({ scopes }: Offer): string => scopes.map(({ name }) => name).join(' ');

/** What a consent is about: this session, this account, this request and these scopes, and no other. */
const sealedParts = (
  { signedIn, account }: Person,
  { search, offered }: { search: string; offered: string },
): readonly string[] => ['consent', signedIn.session.id, account.id, search, offered];

/** The form of the consent page: `decision` is `allow`, `allow_read` or `deny`, `scope` what is ticked. */
const decideByForm =
  (context: PortalContext): SignedInController =>
  async (visit) => {
    const search = text(visit.form, 'request', { max: MOST_REQUEST, trim: false });
    const accountId = text(visit.form, 'account_id', { max: 64 });
    const question = await readQuestion(context, visit, withAccount(search, accountId));
    if ('kind' in question) return question;
    const { person } = question;
    if (person === null) throw stale();
    const offered = text(visit.form, 'offered', { max: MOST_REQUEST });
    const ticket = text(visit.form, 'ticket', { max: 100 });
    const isOurs =
      person.account.id === accountId &&
      isTicket(context.ticketKey, sealedParts(person, { search, offered }), ticket);
    if (!isOurs) throw stale();
    return take(context, visit, { question, person, offered: new Set(splitScopes(offered)) });
  };

const MOST_REQUEST = 14_000;

const withAccount = (search: string, accountId: string): string =>
  search.includes('account_id=') ? search : `${search}&account_id=${encodeURIComponent(accountId)}`;

const stale = (): PageRefusal =>
  new PageRefusal(
    403,
    'This page is no longer valid. Go back to the app and start again; nothing was shared.',
  );

interface Taking {
  readonly question: Question;
  readonly person: Person;
  readonly offered: ReadonlySet<string>;
}

function take(
  context: PortalContext,
  { form }: SignedInVisit,
  { question, person, offered }: Taking,
): Answer | Promise<Answer> {
  const decision = text(form, 'decision', { max: 20 });
  if (decision === 'deny') return refuse(context, question, new OAuthError('denied'));
  if (decision !== 'allow' && decision !== 'allow_read')
    throw new PageRefusal(400, 'Say whether you allow it: decision is missing.');
  const { session } = question.situation;
  if (session === null || !session.isEmailVerified) throw stale();
  const now = offerOf(question.situation);
  // The role may have grown since the page was drawn: what was not shown is not given.
  const offer = { ...now, scopes: now.scopes.filter(({ name }) => offered.has(name)) };
  const ticked = new Set(texts(form, 'scope', { max: 200 }));
  const choice = choose(offer, decision === 'allow' ? ticked : onlyReading(context, ticked));
  if (choice.granted.length === 0)
    return refuse(context, question, new OAuthError('scope_beyond_user'));
  return approve(context, { question, person, choice });
}

const onlyReading = ({ tokens }: PortalContext, ticked: ReadonlySet<string>): ReadonlySet<string> =>
  new Set(
    [...ticked].filter(
      (name) => tokens.catalogue.get(name)?.level === 'read' || OFFLINE_SCOPES.includes(name),
    ),
  );

async function approve(
  context: PortalContext,
  { question, person, choice }: { question: Question; person: Person; choice: Choice },
): Promise<Answer> {
  const { request } = question;
  const { user, origin } = person.signedIn;
  const approval = { request, accountId: person.account.id, choice };
  const { code, scopes } = await context.consent.approve(approval, { user, origin });
  return respond(context, grantedResponse(request, { code, scopes, issuer: context.baseUrl }));
}

export const authorizeRoutes = (context: PortalContext): readonly PortalRoute[] => [
  { method: 'GET', path: PATH, access: { kind: 'public' }, controller: authorize(context) },
  { method: 'POST', path: PATH, access: { kind: 'session' }, controller: decideByForm(context) },
];
