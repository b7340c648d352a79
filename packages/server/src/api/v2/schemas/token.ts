import { Type } from 'typebox';
import type { ActiveCredential } from '../../../checker/verdict.ts';
import { stateOf, type DeveloperToken, type TokenState } from '../../../developer-tokens/types.ts';
import { missingScopes, type Catalogue } from '../../../catalogue/catalogue.ts';
import { isoTime, isoTimeOrNull } from '../iso-time.ts';
import { resource, Text, TextOrNull, Texts, Time, TimeOrNull } from './shapes.ts';

const STATES: readonly TokenState[] = [
  'active',
  'disabled',
  'expiring',
  'expired',
  'revoked',
  'exposed',
];
const State = Type.Unsafe<string>({ type: 'string', enum: STATES });

const described = (description: string) => Type.Array(Type.String(), { description });

const CALLING_TYPES = ['developer_token', 'access_token'] as const;

/** The calling token as the checker sees it: of a person, or of an app. */
export const CallingTokenSchema = resource('CallingToken', CALLING_TYPES, {
  id: Text,
  description: Text,
  client_id: TextOrNull,
  user_id: TextOrNull,
  account_id: Text,
  role: TextOrNull,
  state: State,
  scopes: described('What the token may do now.'),
  token_scopes: described('What the token was given.'),
  missing_by_role: described("What the token was given and its user's role withholds."),
  inserted_at: Time,
  expires_at: TimeOrNull,
});

const ALIVE = { disabledAt: null, revokedAt: null, exposedAt: null };
const NOTHING: readonly string[] = [];

interface Catalogued {
  readonly catalogue: Catalogue;
}

/** A service has no role; its owner's withholds what it may not do. */
function withheldByRole(caller: ActiveCredential, { catalogue }: Catalogued) {
  const missing = missingScopes(caller.tokenScopes, caller.scopes);
  const held = catalogue.heldBy(caller.role);
  return missing.filter((name) => catalogue.get(name) !== undefined && !held.has(name));
}

export const showCallingToken = (
  caller: ActiveCredential,
  { now, ...catalogued }: Catalogued & { readonly now: number },
) => ({
  _type: caller.app === null ? CALLING_TYPES[0] : CALLING_TYPES[1],
  id: caller.id,
  description: caller.description,
  client_id: caller.app?.id ?? null,
  user_id: caller.userId,
  account_id: caller.accountId,
  role: caller.role,
  state: stateOf({ ...ALIVE, createdAt: caller.createdAt, expiresAt: caller.expiresAt }, now),
  scopes: caller.scopes,
  token_scopes: caller.tokenScopes,
  missing_by_role:
    caller.scopes.length === caller.tokenScopes.length
      ? NOTHING
      : withheldByRole(caller, catalogued),
  inserted_at: isoTime(caller.createdAt),
  expires_at: isoTimeOrNull(caller.expiresAt),
});

const fields = {
  id: Text,
  description: Text,
  user_id: Text,
  account_id: Text,
  state: State,
  scopes: Texts,
  expires_at: TimeOrNull,
  disabled_at: TimeOrNull,
  revoked_at: TimeOrNull,
  exposed_at: TimeOrNull,
  last_used_at: TimeOrNull,
  last_used_ip_address: TextOrNull,
  last_used_user_agent: TextOrNull,
  replaces_id: TextOrNull,
  replaced_by_id: TextOrNull,
  made_by_id: TextOrNull,
  inserted_at: Time,
  updated_at: Time,
};

export const TokenSchema = resource('DeveloperToken', 'developer_token', fields);

export const NewTokenSchema = resource('CreatedDeveloperToken', 'developer_token', {
  ...fields,
  token: Type.String({ description: 'The credential. It is never shown again.' }),
});

export const showToken = (token: DeveloperToken, now: number) => ({
  _type: 'developer_token',
  id: token.id,
  description: token.description,
  user_id: token.userId,
  account_id: token.accountId,
  state: stateOf(token, now),
  scopes: token.scopes,
  expires_at: isoTimeOrNull(token.expiresAt),
  disabled_at: isoTimeOrNull(token.disabledAt),
  revoked_at: isoTimeOrNull(token.revokedAt),
  exposed_at: isoTimeOrNull(token.exposedAt),
  last_used_at: isoTimeOrNull(token.lastUsedAt),
  last_used_ip_address: token.lastUsedAddress,
  last_used_user_agent: token.lastUsedAgent,
  replaces_id: token.replacesId,
  replaced_by_id: token.replacedById,
  made_by_id: token.madeById,
  inserted_at: isoTime(token.createdAt),
  updated_at: isoTime(token.updatedAt),
});
