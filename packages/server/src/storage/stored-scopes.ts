import { joinScopes, splitScopes } from '../catalogue/catalogue.ts';
import type { Database, ScopedHandle } from './engine.ts';

interface Asked {
  readonly table: 'developer_tokens' | 'authorization_codes' | 'token_families';
  readonly id: string;
  /** As the row was read: present names. */
  readonly scopes: readonly string[];
}

/**
 * The column as it is stored, for a statement that changes the row only while it still says the same. A row may have it in
 * former names. What no longer means `scopes` is not found by the answer.
 */
export async function storedScopes(
  db: Database,
  { catalogues }: Pick<ScopedHandle, 'catalogues'>,
  { table, id, scopes }: Asked,
): Promise<string> {
  const { formerNames } = catalogues.current();
  const present = joinScopes(scopes);
  if (formerNames.isEmpty) return present;
  const row = await db.selectFrom(table).select('scopes').where('id', '=', id).executeTakeFirst();
  const stored = row?.scopes ?? present;
  return joinScopes(formerNames.currentOf(splitScopes(stored))) === present ? stored : present;
}
