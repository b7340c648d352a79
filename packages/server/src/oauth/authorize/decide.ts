/**
 * What happens to a request that is in order: sign in, ask, answer or refuse. A pure decision over what is known of the
 * browser's session and of earlier consent. Never grants more than was asked, the client may ask, or the user holds.
 */
import { isWithin } from '../../kit/clock.ts';
import { OAuthError } from '../error.ts';
import { provesClient } from '../clients/redirect-uri.ts';
import { missingScopes, nameScopes } from '../../catalogue/catalogue.ts';
import type { ResourceIds } from '../../catalogue/resources.ts';
import { isConfidential } from '../vocabulary.ts';
import type { AuthorizationRequest } from './request.ts';

export interface SessionFacts {
  readonly userId: string;
  /** When the user last proved who they are. */
  readonly authenticatedAt: number;
  readonly isEmailVerified: boolean;
}

/** What the user allowed this client before. */
export interface EarlierConsent {
  readonly scopes: readonly string[];
  /** Optional scopes that were offered and left out. */
  readonly declinedScopes: readonly string[];
  /** The APIs that it may ask tokens for. */
  readonly resources: ResourceIds;
}

export interface Situation {
  readonly request: AuthorizationRequest;
  readonly session: SessionFacts | null;
  readonly consent: EarlierConsent | null;
  /** What the user's role allows now. */
  readonly held: ReadonlySet<string>;
  readonly now: number;
  /** The session began with a sign-in for this very request, which nothing was answered on yet. */
  readonly isReauthenticated: boolean;
}

/** Of a request that nobody is signed in for. */
export const withoutSession = (request: AuthorizationRequest, now: number): Situation => ({
  request,
  session: null,
  consent: null,
  held: new Set(),
  now,
  isReauthenticated: false,
});

export interface Offer {
  readonly scopes: readonly OfferedScope[];
  /** Asked for, and beyond the user's role: not part of what can be allowed. */
  readonly withheld: readonly string[];
  /** Something was allowed before, and only what is new is at stake. */
  readonly isExtension: boolean;
}

export interface OfferedScope {
  readonly name: string;
  readonly isOptional: boolean;
  /** Not allowed before. */
  readonly isNew: boolean;
  /** Was offered before, and left out. */
  readonly isDeclined: boolean;
}

export type Decision =
  | { readonly next: 'sign-in'; readonly isAgain: boolean }
  | { readonly next: 'verify-email' }
  | { readonly next: 'ask'; readonly offer: Offer }
  | { readonly next: 'approve'; readonly scopes: readonly string[] }
  | { readonly next: 'refuse'; readonly error: OAuthError };

const refuse = (error: OAuthError): Decision => ({ next: 'refuse', error });

const beyondUser = ({ client }: AuthorizationRequest, withheld: readonly string[]): OAuthError =>
  new OAuthError('scope_beyond_user', { client: client.id, scopes: nameScopes(withheld) });

export function decide(situation: Situation): Decision {
  const { request, session } = situation;
  const isSilent = request.prompts.has('none');
  if (session === null || !isFreshEnough(situation, session)) {
    if (isSilent) return refuse(new OAuthError('login_needed'));
    return { next: 'sign-in', isAgain: session !== null };
  }
  if (!session.isEmailVerified)
    return isSilent ? refuse(new OAuthError('interaction_needed')) : { next: 'verify-email' };
  const offer = offerOf(situation);
  if (offer.scopes.length === 0) return refuse(beyondUser(request, offer.withheld));
  if (isApproved(situation, offer))
    return {
      next: 'approve',
      scopes: offer.scopes.filter(({ isNew }) => !isNew).map(({ name }) => name),
    };
  return isSilent ? refuse(new OAuthError('consent_needed')) : { next: 'ask', offer };
}

/** `prompt=login` and `max_age` (OpenID Connect Core section 3.1.2.1): no sign-in for anything else counts for the former. */
function isFreshEnough(situation: Situation, { authenticatedAt }: SessionFacts): boolean {
  const { request, now, isReauthenticated } = situation;
  if (isReauthenticated) return true;
  // `max_age=0` asks for the same as `prompt=login`, even within the second of the last sign-in.
  if (request.prompts.has('login') || request.maxAge === 0) return false;
  return request.maxAge === null || isWithin(authenticatedAt, request.maxAge, now);
}

export function offerOf({ request, consent, held }: Situation): Offer {
  const { scopes, client } = request;
  const allowedBefore = new Set(consent?.scopes);
  const declined = new Set(consent?.declinedScopes);
  return {
    scopes: scopes
      .filter((name) => held.has(name))
      .map((name) => ({
        name,
        isOptional: client.optionalScopes.includes(name),
        isNew: !allowedBefore.has(name),
        isDeclined: declined.has(name),
      })),
    withheld: scopes.filter((name) => !held.has(name)),
    isExtension: consent !== null,
  };
}

/**
 * Asked once, until more is asked for. What was offered and left out counts as answered. RFC 8252 section 8.6: a client
 * whose redirect URI any program could claim is never answered without a person.
 */
function isApproved({ request, consent }: Situation, { scopes }: Offer): boolean {
  const { prompts } = request;
  if (consent === null || prompts.has('consent') || prompts.has('select_account')) return false;
  if (!isConfidential(request.client) && !provesClient(request.redirectUri)) return false;
  if (missingScopes(request.resources, consent.resources).length > 0) return false;
  const isAnswered = scopes.every(
    ({ isNew, isOptional, isDeclined }) => !isNew || (isOptional && isDeclined),
  );
  return isAnswered && scopes.some(({ isNew }) => !isNew);
}

export interface Choice {
  readonly granted: readonly string[];
  readonly declined: readonly string[];
}

/** What a person's ticks come to: what is required stays, whatever else was sent is ignored. */
export function choose({ scopes }: Offer, ticked: ReadonlySet<string>): Choice {
  const isGranted = ({ name, isOptional }: OfferedScope): boolean =>
    !isOptional || ticked.has(name);
  return {
    granted: scopes.filter(isGranted).map(({ name }) => name),
    declined: scopes.filter((scope) => !isGranted(scope)).map(({ name }) => name),
  };
}
