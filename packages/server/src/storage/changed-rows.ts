/** For statements that end or change credentials: the ids that they return, and the facts that come of them. */
import type { AccessFact } from '../changes/changes.ts';
import { noteChanges } from './access-changes.ts';
import type { Database } from './engine.ts';
import type { OAuthSchema } from './oauth-schema.ts';
import type { Schema } from './schema.ts';
import type { Selectable } from 'kysely';

/** Notes what was changed and answers how many rows that were. */
type Note<Row> = (db: Database, rows: readonly Row[]) => number;

const noting =
  <Row>(toFact: (row: Row) => AccessFact): Note<Row> =>
  (db, rows) => {
    noteChanges(db, rows.map(toFact));
    return rows.length;
  };

export const TOKEN_IDS = ['id', 'user_id', 'account_id'] as const;

export const noteTokens = noting(
  (row: Pick<Selectable<Schema['developer_tokens']>, (typeof TOKEN_IDS)[number]>): AccessFact => ({
    kind: 'developer_token',
    tokenId: row.id,
    userId: row.user_id,
    accountId: row.account_id,
  }),
);

export const SECRET_IDS = ['id', 'app_id'] as const;

export const noteSecrets = noting(
  (
    row: Pick<Selectable<OAuthSchema['client_secrets']>, (typeof SECRET_IDS)[number]>,
  ): AccessFact => ({
    kind: 'secret',
    secretId: row.id,
    clientId: row.app_id,
  }),
);
