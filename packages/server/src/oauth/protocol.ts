/** What clients ask at the OAuth endpoints, as acts: whoever answers requests is given these, and no storage. */
import type { AtHand } from '../kit/at-hand.ts';
import {
  authenticateClient,
  type AuthenticatedClient,
} from './client-authentication/authenticate.ts';
import type { AuthenticationRequest } from './client-authentication/method.ts';
import type { TokenEndpoint } from './grants/grant-type.ts';
import { answerTokenRequest, type Answered, type TokenRequest } from './grants/pipeline.ts';
import {
  inspectRefresh,
  type LiveRefresh,
  type RefreshQuestion,
} from './tokens/inspect-refresh.ts';
import { revokeToken, type Revocation } from './tokens/revoke.ts';

export interface Protocol {
  answerTokenRequest(request: TokenRequest): Promise<Answered>;
  /** Throws `OAuthError`. */
  authenticate(request: AuthenticationRequest): AtHand<AuthenticatedClient>;
  revoke(revocation: Revocation): Promise<void>;
  /** `null`: the client has no such refresh token that works. */
  inspectRefresh(question: RefreshQuestion): Promise<LiveRefresh | null>;
}

export const createProtocol = (endpoint: TokenEndpoint): Protocol => ({
  answerTokenRequest: (request) => answerTokenRequest(endpoint, request),
  authenticate: (request) => authenticateClient(endpoint.authenticator, request),
  revoke: (revocation) => revokeToken(endpoint, revocation),
  inspectRefresh: (question) => inspectRefresh(endpoint, question),
});
