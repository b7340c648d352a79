/** Deleted apps whose grants are still to end: for reads, to which such grants are over. */
import { sql, type RawBuilder } from 'kysely';

/** Ids of deleted apps of which grants may be live in their rows: none, nearly always. An index holds just these. */
const endingApps = sql`(select id from apps where deleted_at is not null and grants_ended_at is null)`;

/** Of a column that names an app. */
export const isOfEndingApp = (column: string): RawBuilder<boolean> =>
  sql<boolean>`${sql.ref(column)} in ${endingApps}`;

export const isOfNoEndingApp = (column: string): RawBuilder<boolean> =>
  sql<boolean>`${sql.ref(column)} not in ${endingApps}`;
