/** How a table says what it holds about a person: what an export gives of it, and what an erasure leaves of it. */
import { sql, type RawBuilder } from 'kysely';
import type { PersonalSubject } from '../../identity/accounts/personal-data.ts';
import type { Schema } from '../schema.ts';

export type Condition = (subject: PersonalSubject) => RawBuilder<boolean>;

/** Columns that an export gives, and why it does not give the others. Nothing is exported that is not named. */
export interface Exported<Column extends string> {
  /** Its name in the file. */
  readonly section: string;
  /** The order in which rows are read, page by page: unique among the rows of one person. */
  readonly order: readonly Column[];
  readonly columns: readonly Column[];
  readonly leftOut?: Readonly<Partial<Record<Column, string>>>;
}

export type Erasure<Column extends string> =
  /** The rows go. */
  | { readonly kind: 'delete' }
  /** The rows stay, and these columns lose what they held. */
  | { readonly kind: 'clear'; readonly set: Readonly<Partial<Record<Column, RawBuilder<unknown>>>> }
  /** Done by `personal-data/erasure.ts` itself, because the database cannot tell what is personal. */
  | { readonly kind: 'by-hand' }
  | { readonly kind: 'keep'; readonly because: string };

export interface TableOfPerson<Column extends string = string> {
  readonly key: readonly Column[];
  /** Which rows are about a person; `null`: none can be told to be. */
  readonly belongs: Condition | null;
  readonly exported: Exported<Column> | { readonly notExported: string };
  readonly erasure: Erasure<Column>;
}

export type Tables = {
  readonly [Table in keyof Schema]: TableOfPerson<keyof Schema[Table] & string>;
};

export const ofUser: Condition = ({ id }) => sql`user_id = ${id}`;
/** Rows of what the person allowed apps: found by their grant, which has an index. */
export const ofGrants: Condition = ({ id }) =>
  sql`grant_id in (select id from grants where user_id = ${id})`;
export const ofOwner: Condition = ({ id }) => sql`owner_id = ${id}`;
export const ofTokens: Condition = ({ id }) =>
  sql`token_id in (select id from developer_tokens where user_id = ${id})`;

export const HASH = 'the hash of a secret';
export const KEY = 'tells a repeated form from a new one, and says nothing';
export const OF_THE_SEARCH = 'the name as the search compares it';
export const OF_THE_LIST = 'which rows hold the same scopes, and says nothing else';
export const ERASED_NAME = 'Erased person';
export const text = (value: string): RawBuilder<unknown> => sql`${value}`;
export const nothing = sql`null`;
export const ownId = sql`id`;
