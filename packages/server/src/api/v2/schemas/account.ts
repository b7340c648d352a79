import { Type } from 'typebox';
import type { AccountOfMember, Role, Team } from '../../../identity/types.ts';
import { isoTime } from '../iso-time.ts';
import { Count, Flag, resource, Text, TextOrNull, Time, TimeOrNull } from './shapes.ts';

const kind = (name: string) => Type.Unsafe<string>({ type: 'string', enum: [name] });

export const AccountSchema = resource('Account', 'account', {
  id: Text,
  display_name: Text,
  owner: Type.Object({ _type: kind('user'), id: Text, email: Text, name: Text }),
  owner_id: Text,
  plan: Type.Object({ _type: kind('plan'), name: Text }),
  storage: Count,
  member_count: Count,
  collaborator_count: Count,
  team_count: Count,
  deleted_at: TimeOrNull,
  inserted_at: Time,
  updated_at: Time,
});

export const showAccount = (account: AccountOfMember, teamCount: number) => ({
  _type: 'account',
  id: account.id,
  display_name: account.displayName,
  owner: {
    _type: 'user',
    id: account.ownerId,
    email: account.ownerEmail,
    name: account.ownerName,
  },
  owner_id: account.ownerId,
  plan: { _type: 'plan', name: 'default' },
  storage: 0,
  member_count: account.memberCount,
  collaborator_count: 0,
  team_count: teamCount,
  deleted_at: null,
  inserted_at: isoTime(account.createdAt),
  updated_at: isoTime(account.updatedAt),
});

export const MembershipSchema = resource('Membership', 'membership', {
  account: TextOrNull,
  team: TextOrNull,
  reviewer: Flag,
  role: Text,
});

/** Frame.io tells account and team roles apart; ours are mapped onto theirs, and `role` says ours. */
const MEMBERSHIPS: Readonly<
  Record<Role, { account: string | null; team: string; reviewer: boolean }>
> = {
  owner: { account: 'owner', team: 'team_manager', reviewer: false },
  admin: { account: 'admin', team: 'team_manager', reviewer: false },
  member: { account: null, team: 'member', reviewer: false },
  viewer: { account: null, team: 'member', reviewer: true },
};

export const showMembership = (role: Role) => ({ _type: 'membership', ...MEMBERSHIPS[role], role });

export const TeamMembershipSchema = resource('TeamMembership', 'team_membership', { role: Text });

export const showTeamMembership = (role: Role) => ({
  _type: 'team_membership',
  role: MEMBERSHIPS[role].team,
});

export const TeamSchema = resource('Team', 'team', {
  id: Text,
  account_id: Text,
  name: Text,
  deleted_at: TimeOrNull,
  image_64: TextOrNull,
  inserted_at: Time,
  updated_at: Time,
});

export const showTeam = (team: Team) => ({
  _type: 'team',
  id: team.id,
  account_id: team.accountId,
  name: team.name,
  deleted_at: null,
  image_64: null,
  inserted_at: isoTime(team.createdAt),
  updated_at: isoTime(team.updatedAt),
});
