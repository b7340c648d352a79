/** The authorization response (RFC 6749 sections 4.1.2 and 4.1.2.1), with `iss` on success and on error (RFC 9207). */
import type { OAuthError } from '../error.ts';

export const RESPONSE_MODES = ['query', 'form_post'] as const;
export type ResponseMode = (typeof RESPONSE_MODES)[number];

export const isResponseMode = (text: string): text is ResponseMode =>
  (RESPONSE_MODES as readonly string[]).includes(text);

/** Where and how the client hears of the outcome. */
export interface ResponseTarget {
  readonly redirectUri: string;
  readonly state: string | null;
  readonly responseMode: ResponseMode;
}

export type AuthorizationResponse =
  | { readonly mode: 'query'; readonly location: string }
  | {
      readonly mode: 'form_post';
      readonly action: string;
      readonly fields: readonly (readonly [name: string, value: string])[];
    };

/** An address that is much longer is refused by servers. */
const LONGEST_SCOPE_TOLD = 4000;

/** Frame.io's callbacks carry the scope as well; a longer one is told by the token endpoint alone. */
export const grantedResponse = (
  target: ResponseTarget,
  granted: { readonly code: string; readonly scopes: readonly string[]; readonly issuer: string },
): AuthorizationResponse => {
  const scope = granted.scopes.join(' ');
  const isTold = target.responseMode === 'form_post' || scope.length <= LONGEST_SCOPE_TOLD;
  return write(target, [
    ['code', granted.code],
    ...(isTold ? [['scope', scope] as const] : []),
    ...stateOf(target),
    ['iss', granted.issuer],
  ]);
};

export const refusedResponse = (
  target: ResponseTarget,
  error: OAuthError,
  issuer: string,
): AuthorizationResponse =>
  write(target, [
    ['error', error.code],
    ['error_description', error.message],
    ...stateOf(target),
    ['iss', issuer],
  ]);

type Pair = readonly [string, string];

const stateOf = ({ state }: ResponseTarget): readonly Pair[] =>
  state === null ? [] : [['state', state]];

function write(
  { redirectUri, responseMode }: ResponseTarget,
  pairs: readonly Pair[],
): AuthorizationResponse {
  if (responseMode === 'form_post')
    return { mode: 'form_post', action: redirectUri, fields: pairs };
  const query = new URLSearchParams(pairs.map(([name, value]) => [name, value])).toString();
  // Section 3.1.2: a query of the client's own is kept as it is.
  return {
    mode: 'query',
    location: `${redirectUri}${redirectUri.includes('?') ? '&' : '?'}${query}`,
  };
}
