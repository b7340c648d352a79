/** What one grant type brings to the pipeline: what a request is granted. The pipeline issues, stores, bounds and reports it. */
import type { RandomBytes } from '../../kit/random.ts';
import type { WriteOptions } from '../../kit/urgency.ts';
import type { Authenticator } from '../client-authentication/authenticate.ts';
import type { Parameters } from '../parameters.ts';
import type { OAuthStores, Standing } from '../ports.ts';
import { intersectScopes, nameScopes } from '../../catalogue/catalogue.ts';
import type { Catalogues } from '../../catalogue/catalogues.ts';
import type { ResourceIds } from '../../catalogue/resources.ts';
import type { FirstUses } from '../tokens/first-use.ts';
import type { FamilyOwner, Issued, Issuer } from '../tokens/issue.ts';
import { OAuthError, type Reason, type ReasonFacts } from '../error.ts';
import type { Difference } from '../tokens/caller-marks.ts';
import type { Client, TokenFamily } from '../vocabulary.ts';

/** Who sent a request, as it was read when the request arrived. */
export interface Caller {
  readonly address: string;
  /** The header `User-Agent`; empty when it was not sent. */
  readonly agent: string;
}

/** A secret that should come once came again. */
export interface Incident {
  /** The first two ended the family; a repeat was answered. */
  readonly kind: 'code_replayed' | 'refresh_reused' | 'refresh_repeated';
  /** Of the request that brought the secret again. */
  readonly caller: Caller;
  /** What differs from the request that used the refresh token first. */
  readonly differs?: Difference;
  readonly client: Client;
  readonly family: TokenFamily;
}

/** Tells the user and whoever registered the client, in the transaction of what followed. */
export interface IncidentLog {
  record(incident: Incident): Promise<void>;
}

export interface GrantStorage extends OAuthStores {
  transaction<Result>(
    work: (stores: OAuthStores & { readonly incidents: IncidentLog }) => Promise<Result>,
    options?: WriteOptions,
  ): Promise<Result>;
}

export interface TokenEndpoint {
  /** Of the clients that ask here and at the other endpoints. */
  readonly authenticator: Authenticator;
  readonly storage: GrantStorage;
  readonly issuer: Issuer;
  readonly catalogues: Catalogues;
  readonly randomBytes: RandomBytes;
  readonly firstUses: FirstUses;
}

export interface GrantRequest {
  /** Authenticated, active, and registered for the grant type. */
  readonly client: Client;
  /** The secret that proved it; `null` for a public client. */
  readonly secretId: string | null;
  readonly parameters: Parameters;
  /** The APIs that tokens are asked for; `null`: it names none. */
  readonly resources: ResourceIds | null;
  readonly caller: Caller;
  readonly now: number;
}

export interface GrantType {
  /** As registered with IANA ("OAuth Parameters", `grant_type`). */
  readonly name: string;
  /** Parameters of its own; each may be sent once. */
  readonly parameters: readonly string[];
  /**
   * Reads and decides; throws `OAuthError` for what is refused. Issues nothing, and is asked again when what it read changed
   * before it was stored.
   */
  redeem(endpoint: TokenEndpoint, request: GrantRequest): Promise<Redemption>;
}

export type Redemption = Granted | Repeated | Replayed | Contended;

export interface Granted {
  readonly outcome: 'granted';
  readonly holder: Holder;
  readonly scopes: GrantedScopes;
  /** What the access token is for. */
  readonly resources: ResourceIds;
}

export interface GrantedScopes {
  /** What the tokens keep. */
  readonly kept: readonly string[];
  /** Of these, what the role allows now: what the answer says. */
  readonly told: readonly string[];
}

/** Who is given the tokens. */
export type Holder =
  /** A client that acts as itself, by the secret that proved it. */
  | {
      readonly kind: 'client';
      readonly secretId: string | null;
      /** In which it acts. */
      readonly accountId: string;
    }
  /** A user, by a new family. */
  | {
      readonly kind: 'user';
      readonly owner: FamilyOwner;
      /** What its later access tokens can be for. */
      readonly resources: ResourceIds;
      /** Spends what was presented, in the transaction that stores the family. `false`: it changed since it was read. */
      spend(stores: OAuthStores, familyId: string): Promise<boolean>;
      readonly contended: Contended;
    }
  /** A family, by its next refresh token. */
  | {
      readonly kind: 'family';
      readonly family: TokenFamily;
      /** The refresh token that is replaced. */
      readonly presented: PresentedToken;
      readonly contended: Contended;
    };

export interface PresentedToken {
  /** Whole. */
  readonly value: string;
  readonly hash: Uint8Array;
}

/** What was answered already is answered once more, and counted. */
export interface Repeated {
  readonly outcome: 'repeated';
  readonly issued: Issued;
  readonly repetition: Repetition;
  readonly contended: Contended;
}

export interface Repetition {
  readonly family: TokenFamily;
  readonly salt: Uint8Array;
  /** What made the rotation. */
  readonly key: Uint8Array;
  /** The hash of the presented token. */
  readonly presented: Uint8Array;
}

/** A secret that should come once came again: what was issued for it ends. */
export interface Replayed {
  readonly outcome: 'replayed';
  readonly kind: Exclude<Incident['kind'], 'refresh_repeated'>;
  /** `null`: nothing was issued for it, or it is long gone. */
  readonly family: TokenFamily | null;
  readonly facts: ReasonFacts;
}

/** Something changed between two reads. Says how to refuse when that goes on. */
export interface Contended {
  readonly outcome: 'contended';
  readonly reason: Reason;
  readonly facts: ReasonFacts;
}

/** The user's side of a grant must still stand, whichever grant type asks. */
export function assertStanding(standing: Standing, facts: { grant: string }): void {
  if (standing.grantRevokedAt !== null) throw new OAuthError('grant_revoked', facts);
  if (standing.userSuspendedAt !== null || standing.role === null)
    throw new OAuthError('user_gone', facts);
}

/** What is left of scopes that were granted. What the user took back, or the app lost, is not. */
export const leftOf = (
  scopes: readonly string[],
  { consented }: Pick<Standing, 'consented'>,
): readonly string[] => intersectScopes(scopes, new Set(consented));

/** Why nothing may be done with scopes that were granted. */
export const nothingToTell = (
  { catalogues }: Pick<TokenEndpoint, 'catalogues'>,
  scopes: readonly string[],
  facts: ReasonFacts,
): OAuthError =>
  new OAuthError(
    catalogues.current().gone(scopes).length === scopes.length ? 'scope_gone' : 'scope_beyond_user',
    { ...facts, scopes: nameScopes(scopes) },
  );

/**
 * RFC 6749 section 5.1: the answer tells what the token may do, as introspection and the checker would at this moment, so the
 * role counts too. The token itself keeps what a higher role would give back.
 */
export const toldScopes = (
  { catalogues }: Pick<TokenEndpoint, 'catalogues'>,
  scopes: readonly string[],
  role: string | null,
): readonly string[] => intersectScopes(scopes, catalogues.current().heldBy(role));
