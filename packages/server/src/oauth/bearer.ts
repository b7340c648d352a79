/**
 * RFC 6750: where a bearer token is read from and what a refusal says.
 * Never looks into the query string or a form body: tokens there end in logs and histories (RFC 6750 section 2.3, OAuth 2.1).
 */

export type BearerHeader =
  | { readonly outcome: 'absent' }
  | { readonly outcome: 'malformed' }
  | { readonly outcome: 'present'; readonly token: string };

/** RFC 6750 section 2.1: b64token; the scheme is case-insensitive (RFC 9110 section 11.1). */
const BEARER = /^bearer +([A-Za-z0-9\-._~+/]+=*)$/i;

/** Longer values cannot be credentials of ours; refusing them early keeps hostile headers cheap. */
const MAX_TOKEN_LENGTH = 4096;

export function readBearer(authorization: string | undefined): BearerHeader {
  if (authorization === undefined || authorization.trim() === '') return { outcome: 'absent' };
  if (authorization.length > MAX_TOKEN_LENGTH) return { outcome: 'malformed' };
  const token = BEARER.exec(authorization.trim())?.[1];
  return token === undefined ? { outcome: 'malformed' } : { outcome: 'present', token };
}

export interface Challenge {
  readonly realm: string;
  readonly error?: 'invalid_request' | 'invalid_token' | 'insufficient_scope';
  readonly description?: string;
  /** All scopes that the request needs, those already held included (RFC 6750 section 3). */
  readonly scope?: readonly string[];
}

/** Writes a `WWW-Authenticate` value (RFC 6750 section 3). A request without credentials gets the realm alone (section 3.1). */
export function writeChallenge(challenge: Challenge): string {
  const parameters = [`realm="${quotable(challenge.realm)}"`];
  if (challenge.error !== undefined) parameters.push(`error="${challenge.error}"`);
  if (challenge.description !== undefined) {
    parameters.push(`error_description="${quotable(challenge.description)}"`);
  }
  if (challenge.scope !== undefined) parameters.push(`scope="${challenge.scope.join(' ')}"`);
  return `Bearer ${parameters.join(', ')}`;
}

/** For what stands between quotes in a challenge. RFC 6750 section 3: error_description takes %x20-21 / %x23-5B / %x5D-7E; everything else would break out of the header. */
export const quotable = (text: string): string =>
  text.replace(/[^\x20\x21\x23-\x5B\x5D-\x7E]/g, '?');
