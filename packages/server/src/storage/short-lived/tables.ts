/** Tables of rows that end at `expires_at`. One line in each of the two lists makes a table part of the program. */
import type { Migration } from 'kysely';
import { deleteOver } from '../delete-over.ts';
import { isUntil } from '../ended.ts';
import type { Handle, ScopedHandle } from '../engine.ts';
import type { MigrationDialect } from '../migrations/table.ts';
import { appOffers, type AppOfferRow } from './app-offers.ts';
import { interactions, type InteractionRow } from './interactions.ts';
import { returns, type ReturnRow } from './returns.ts';
import { sentForms, type SentFormRow } from './sent-forms.ts';

/** Their part of the schema. */
export interface ShortLivedSchema {
  returns: ReturnRow;
  app_offers: AppOfferRow;
  sent_forms: SentFormRow;
  interactions: InteractionRow;
}

/** By their names in the database, in the order in which they are purged. */
const TABLES = {
  returns,
  app_offers: appOffers,
  sent_forms: sentForms,
  interactions,
} satisfies {
  readonly [Table in keyof ShortLivedSchema]: { readonly table: Table };
};

type Tables = typeof TABLES;
export type ShortLivedTableName = keyof ShortLivedSchema;

// The keys of the list above, and no others.
export const SHORT_LIVED_TABLES = Object.keys(TABLES) as ShortLivedTableName[];

/** A store for each, under its name. */
export type ShortLivedStores = {
  readonly [Table in ShortLivedTableName as Tables[Table]['name']]: ReturnType<
    Tables[Table]['store']
  >;
};

export function shortLivedStores(handle: ScopedHandle): ShortLivedStores {
  const stores: object = Object.fromEntries(
    Object.values(TABLES).map(({ name, store }) => [name, store(handle)]),
  );
  // The names and stores are those of the type.
  return stores as ShortLivedStores;
}

export const shortLivedMigrations = (dialect: MigrationDialect): Record<string, Migration> =>
  Object.assign({}, ...Object.values(TABLES).map(({ migrations }) => migrations(dialect)));

type PersonalData = { readonly [Table in ShortLivedTableName]: Tables[Table]['personalData'] };

export const SHORT_LIVED_DATA = Object.fromEntries(
  Object.values(TABLES).map(({ table, personalData }) => [table, personalData]),
) as PersonalData;

/** Deletes what ended, and answers how many rows went. */
export const purgeShortLived = (
  handle: Handle,
  table: ShortLivedTableName,
  now: number,
): Promise<number> =>
  deleteOver(handle, {
    table,
    key: TABLES[table].personalData.key,
    over: [isUntil('expires_at', now)],
  });
