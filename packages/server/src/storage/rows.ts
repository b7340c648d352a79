/** Rows to records: the only place that knows both spellings. */
import type { InsertType, Selectable } from 'kysely';
import type { Account, Proof, Session, Team, User } from '../identity/types.ts';
import type { Event } from '../audit/event.ts';
import type { DeveloperToken } from '../developer-tokens/types.ts';
import type { OutboxEntry } from '../mail/ports.ts';
import { joinScopes, splitScopes } from '../catalogue/catalogue.ts';
import type { ScopedHandle } from './engine.ts';
import type { Schema } from './schema.ts';
import { readAmr } from './session-proofs.ts';
import { readResources, writeResources } from './stored-resources.ts';

type Row<Table extends keyof Schema> = Selectable<Schema[Table]>;

/** `{ created_at: 1 }` to `{ createdAt: 1 }`, by type and by value. */
type Camel<Text extends string> = Text extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<Camel<Tail>>}`
  : Text;
type CamelKeys<Value> = { [Key in keyof Value as Camel<Key & string>]: Value[Key] };

const camel = remembering((name) =>
  name.replace(/_([a-z])/g, (_match, letter: string) => letter.toUpperCase()),
);
const snake = remembering((name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`));

/** For names of columns, of which the schema has a few dozen. */
function remembering(spell: (name: string) => string): (name: string) => string {
  const known = new Map<string, string>();
  return (name) => {
    let spelt = known.get(name);
    if (spelt === undefined) known.set(name, (spelt = spell(name)));
    return spelt;
  };
}

export function toCamel<Value extends object>(row: Value): CamelKeys<Value> {
  const record: Record<string, unknown> = {};
  for (const name of Object.keys(row)) record[camel(name)] = row[name as keyof Value];
  return record as CamelKeys<Value>;
}

/** Columns that the database fills when an insert leaves them out. */
type Filled<Table extends keyof Schema> = {
  [Column in keyof Schema[Table]]: undefined extends InsertType<Schema[Table][Column]>
    ? Column
    : never;
}[keyof Schema[Table]] &
  keyof Row<Table>;

/** A row to insert. Unlike Kysely's `Insertable` it must have the nullable columns too: one left out would be forgotten. */
export type NewRow<Table extends keyof Schema> = Omit<Row<Table>, Filled<Table>> &
  Partial<Pick<Row<Table>, Filled<Table>>>;

/** Forbids fields that are no column: TypeScript lets a variable, or what is spread, have more than is asked for. */
type Known<Given, Columns> = { [Name in Exclude<keyof Given, keyof Columns>]: never };

/** A record whose fields are stored as they are. Compiles when it has every column of the table, and nothing else. */
export function newRow<Table extends keyof Schema, Given extends CamelKeys<NewRow<Table>>>(
  _table: Table,
  record: Given & Known<Given, CamelKeys<Row<Table>>>,
): NewRow<Table> {
  // The type of the record has the names of the columns, in the other spelling.
  return toSnake(record) as NewRow<Table>;
}

export type ChangedRow<Table extends keyof Schema> = Partial<Row<Table>>;
type Changes<Columns> = { readonly [Name in keyof Columns]?: Columns[Name] | undefined };

/** Columns of those fields that are there. Compiles when every field is a column of the table. */
export function changedRow<
  Table extends keyof Schema,
  Given extends Changes<CamelKeys<Row<Table>>>,
>(_table: Table, record: Given & Known<Given, CamelKeys<Row<Table>>>): ChangedRow<Table> {
  return toSnake(record) as ChangedRow<Table>;
}

function toSnake(record: object): Record<string, unknown> {
  const row: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(record)) {
    if (value !== undefined) row[snake(name)] = value;
  }
  return row;
}

export function toUser(row: Row<'users'>): User {
  const { searchName: _searchName, proofEpoch: _proofEpoch, ...user } = toCamel(row);
  return { ...user, isOperator: row.is_operator === 1 };
}

export const toAccount = (row: Row<'accounts'>): Account => toCamel(row);
export const toTeam = (row: Row<'teams'>): Team => toCamel(row);

export function toSession(row: Row<'sessions'>): Session {
  const { provedAt: _provedAt, provedBy: _provedBy, ...session } = toCamel(row);
  return { ...session, amr: readAmr(row) };
}

export function toProof(row: Row<'proofs'>): Proof {
  const { epoch: _epoch, ...proof } = toCamel(row);
  return proof;
}

export function toEvent(row: Row<'events'>): Event {
  // Written by `fromEvent`.
  const details: Event['details'] = JSON.parse(row.details);
  return { ...toCamel(row), details };
}

export const fromEvent = (event: Event): NewRow<'events'> =>
  newRow('events', { ...event, details: JSON.stringify(event.details) });

export const tokenReader =
  ({ catalogues }: Pick<ScopedHandle, 'catalogues'>) =>
  (row: Row<'developer_tokens'>): DeveloperToken => {
    const { groupId: _groupId, ...token } = toCamel(row);
    return {
      ...token,
      scopes: catalogues.current().formerNames.currentOf(splitScopes(row.scopes)),
      resources: readResources({ catalogues }, row.resources),
    };
  };

export const fromToken = (
  names: Pick<ScopedHandle, 'catalogues'>,
  token: DeveloperToken,
): NewRow<'developer_tokens'> =>
  newRow('developer_tokens', {
    ...token,
    scopes: joinScopes(token.scopes),
    resources: writeResources(names, token.resources),
  });

export function toEntry(row: Row<'outbox'>): OutboxEntry {
  return { ...toCamel(row), notice: readNotice(row.notice) };
}

/** A row that was damaged must not keep the others from being read. */
export function readNotice(text: string): OutboxEntry['notice'] {
  try {
    const read: unknown = JSON.parse(text);
    // Written by `enqueue` from a Notice, so one with these two is one.
    if (hasText(read, 'kind') && hasText(read, 'to')) return read as OutboxEntry['notice'];
  } catch {
    // Told by the answer.
  }
  return { kind: 'unreadable', to: '' };
}

const hasText = (value: unknown, name: string): boolean =>
  typeof value === 'object' && value !== null && typeof Reflect.get(value, name) === 'string';
