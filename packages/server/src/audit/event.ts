/**
 * The audit log: what happened, to what, by whom, from where. Events are appended in the transaction of what they report.
 * Never holds a secret, and is never changed after it is written.
 */
import type { PageOf, PageRequest } from '../kit/page.ts';

export type EventType =
  | 'user_created'
  | 'user_updated'
  | 'user_login'
  | 'user_login_attempt'
  | 'new_device_login'
  | 'user_deactivated'
  | 'user_reactivated'
  | 'user_exported'
  | 'user_deletion_requested'
  | 'user_deletion_cancelled'
  | 'user_erased'
  | 'email_confirmed'
  | 'email_change_requested'
  | 'email_changed'
  | 'email_change_undone'
  | 'password_changed'
  | 'password_reset_requested'
  | 'session_revoked'
  | 'identity_confirmed'
  | 'identity_refused'
  | 'access_ended'
  | 'role_added'
  | 'role_removed'
  | 'operator_added'
  | 'operator_removed'
  | 'user_token_created'
  | 'user_token_updated'
  | 'user_token_enabled'
  | 'user_token_disabled'
  | 'user_token_rotated'
  | 'user_token_deleted'
  | 'user_token_exposed'
  | 'oauth_app_created'
  | 'oauth_app_updated'
  | 'oauth_app_enabled'
  | 'oauth_app_disabled'
  | 'oauth_app_deleted'
  | 'oauth_app_transferred'
  | 'oauth_app_received'
  | 'oauth_app_offered'
  | 'oauth_app_offer_received'
  | 'oauth_app_offer_withdrawn'
  | 'oauth_app_offer_declined'
  | 'oauth_secret_created'
  | 'oauth_secret_revoked'
  | 'oauth_secret_end_changed'
  | 'oauth_grant_created'
  | 'oauth_grant_updated'
  | 'oauth_grant_narrowed'
  | 'oauth_grant_revoked'
  | 'oauth_code_replayed'
  | 'oauth_refresh_reused'
  | 'oauth_refresh_repeated';

/** Where an act came from. `client` is `web/<session id>`, `user_token/<token id>`, `oauth_app/<app id>` or `cli/<system user>`. */
export interface Origin {
  readonly source: 'portal' | 'api' | 'cli' | 'system';
  readonly client: string;
  readonly address: string | null;
  /** Who acts; null when nobody is signed in. */
  readonly actorId: string | null;
}

/** Whether limits on what one person may make in a day hold: they do for people in pages and for tokens. */
export const isLimited = ({ source }: Pick<Origin, 'source'>): boolean =>
  source === 'portal' || source === 'api';

export interface Event {
  /** UUIDv7: sorts by time. */
  readonly id: string;
  readonly accountId: string | null;
  /** Whom the event concerns. */
  readonly userId: string | null;
  readonly actorId: string | null;
  readonly type: EventType;
  readonly details: Readonly<Record<string, string | number | boolean | null>>;
  readonly resourceId: string | null;
  readonly resourceType:
    'user' | 'session' | 'user_token' | 'membership' | 'oauth_app' | 'oauth_grant' | null;
  readonly source: Origin['source'];
  readonly client: string;
  readonly address: string | null;
  /** Epoch seconds. */
  readonly createdAt: number;
}

/**
 * Of the details of an event about somebody who was erased, these stay: names of scopes, roles and columns, ids, counts
 * and times. Whatever is not named here may be text that a person typed, and goes.
 */
export const ERASABLE_KEPT: ReadonlySet<string> = new Set([
  'before',
  'role',
  'sessions',
  'tokens',
  'grants',
  'scopes',
  'scopes_before',
  'expires_at',
  'due_at',
  'overlap_seconds',
  'longest_life_days',
  'successor',
  'secret',
  'revoked_with',
  'client_id',
  'may_introspect',
  'by',
  'earlier',
]);

export interface EventFilter {
  readonly userId?: string;
  readonly accountId?: string;
  readonly resourceId?: string;
}

export interface EventLog {
  append(event: Event): Promise<void>;
  /** Appends when the user whom it concerns exists, with the same statement whether or not; answers whether. */
  appendOfUser(event: Event & { readonly userId: string }): Promise<boolean>;
  /** Events older than that; answers how many went. */
  purge(before: number): Promise<number>;
  /** Newest first. The total is counted for an account, and for a user in one; for others it is what was found so far. */
  list(filter: EventFilter, page: PageRequest): Promise<PageOf<Event>>;
}
