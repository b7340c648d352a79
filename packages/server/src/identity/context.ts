/** What every act of the identity module is given. */
import type { DerivedKeys } from '../keys/keys.ts';
import { newOrderedId } from '../kit/ids.ts';
import type { Clock } from '../kit/clock.ts';
import type { RandomBytes } from '../kit/random.ts';
import type { Rules } from '../limits/rules.ts';
import type { Event, EventType, Origin } from '../audit/event.ts';
import type { AccountStorage } from './ports.ts';
import type { PasswordHasher } from './authentication/password.ts';
import type { User } from './types.ts';

export interface AccountPolicy {
  readonly signUp: {
    readonly mode: 'open' | 'domains' | 'closed';
    readonly domains: readonly string[];
  };
  readonly sessions: { readonly idleSeconds: number; readonly absoluteSeconds: number };
  readonly deletion: { readonly graceSeconds: number };
}

export interface AccountContext {
  readonly storage: AccountStorage;
  readonly passwords: PasswordHasher;
  readonly clock: Clock;
  readonly randomBytes: RandomBytes;
  readonly policy: AccountPolicy;
  /** How often something may be tried. */
  readonly rules: Rules;
  /** What the site is called. */
  readonly brandName: string;
  /** Key of the e-mailed proofs. */
  readonly proofKeys: DerivedKeys;
  /** A job left a person out, because something about them alone failed. */
  readonly onDropped: (batch: 'erase-people', userId: string) => void;
  /** Called after a message was committed to the outbox. */
  readonly onMail: () => void;
}

/** The browser that a request came from. */
export interface Visitor {
  readonly address: string;
  readonly agent: string;
  /** Value of the cookie that marks a browser as known, when it sent one. */
  readonly deviceToken: string | null;
}

export interface Limited {
  readonly outcome: 'limited';
  readonly retryAfterSeconds: number;
}

/** Field name to what is wrong with it. */
export type FieldErrors = Readonly<Record<string, string>>;

export interface Invalid {
  readonly outcome: 'invalid';
  readonly errors: FieldErrors;
}

export const originOfVisitor = (visitor: Visitor, actorId: string | null): Origin => ({
  source: 'portal',
  client: 'web',
  address: visitor.address,
  actorId,
});

interface Happening {
  readonly type: EventType;
  readonly origin: Origin;
  readonly at: number;
  readonly details?: Event['details'];
  readonly resourceId?: string;
  readonly resourceType?: Event['resourceType'];
}

/** An event about a user, filed under the user's own account. */
export const userEvent = (
  user: Pick<User, 'id' | 'accountId'>,
  happening: Happening,
): Event & { readonly userId: string } => ({
  id: newOrderedId(),
  accountId: user.accountId,
  userId: user.id,
  actorId: happening.origin.actorId,
  type: happening.type,
  details: happening.details ?? {},
  resourceId: happening.resourceId ?? user.id,
  resourceType: happening.resourceType ?? 'user',
  source: happening.origin.source,
  client: happening.origin.client,
  address: happening.origin.address,
  createdAt: happening.at,
});

export const secretToken = (randomBytes: RandomBytes): string =>
  Buffer.from(randomBytes(32)).toString('base64url');
