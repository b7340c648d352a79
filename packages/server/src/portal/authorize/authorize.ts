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
import type { AuthorizationRequest } from '../../oauth/authorize/request.ts';
import { grantedResponse, refusedResponse } from '../../oauth/authorize/response.ts';
import { OAuthError } from '../../oauth/error.ts';
import { splitScopes } from '../../oauth/scope.ts';
import { OFFLINE_SCOPES } from '../../oauth/vocabulary.ts';
import type { PortalContext, PortalRoute } from '../portal-context.ts';
import { post as personal } from '../session-routes.ts';
import { never } from '../step-up.ts';
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
import { rememberReturnOf } from './return-path.ts';
import { PATH, signInPath } from './sign-in-again.ts';
import { isTicket, writeTicket } from './ticket.ts';
import { createVisitLimit } from './visit-limit.ts';

const authorize =
  (context: PortalContext): Controller =>
  async (visit) => {
    const question = await readQuestion(context, visit, { sent: visit.search, accountId: null });
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
  if (decision.next === 'verify-email')
    return verifyFirst(context, { ...visit, signedIn: person.signedIn }, question);
  if (decision.next === 'ask') return ask(context, { question, person, offer: decision.offer });
  const choice = { granted: decision.scopes, declined: [] };
  return approve(context, { question, person, choice, isSilent: true });
}

async function verifyFirst(
  context: PortalContext,
  visit: SignedInVisit,
  { search }: Question,
): Promise<Answer> {
  const cookies = await rememberReturnOf(context, visit, `${PATH}?${search}`);
  return { ...show(verifyFirstPage(context, visit)), cookies };
}

const refuse = (context: PortalContext, { request }: Question, error: OAuthError): Answer =>
  respond(context, refusedResponse(request, error, context.baseUrl));

/** Addresses and cookies share the 16 KB that a request may have for its head. */
const MOST_ADDRESS = 12_000;

function toSignIn(context: PortalContext, question: Question, decision: Decision): Answer {
  const { request, search } = question;
  const isAgain = decision.next === 'sign-in' && decision.isAgain;
  const needsFresh = isAgain || wantsFresh(request);
  const { loginHint } = request;
  const path = signInPath(context, { request: search, isAgain, needsFresh, loginHint });
  return path.length > MOST_ADDRESS
    ? refuse(context, question, new OAuthError('request_too_long'))
    : redirect(path);
}

const wantsFresh = ({ prompts, maxAge }: AuthorizationRequest): boolean =>
  prompts.has('login') || maxAge !== null;

interface Asking {
  readonly question: Question;
  readonly person: Person;
  readonly offer: Offer;
}

async function ask(context: PortalContext, { question, person, offer }: Asking): Promise<Answer> {
  const { request, sent, search } = question;
  const app = await context.apps.records.apps.byId(request.client.id);
  if (app === null) throw new PageRefusal(404, 'The app was deleted.');
  const owner = await context.accounts.records.users.byId(app.ownerId);
  const sealed = sealedParts(person, { sent, offered: namesOf(offer) });
  const html = consentPage(context, {
    app,
    owner,
    offer,
    request,
    sent,
    search,
    ...person,
    ticket: writeTicket(context.ticketKey, sealed),
    otherUserPath: signInPath(context, {
      request: search,
      isAgain: true,
      needsFresh: wantsFresh(request),
      loginHint: null,
    }),
  });
  return { kind: 'page', html, formTargets: [formTarget(request.redirectUri)] };
}

const namesOf = ({ scopes }: Offer): string => scopes.map(({ name }) => name).join(' ');

/** What a consent is about: this session, this account, this request and these scopes, and no other. */
const sealedParts = (
  { signedIn, account }: Person,
  { sent, offered }: { sent: string; offered: string },
): readonly string[] => ['consent', signedIn.session.id, account.id, sent, offered];

