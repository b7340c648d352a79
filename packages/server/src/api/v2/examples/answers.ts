/** What each component of the document looks like in an answer, in the scopes and the prefix of this installation. */
import type { ApiContext } from '../../api-context.ts';
import { exampleOfSaid } from '../schemas/app-fields.ts';
import { scopesOf } from './bodies.ts';

const USER = '5f0b1e9c-7c1d-4f0e-9a35-2f6d1f3c8b21';
const ACCOUNT = 'c2a7c7f4-63a0-4d53-8a7e-0f2f6b8f9d10';
const APP = 'b53e09e2-ef13-4755-86cc-e6387fcce8a8';
const TOKEN = 'PDSk2FjF37KH';
const MAKER = 'U71dZlZ4s7MU';
const SECRET = '7k2VkMThg1Pp';
const ADDRESS = '203.0.113.7';
const MADE = '2026-11-24T08:12:04.000Z';
const USED = '2026-11-28T06:30:00.000Z';
const ENDS = '2026-12-24T08:12:04.000Z';

/** The ids that stand in the answers, for the paths of the requests. */
export const IDS = {
  account: ACCOUNT,
  app: APP,
  grant: '3d1c0f5e-2b57-4a4c-9f0a-6d3a4f1b7c92',
  secret: SECRET,
  team: '0d47d338-6a89-4f94-a5a9-2044ff282791',
  token: TOKEN,
  user: USER,
} as const;

const OWNED = { user_id: USER, account_id: ACCOUNT };
const DATES = { inserted_at: MADE, updated_at: MADE };
const NO_PICTURE = {
  image_32: null,
  image_64: null,
  image_128: null,
  image_256: null,
  profile_image: null,
};

const user = {
  _type: 'user',
  id: USER,
  account_id: ACCOUNT,
  email: 'ada@example.com',
  name: 'Ada Example',
  bio: null,
  context: null,
  deleted_at: null,
  digest_frequency: null,
  email_confirm_by: null,
  email_preferences: null,
  features_seen: null,
  first_login_at: MADE,
  from_google: false,
  ...NO_PICTURE,
  profile_image_original: null,
  joined_via: null,
  last_seen: USED,
  location: 'Lisbon',
  mfa_enforced_at: null,
  next_digest_date: null,
  phone: null,
  timezone_value: null,
  upload_url: null,
  user_default_color: null,
  user_hash: null,
  roles: { id: USER, admin: false, sales: false, support: false },
  ...DATES,
};

const member = {
  _type: 'user',
  id: USER,
  account_id: ACCOUNT,
  email: 'ada@example.com',
  name: 'Ada Example',
  bio: null,
  location: 'Lisbon',
  deleted_at: null,
  ...NO_PICTURE,
  role: 'owner',
  ...DATES,
};

const account = {
  _type: 'account',
  id: ACCOUNT,
  display_name: "Ada Example's account",
  owner: { _type: 'user', id: USER, email: 'ada@example.com', name: 'Ada Example' },
  owner_id: USER,
  plan: { _type: 'plan', name: 'default' },
  storage: 0,
  member_count: 3,
  collaborator_count: 0,
  team_count: 1,
  deleted_at: null,
  ...DATES,
};

const team = {
  _type: 'team',
  id: IDS.team,
  account_id: ACCOUNT,
  name: "Ada Example's team",
  deleted_at: null,
  image_64: null,
  ...DATES,
};

const event = {
  _type: 'audit',
  id: '01a2222b-9351-7000-a8a6-992959c9b16f',
  ...OWNED,
  actor_id: USER,
  event_type: 'user_token_created',
  action: 'user_token_created',
  event_details: { description: 'Nightly export', expires_at: Date.parse(ENDS) / 1000 },
  resource_id: TOKEN,
  resource_type: 'user_token',
  item_id: TOKEN,
  item_type: 'user_token',
  resource: { _type: 'user_token', id: TOKEN },
  source: 'api',
  client: `user_token/${MAKER}`,
  ip_address: ADDRESS,
  ...DATES,
};

const token = (scopes: readonly string[]) => ({
  _type: 'developer_token',
  id: TOKEN,
  description: 'Nightly export',
  ...OWNED,
  state: 'active',
  scopes,
  expires_at: ENDS,
  disabled_at: null,
  revoked_at: null,
  exposed_at: null,
  last_used_at: USED,
  last_used_ip_address: ADDRESS,
  last_used_user_agent: 'curl/8.14.1',
  replaces_id: null,
  replaced_by_id: null,
  made_by_id: MAKER,
  ...DATES,
});

const UNUSED = { last_used_at: null, last_used_ip_address: null, last_used_user_agent: null };

const callingToken = (scopes: readonly string[]) => ({
  _type: 'developer_token',
  id: TOKEN,
  description: 'Nightly export',
  client_id: null,
  ...OWNED,
  role: 'owner',
  state: 'active',
  scopes,
  token_scopes: scopes,
  missing_by_role: [],
  inserted_at: MADE,
  expires_at: ENDS,
});

const app = (scopes: readonly string[]) => ({
  _type: 'oauth_app',
  id: APP,
  ...OWNED,
  app_type: 'web',
  ...exampleOfSaid(),
  scopes,
  may_introspect: false,
  state: 'active',
  users_connected: 12,
  disabled_at: null,
  ...DATES,
});

const grant = (scopes: readonly string[]) => ({
  _type: 'oauth_grant',
  id: IDS.grant,
  client_id: APP,
  ...OWNED,
  app_name: 'Cutting Room',
  app_type: 'web',
  app_homepage_url: 'https://app.example.com',
  app_active: true,
  scopes,
  declined_scopes: [],
  persistent: false,
  calls_in_30_days: 48,
  last_used_at: USED,
  ...DATES,
});

const secret = {
  _type: 'client_secret',
  id: SECRET,
  client_id: APP,
  last_used_at: USED,
  inserted_at: MADE,
};

/** By the name of the component. */
export function answerExamples(context: ApiContext): ReadonlyMap<string, object> {
  const { tokenPrefix } = context.config.brand;
  const scopes = scopesOf(context);
  // Of the length of a credential, and without a checksum that holds: nobody takes it for a real one.
  const value = (kind: string, id: string) => `${tokenPrefix}_${kind}_${id}${'x'.repeat(36)}`;
  return new Map<string, object>(
    Object.entries({
      User: user,
      Member: member,
      Account: account,
      Membership: {
        _type: 'membership',
        account: 'owner',
        team: 'team_manager',
        reviewer: false,
        role: 'owner',
      },
      Team: team,
      TeamMembership: { _type: 'team_membership', role: 'team_manager' },
      AuditEvent: event,
      CallingToken: callingToken(scopes),
      DeveloperToken: token(scopes),
      CreatedDeveloperToken: { ...token(scopes), ...UNUSED, token: value('pat', TOKEN) },
      OAuthApp: app(scopes),
      CreatedOAuthApp: {
        ...app(scopes),
        users_connected: 0,
        client_secret: value('cs', SECRET),
      },
      OAuthGrant: grant(scopes),
      ClientSecret: secret,
      CreatedClientSecret: {
        ...secret,
        last_used_at: null,
        client_secret: value('cs', SECRET),
      },
    }),
  );
}
