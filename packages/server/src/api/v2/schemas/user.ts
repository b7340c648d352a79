import { Type } from 'typebox';
import type { User, UserWithRole } from '../../../identity/types.ts';
import { isoTime, isoTimeOrNull } from '../iso-time.ts';
import { Flag, resource, Text, TextOrNull, Time, TimeOrNull } from './shapes.ts';

const picture = {
  image_32: TextOrNull,
  image_64: TextOrNull,
  image_128: TextOrNull,
  image_256: TextOrNull,
  profile_image: TextOrNull,
};

const noPicture = {
  image_32: null,
  image_64: null,
  image_128: null,
  image_256: null,
  profile_image: null,
};

/** All that Frame.io's clients look for; what this system does not know is null. */
export const UserSchema = resource('User', 'user', {
  id: Text,
  account_id: Text,
  email: Text,
  name: Text,
  bio: TextOrNull,
  context: TextOrNull,
  deleted_at: TimeOrNull,
  digest_frequency: TextOrNull,
  email_confirm_by: TimeOrNull,
  email_preferences: TextOrNull,
  features_seen: TextOrNull,
  first_login_at: TimeOrNull,
  from_google: Flag,
  ...picture,
  profile_image_original: TextOrNull,
  inserted_at: Time,
  joined_via: TextOrNull,
  last_seen: TimeOrNull,
  location: TextOrNull,
  mfa_enforced_at: TimeOrNull,
  next_digest_date: TimeOrNull,
  phone: TextOrNull,
  timezone_value: TextOrNull,
  updated_at: Time,
  upload_url: TextOrNull,
  user_default_color: TextOrNull,
  user_hash: TextOrNull,
  roles: Type.Object(
    { id: Text, admin: Flag, sales: Flag, support: Flag },
    { description: 'Staff roles of the service itself; always false.' },
  ),
});

export const showUser = (user: User) => ({
  _type: 'user',
  id: user.id,
  account_id: user.accountId,
  email: user.email,
  name: user.name,
  bio: user.bio,
  context: null,
  deleted_at: null,
  digest_frequency: null,
  email_confirm_by: null,
  email_preferences: null,
  features_seen: null,
  first_login_at: isoTimeOrNull(user.firstSignInAt),
  from_google: false,
  ...noPicture,
  profile_image_original: null,
  inserted_at: isoTime(user.createdAt),
  joined_via: null,
  last_seen: isoTimeOrNull(user.lastSeenAt),
  location: user.location,
  mfa_enforced_at: null,
  next_digest_date: null,
  phone: null,
  timezone_value: null,
  updated_at: isoTime(user.updatedAt),
  upload_url: null,
  user_default_color: null,
  user_hash: null,
  roles: { id: user.id, admin: false, sales: false, support: false },
});

/** What members of a team see of each other: no more than they need to tell each other apart. */
export const MemberSchema = resource('Member', 'user', {
  id: Text,
  account_id: Text,
  email: Text,
  name: Text,
  bio: TextOrNull,
  location: TextOrNull,
  deleted_at: TimeOrNull,
  ...picture,
  role: TextOrNull,
  inserted_at: Time,
  updated_at: Time,
});

export const showMember = (user: UserWithRole) => ({
  _type: 'user',
  id: user.id,
  account_id: user.accountId,
  email: user.email,
  name: user.name,
  bio: user.bio,
  location: user.location,
  deleted_at: null,
  ...noPicture,
  role: user.role,
  inserted_at: isoTime(user.createdAt),
  updated_at: isoTime(user.updatedAt),
});