/** The form of the consent page: `decision` is `allow`, `allow_read` or `deny`, `scope` what is ticked. */
const decideByForm =
  (context: PortalContext): SignedInController =>
  async (visit) => {
    const sent = text(visit.form, 'request', { max: MOST_REQUEST, trim: false });
    const accountId = text(visit.form, 'account_id', { max: 64 });
    const question = await readQuestion(context, visit, { sent, accountId });
    if ('kind' in question) return question;
    const { person } = question;
    if (person === null) throw stale();
    const offered = text(visit.form, 'offered', { max: MOST_REQUEST });
    const ticket = text(visit.form, 'ticket', { max: 100 });
    const isOurs =
      person.account.id === accountId &&
      isTicket(context.ticketKey, sealedParts(person, { sent, offered }), ticket);
    if (!isOurs) throw stale();
    return take(context, visit, { question, person, offered: new Set(splitScopes(offered)) });
  };

/** No address can be longer: what was shown can be answered. */
const MOST_REQUEST = 16_384;

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
  visit: SignedInVisit,
  { question, person, offered }: Taking,
): Answer | Promise<Answer> {
  const { form } = visit;
  const decision = text(form, 'decision', { max: 20 });
  if (decision === 'deny') return refuse(context, question, new OAuthError('denied'));
  if (decision !== 'allow' && decision !== 'allow_read')
    throw new PageRefusal(400, 'Say whether you allow it: decision is missing.');
  const { next } = decide(question.situation);
  // The page may have been open for longer than the app allows the sign-in to be old.
  if (next === 'sign-in' || next === 'verify-email') return settle(context, visit, question);
  const now = offerOf(question.situation);
  // The role may have grown since the page was drawn: what was not shown is not given.
  const offer = { ...now, scopes: now.scopes.filter(({ name }) => offered.has(name)) };
  const ticked = new Set(texts(form, 'scope', { max: 200 }));
  const choice = choose(offer, decision === 'allow' ? ticked : onlyReading(context, ticked));
  if (choice.granted.length === 0)
    return refuse(context, question, new OAuthError('scope_beyond_user'));
  return approve(context, { question, person, choice, isSilent: false });
}

const onlyReading = ({ tokens }: PortalContext, ticked: ReadonlySet<string>): ReadonlySet<string> =>
  new Set(
    [...ticked].filter(
      (name) => tokens.catalogue.get(name)?.level === 'read' || OFFLINE_SCOPES.includes(name),
    ),
  );

interface Approving {
  readonly question: Question;
  readonly person: Person;
  readonly choice: Choice;
  readonly isSilent: boolean;
}

async function approve(
  context: PortalContext,
  { question, person, choice, isSilent }: Approving,
): Promise<Answer> {
  const { request, search } = question;
  const { user, origin } = person.signedIn;
  const approval = { request, accountId: person.account.id, choice, isSilent };
  const approved = await context.consent.approve(approval, { user, origin });
  // Consent or app changed since they were read a moment ago: the request is read anew, and most likely asked about.
  if (approved === null) return redirect(`${PATH}?${search}`);
  const { code, scopes } = approved;
  return respond(context, grantedResponse(request, { code, scopes, issuer: context.baseUrl }));
}

const asksItself = never('an app that wants a fresh sign-in asks for one, with prompt or max_age');

export function authorizeRoutes(context: PortalContext): readonly PortalRoute[] {
  const limit = createVisitLimit(context);
  const [asked, decided] = [authorize(context), decideByForm(context)];
  const get: Controller = (visit) => {
    limit(visit);
    return asked(visit);
  };
  const post: SignedInController = (visit) => {
    limit(visit);
    return decided(visit);
  };
  return [
    { method: 'GET', path: PATH, access: { kind: 'public' }, isEntrance: true, controller: get },
    personal(PATH, { act: 'Answer the app', stepUp: asksItself, leadsAway: true }, post),
  ];
}
