/** The user, accounts and teams that a token belongs to. A token sees one account: its own. */
import type { Route } from '../../http/route.ts';
import { isUuid } from '../../kit/ids.ts';
import { pageOfWhole } from '../../kit/page.ts';
import type { ApiContext } from '../api-context.ts';
import { endpoint, listEndpoint } from '../endpoint.ts';
import { pageOf, sendPage } from './paging.ts';
import { notFound } from '../refusal.ts';
import {
  AccountSchema,
  MembershipSchema,
  showAccount,
  showMembership,
  showTeam,
  showTeamMembership,
  TeamMembershipSchema,
  TeamSchema,
} from './schemas/account.ts';
import { MemberSchema, showMember, showUser, UserSchema } from './schemas/user.ts';
import type { UserCredential } from '../../checker/verdict.ts';

const ONE = { page: 1, pageSize: 1 };

export const peopleRoutes = (context: ApiContext): readonly Route[] => [
  me(context),
  ...accountRoutes(context),
  ...teamRoutes(context),
];

const me = ({ accounts }: ApiContext): Route =>
  endpoint({
    method: 'GET',
    path: '/v2/me',
    scopes: [],
    operationId: 'getMe',
    tag: 'Users',
    summary: 'The user of the calling token',
    description: 'What this server does not know of a user is null.',
    answer: { status: 200, description: 'The user.', schema: UserSchema },
    handle: async ({ caller }) => {
      const user = await accounts.reads.users.byId(caller.userId);
      if (user === null) throw notFound();
      return showUser(user);
    },
  });

/** The id must be that of the caller's account: every other one does not exist for it. */
function ownAccount(caller: UserCredential, id: string): string {
  if (caller.accountId !== id.toLowerCase()) throw notFound();
  return caller.accountId;
}

async function findAccount({ accounts }: ApiContext, caller: UserCredential) {
  const { reads } = accounts;
  const [account, teams] = await Promise.all([
    reads.accounts.ofMember(caller.accountId, caller.userId),
    reads.accounts.teamsOfAccount(caller.accountId, ONE),
  ]);
  return account === null ? null : showAccount(account, teams.total);
}

function accountRoutes(context: ApiContext): readonly Route[] {
  const { accounts } = context.accounts.reads;
  const shared = { tag: 'Accounts', scopes: ['account.read'] } as const;
  return [
    listEndpoint({
      ...shared,
      path: '/v2/accounts',
      operationId: 'listAccounts',
      summary: 'The account of the calling token, as a list',
      description: 'A token sees one account, its own, so the list has one entry.',
      answer: { status: 200, description: 'Accounts.', schema: AccountSchema },
      handle: async ({ caller, query, reply }) => {
        const account = await findAccount(context, caller);
        const page = pageOf(query, null);
        const found = pageOfWhole(account === null ? [] : [account], page);
        return sendPage(reply, { page, found, list: null }, (item) => item);
      },
    }),
    endpoint({
      ...shared,
      method: 'GET',
      path: '/v2/accounts/:id',
      operationId: 'getAccount',
      summary: 'One account',
      description: 'Every account but that of the calling token is not found.',
      answer: { status: 200, description: 'The account.', schema: AccountSchema },
      handle: async ({ caller, id }) => {
        ownAccount(caller, id);
        const account = await findAccount(context, caller);
        if (account === null) throw notFound();
        return account;
      },
    }),
    endpoint({
      ...shared,
      method: 'GET',
      path: '/v2/accounts/:id/membership',
      operationId: 'getAccountMembership',
      summary: "The user's place in an account",
      description:
        "`account`, `team` and `reviewer` are Frame.io's words for the role; `role` is the one of this server.",
      answer: { status: 200, description: 'The membership.', schema: MembershipSchema },
      handle: ({ caller, id }) => {
        ownAccount(caller, id);
        return showMembership(caller.role);
      },
    }),
    listEndpoint({
      path: '/v2/accounts/:id/teams',
      scopes: ['team.read'],
      tag: 'Teams',
      operationId: 'listAccountTeams',
      summary: 'The teams of an account',
      description: 'Every account has one team, with all of its members.',
      answer: { status: 200, description: 'Teams.', schema: TeamSchema },
      handle: async ({ caller, id, query, reply }) => {
        const page = pageOf(query, null);
        const found = await accounts.teamsOfAccount(ownAccount(caller, id), page);
        return sendPage(reply, { page, found, list: null }, showTeam);
      },
    }),
  ];
}

function teamRoutes(context: ApiContext): readonly Route[] {
  const { accounts } = context.accounts.reads;
  const shared = { tag: 'Teams', scopes: ['team.read'] } as const;
  const ownTeam = async (caller: UserCredential, id: string) => {
    const team = isUuid(id) ? await accounts.team(id.toLowerCase()) : null;
    if (team === null || team.accountId !== caller.accountId) throw notFound();
    return team;
  };
  return [
    listEndpoint({
      ...shared,
      path: '/v2/teams',
      operationId: 'listTeams',
      summary: "The teams of the token's account",
      description: 'The same as the teams of the account, without naming it.',
      answer: { status: 200, description: 'Teams.', schema: TeamSchema },
      handle: async ({ caller, query, reply }) => {
        const page = pageOf(query, null);
        const found = await accounts.teamsOfAccount(caller.accountId, page);
        return sendPage(reply, { page, found, list: null }, showTeam);
      },
    }),
    endpoint({
      ...shared,
      method: 'GET',
      path: '/v2/teams/:id',
      operationId: 'getTeam',
      summary: 'One team',
      description: 'Every team but that of the account of the calling token is not found.',
      answer: { status: 200, description: 'The team.', schema: TeamSchema },
      handle: async ({ caller, id }) => showTeam(await ownTeam(caller, id)),
    }),
    listEndpoint({
      ...shared,
      path: '/v2/teams/:id/members',
      operationId: 'listTeamMembers',
      summary: 'The members of a team',
      description: 'What members may see of each other.',
      answer: { status: 200, description: 'Members.', schema: MemberSchema },
      handle: async ({ caller, id, query, reply }) => {
        const { accountId } = await ownTeam(caller, id);
        const page = pageOf(query, null);
        const found = await accounts.members(accountId, page);
        return sendPage(reply, { page, found, list: null }, showMember);
      },
    }),
    endpoint({
      ...shared,
      method: 'GET',
      path: '/v2/teams/:id/membership',
      operationId: 'getTeamMembership',
      summary: "The user's place in a team",
      description: "In Frame.io's words: `team_manager` or `member`.",
      answer: { status: 200, description: 'The membership.', schema: TeamMembershipSchema },
      handle: async ({ caller, id }) => {
        await ownTeam(caller, id);
        return showTeamMembership(caller.role);
      },
    }),
  ];
}
