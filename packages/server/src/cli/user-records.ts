/** Users as the command line shows them: names and times as the API writes them. */
import type { UserWithRole } from '../identity/types.ts';
import { isoTime, isoTimeOrNull } from '../api/v2/iso-time.ts';
import type { Row } from './table.ts';

function stateOf(user: UserWithRole): string {
  if (user.erasedAt !== null) return 'erased';
  if (user.deletionDueAt !== null) return 'deleting';
  if (user.suspendedAt !== null) return 'suspended';
  return user.emailVerifiedAt === null ? 'unverified' : 'active';
}

/** `role` is the one held in the account `account_id`. */
export const userRecord = (user: UserWithRole) => ({
  id: user.id,
  email: user.email,
  name: user.name,
  state: stateOf(user),
  role: user.role,
  account_id: user.accountId,
  is_operator: user.isOperator,
  has_password: user.passwordHash !== null,
  email_verified_at: isoTimeOrNull(user.emailVerifiedAt),
  suspended_at: isoTimeOrNull(user.suspendedAt),
  deletion_due_at: isoTimeOrNull(user.deletionDueAt),
  first_login_at: isoTimeOrNull(user.firstSignInAt),
  last_seen: isoTimeOrNull(user.lastSeenAt),
  inserted_at: isoTime(user.createdAt),
  updated_at: isoTime(user.updatedAt),
});

export const userRow = (user: UserWithRole): Row => ({
  EMAIL: user.email,
  NAME: user.name,
  STATE: stateOf(user),
  ROLE: user.role ?? 'none',
  OPERATOR: user.isOperator ? 'yes' : 'no',
  PASSWORD: user.passwordHash === null ? 'none' : 'set',
  ID: user.id,
});
