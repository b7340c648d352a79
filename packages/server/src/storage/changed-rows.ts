/** For statements that end or change access: the ids that they return, and the facts that come of them. */
import type { Selectable } from 'kysely';
import type { AccessFact } from '../changes/changes.ts';
import { noteChanges } from './access-changes.ts';
import type { Database } from './engine.ts';
import type { Schema } from './schema.ts';

type Ids<Table extends keyof Schema, Column extends keyof Schema[Table]> = Pick<
  Selectable<Schema[Table]>,
  Column & keyof Selectable<Schema[Table]>
>;

/** Notes the rows that were changed and answers how many they are. */
const noting =
  <Row>(toFact: (row: Row) => AccessFact) =>
  (db: Database, rows: readonly Row[]): number => {
    noteChanges(db, rows.map(toFact));
    return rows.length;
  };

export const TOKEN_IDS = ['id', 'user_id', 'account_id'] as const;
type TokenIds = Ids<'developer_tokens', (typeof TOKEN_IDS)[number]>;

export const noteTokens = noting<TokenIds>((row) => ({
  kind: 'developer_token',
  tokenId: row.id,
  userId: row.user_id,
  accountId: row.account_id,
}));

export const ACCESS_TOKEN_IDS = ['id', 'client_id', 'family_id', 'user_id', 'account_id'] as const;
type AccessTokenIds = Ids<'access_tokens', (typeof ACCESS_TOKEN_IDS)[number]>;

export const noteAccessTokens = noting<AccessTokenIds>((row) => ({
  kind: 'access_token',
  tokenId: row.id,
  clientId: row.client_id,
  familyId: row.family_id,
  userId: row.user_id,
  accountId: row.account_id,
}));

export const FAMILY_IDS = ['id', 'grant_id', 'client_id', 'user_id', 'account_id'] as const;
type FamilyIds = Ids<'token_families', (typeof FAMILY_IDS)[number]>;

export const noteFamilies = noting<FamilyIds>((row) => ({
  kind: 'family',
  familyId: row.id,
  grantId: row.grant_id,
  clientId: row.client_id,
  userId: row.user_id,
  accountId: row.account_id,
}));

export const GRANT_IDS = ['id', 'client_id', 'user_id', 'account_id'] as const;
type GrantIds = Ids<'grants', (typeof GRANT_IDS)[number]>;

export const noteGrants = noting<GrantIds>((row) => ({
  kind: 'grant',
  grantId: row.id,
  clientId: row.client_id,
  userId: row.user_id,
  accountId: row.account_id,
}));

export const SECRET_IDS = ['id', 'app_id'] as const;
type SecretIds = Ids<'client_secrets', (typeof SECRET_IDS)[number]>;

export const noteSecrets = noting<SecretIds>((row) => ({
  kind: 'secret',
  secretId: row.id,
  clientId: row.app_id,
}));

export const noteClient = (db: Database, clientId: string): void =>
  noteChanges(db, [{ kind: 'client', clientId }]);

export const noteUser = (db: Database, userId: string): void =>
  noteChanges(db, [{ kind: 'user', userId }]);

export const noteMembership = (
  db: Database,
  { userId, accountId }: { readonly userId: string; readonly accountId: string },
): void => noteChanges(db, [{ kind: 'membership', userId, accountId }]);
