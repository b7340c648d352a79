/** OAuth clients as their owners manage them. Times are epoch seconds. */
import type { ClientColumns } from '../oauth/clients/fields.ts';
import type { Jwks } from '../oauth/clients/jwks.ts';
import type { ScopeHistory } from '../oauth/clients/scope-history.ts';
import type { ClientType } from '../oauth/vocabulary.ts';

/** What it says of itself is described in `oauth/clients/fields.ts`. */
export interface App extends ClientColumns {
  /** `client_id`: a UUID. */
  readonly id: string;
  /** `null`: it belongs to nobody, and then to no account; operators alone manage it. */
  readonly ownerId: string | null;
  readonly accountId: string | null;
  readonly type: ClientType;
  readonly scopeHistory: ScopeHistory;
  /** A resource server that may ask about every token. Set by operators alone. */
  readonly mayIntrospect: boolean;
  /** Whose tokens it may ask about, when it is a resource server; `null`: those of the first resource. */
  readonly resourceId: string | null;
  /** `null`: what its type says. */
  readonly grantTypes: readonly string[] | null;
  /** `null`: what its type says, which of one with a secret is either way to send it. */
  readonly tokenEndpointAuthMethod: string | null;
  /** Public keys by which it may prove who it is. */
  readonly jwks: Jwks | null;
  /** One per form or request: the same key never makes a second app. */
  readonly creationKey: string;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly disabledAt: number | null;
  readonly deletedAt: number | null;
}

export type AppState = 'active' | 'disabled' | 'deleted';

export function stateOfApp(app: Pick<App, 'disabledAt' | 'deletedAt'>): AppState {
  if (app.deletedAt !== null) return 'deleted';
  return app.disabledAt === null ? 'active' : 'disabled';
}

export interface AppSecret {
  /** The public id inside the credential. */
  readonly id: string;
  readonly appId: string;
  /** Who owned the app when it was made; `null`: nobody. */
  readonly ownerId: string | null;
  readonly secretHash: Uint8Array;
  readonly creationKey: string;
  /** The developer token that made it by API, and with which it ends; `null`: a person did. */
  readonly madeById: string | null;
  readonly createdAt: number;
  readonly revokedAt: number | null;
  /** When it ends because the app was transferred; `null`: never by itself. */
  readonly endsAt: number | null;
  /** When the app was first given to another owner while this lived. */
  readonly transferredAt: number | null;
  readonly lastUsedAt: number | null;
}

/** An app that its owner offers to whoever has proved an address. */
export interface AppOffer {
  readonly id: string;
  readonly appId: string;
  /** Who owned the app when it was offered. It counts while they still do. */
  readonly fromId: string;
  /** As it was typed, in the form in which addresses are compared. */
  readonly email: string;
  readonly createdAt: number;
  readonly expiresAt: number;
  /** When it was accepted, declined or withdrawn, or became void by another transfer. */
  readonly closedAt: number | null;
}

/** Several live at once, so that a new one can be rolled out before the old one ends. */
export const MOST_SECRETS = 5;
