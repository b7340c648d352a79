/**
 * Stands for the user of an address that has none, or whose user may not act: the same rules and the same statements then
 * run for every address. Its id is nobody's, so that what is inserted for it is inserted nowhere.
 */
import { NOT_BEING_DELETED, type User } from '../types.ts';

const NOBODY = '00000000-0000-0000-0000-000000000000';

export const nobodyAt = (email: string): User => ({
  id: NOBODY,
  email,
  name: '',
  bio: null,
  location: null,
  passwordHash: null,
  passwordChangedAt: 0,
  emailVerifiedAt: null,
  suspendedAt: null,
  ...NOT_BEING_DELETED,
  isOperator: false,
  accountId: NOBODY,
  firstSignInAt: null,
  lastSeenAt: null,
  createdAt: 0,
  updatedAt: 0,
});

export const isNobody = ({ id }: Pick<User, 'id'>): boolean => id === NOBODY;
