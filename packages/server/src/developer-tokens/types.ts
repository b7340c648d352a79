/** Developer tokens as records. Times are epoch seconds. */
import type { ResourceIds } from '../catalogue/resources.ts';
import { isOver } from '../kit/clock.ts';

export type TokenState = 'active' | 'disabled' | 'expiring' | 'expired' | 'revoked' | 'exposed';

export interface DeveloperToken {
  /** The public id inside the credential: 12 base62 digits. */
  readonly id: string;
  readonly userId: string;
  readonly accountId: string;
  readonly description: string;
  readonly scopes: readonly string[];
  /** What it is for. */
  readonly resources: ResourceIds;
  /** SHA-256 of the whole credential: 32 bytes. */
  readonly secretHash: Uint8Array;
  /** One per form or request: the same key never makes a second token. */
  readonly creationKey: string;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** `null`: never. */
  readonly expiresAt: number | null;
  readonly disabledAt: number | null;
  readonly revokedAt: number | null;
  /** Set when the token was found in public; such a token is dead. */
  readonly exposedAt: number | null;
  /** The token that this one was rotated into. */
  readonly replacedById: string | null;
  /** The token that this one was rotated from. */
  readonly replacesId: string | null;
  /** The token that made this one by API, or made the one that it replaces; `null`: a person did. Never changes. */
  readonly madeById: string | null;
  readonly lastUsedAt: number | null;
  readonly lastUsedAddress: string | null;
  readonly lastUsedAgent: string | null;
  /** The smallest number of days before expiry at which its owner was told; `null`: not yet. */
  readonly expiryNoticeDays: number | null;
}

/** A token is called expiring in its last seven days. */
export const EXPIRING_SECONDS = 7 * 86_400;

type Life = Pick<
  DeveloperToken,
  'createdAt' | 'expiresAt' | 'disabledAt' | 'revokedAt' | 'exposedAt'
>;

/** The one place that turns dates into a state. Final states win over those that can be undone. */
export function stateOf(token: Life, now: number): TokenState {
  const { createdAt, expiresAt } = token;
  if (token.exposedAt !== null) return 'exposed';
  if (token.revokedAt !== null) return 'revoked';
  // As the checker sees it, whatever the clock does.
  if (expiresAt !== null && isOver({ createdAt, expiresAt }, now)) return 'expired';
  if (token.disabledAt !== null) return 'disabled';
  if (expiresAt !== null && expiresAt - now <= EXPIRING_SECONDS) return 'expiring';
  return 'active';
}

/** States without a way back. */
export const isFinal = (state: TokenState): boolean =>
  state === 'exposed' || state === 'revoked' || state === 'expired';

/** How often a token was used on one UTC day with one outcome: `allowed` or a refusal's reason. */
export interface TokenUse {
  readonly tokenId: string;
  /** Days since 1970-01-01 UTC. */
  readonly day: number;
  readonly outcome: string;
  readonly count: number;
}

/** An address and agent that used a token. */
export interface TokenAddress {
  readonly tokenId: string;
  readonly address: string;
  readonly agent: string;
  readonly firstUsedAt: number;
  readonly lastUsedAt: number;
  readonly uses: number;
}
