/** What one grant type brings to the pipeline. */
import type { RandomBytes } from '../../kit/random.ts';
import type { Parameters } from '../parameters.ts';
import type { OAuthStorage, Standing } from '../ports.ts';
import type { ScopeCatalogue } from '../scope.ts';
import type { Issued, Issuer } from '../tokens/issue.ts';
import { OAuthError } from '../error.ts';
import type { Client, ClientType, TokenFamily } from '../vocabulary.ts';

export interface Incident {
  readonly kind: 'code_replayed' | 'refresh_reused';
  readonly client: Client;
  readonly family: TokenFamily;
}

export interface TokenEndpoint {
  readonly storage: OAuthStorage;
  readonly issuer: Issuer;
  readonly catalogue: ScopeCatalogue;
  readonly randomBytes: RandomBytes;
  /** What tokens may be asked for (RFC 8707); anything else is refused. */
  readonly resources: readonly string[];
  /** Called after a family was revoked because a secret of it turned up twice. */
  readonly onIncident: (incident: Incident) => Promise<void>;
}

export interface GrantRequest {
  /** Authenticated, active, and of a type that may use the grant. */
  readonly client: Client;
  /** The secret that proved it; `null` for a public client. */
  readonly secretId: string | null;
  readonly parameters: Parameters;
  readonly now: number;
}

export interface GrantType {
  readonly name: string;
  /** Parameters of its own; each may be sent once. */
  readonly parameters: readonly string[];
  readonly clientTypes: readonly ClientType[];
  redeem(endpoint: TokenEndpoint, request: GrantRequest): Promise<Issued>;
}

/** The user's side of a grant must still stand, whichever grant type asks. */
export function assertStanding(standing: Standing, facts: { grant: string }): void {
  if (standing.grantRevokedAt !== null) throw new OAuthError('grant_revoked', facts);
  if (standing.userSuspendedAt !== null || standing.role === null)
    throw new OAuthError('user_gone', facts);
}
