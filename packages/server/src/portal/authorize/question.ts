/** Everything that the decision on an authorization request depends on, read once for GET and POST alike. */
import { lastProvedAt } from '../../identity/authentication/proved-at.ts';
import type { AccountOfMember } from '../../identity/types.ts';
import { text } from '../../http/form.ts';
import { parseUrlEncoded } from '../../http/url-encoded.ts';
import type { Grant } from '../../consent/types.ts';
import { chooseAccount } from '../../oauth/authorize/account.ts';
import { withoutSession, type Situation } from '../../oauth/authorize/decide.ts';
import { readMark } from '../../oauth/authorize/reauthentication.ts';
import {
  readAuthorizationRequest,
  type AuthorizationRequest,
} from '../../oauth/authorize/request.ts';
import { refusedResponse } from '../../oauth/authorize/response.ts';
import type { PortalContext } from '../portal-context.ts';
import { accountsOf } from '../tokens/own.ts';
import { PageRefusal, show, type Answer, type SignedIn, type Visit } from '../visit.ts';
import { problemPage } from './problem-page.ts';
import { respond } from './respond.ts';
import { isReauthenticated } from './sign-in-again.ts';

/** A request that is in order. */
export interface Question {
  /** As it came. */
  readonly sent: string;
  /** The same without our own mark. */
  readonly search: string;
  /** Our own mark: what the request comes back with from a sign-in that was made for it. */
  readonly mark: string | null;
  readonly request: AuthorizationRequest;
  readonly situation: Situation;
  /** `null`: nobody is signed in. */
  readonly person: Person | null;
}

export interface Person {
  readonly signedIn: SignedIn;
  /** The one in which the app would act. */
  readonly account: AccountOfMember;
  readonly accounts: readonly AccountOfMember[];
  readonly grant: Grant | null;
}

export interface Sent {
  readonly sent: string;
  /** The account that a form was drawn for; `null`: as the request says, or as before. */
  readonly accountId: string | null;
}

/** Answers the visit itself when the request is not in order. */
export async function readQuestion(
  context: PortalContext,
  visit: Visit,
  { sent, accountId }: Sent,
): Promise<Question | Answer> {
  const { request: search, mark } = readMark(sent);
  const fields = parseUrlEncoded(search);
  const found = await readAuthorizationRequest(context.authorize, fields);
  if (found.outcome === 'page')
    return show(problemPage(context, found.problem, visit.signedIn), 400);
  if (found.outcome === 'refuse')
    return respond(context, refusedResponse(found.target, found.error, context.baseUrl));
  const { request } = found;
  const { signedIn } = visit;
  const named = accountId ?? text(fields, 'account_id', { max: 64 });
  const person =
    signedIn === null ? null : await findPerson(context, { visit, signedIn, request, named });
  const isFresh =
    signedIn !== null && (await isReauthenticated(context, signedIn, { request: search, mark }));
  const situation = situationOf(context, { request, person, isReauthenticated: isFresh });
  return { sent, search, mark, request, person, situation };
}

interface Finding {
  readonly visit: Visit;
  readonly signedIn: SignedIn;
  readonly request: AuthorizationRequest;
  /** Id of an account. */
  readonly named: string;
}

async function findPerson(
  context: PortalContext,
  { visit, signedIn, request, named }: Finding,
): Promise<Person> {
  const accounts = await accountsOf(context, { ...visit, signedIn });
  const grants = await context.consent.reads.grants.findIn({
    userId: signedIn.user.id,
    clientId: request.client.id,
    accountIds: accounts.map(({ id }) => id),
  });
  const places = accounts.map((account) => ({ account, grant: grants.get(account.id) ?? null }));
  const chosen = chooseAccount(places, named);
  if (chosen === undefined)
    throw new PageRefusal(
      403,
      'You are not a member of any account, so there is nothing to allow.',
    );
  return { signedIn, accounts, ...chosen };
}

function situationOf(
  context: PortalContext,
  given: Pick<Question, 'request' | 'person'> & Pick<Situation, 'isReauthenticated'>,
): Situation {
  const { request, person, isReauthenticated: isFresh } = given;
  const now = context.clock();
  if (person === null) return withoutSession(request, now);
  const { user, session } = person.signedIn;
  return {
    request,
    session: {
      userId: user.id,
      authenticatedAt: lastProvedAt(session, now),
      isEmailVerified: user.emailVerifiedAt !== null,
    },
    consent: person.grant,
    held: context.catalogues.current().heldBy(person.account.role),
    now,
    isReauthenticated: isFresh,
  };
}
