/** Rows to records: the only place that knows both spellings. */
import type { Selectable } from 'kysely';
import type { Account, Proof, Session, Team, User } from '../identity/types.ts';
import type { Event } from '../audit/event.ts';
import type { DeveloperToken } from '../developer-tokens/types.ts';
import type { OutboxEntry } from '../mail/ports.ts';
import { joinScopes, splitScopes } from '../catalogue/catalogue.ts';
import type { ScopedHandle } from './engine.ts';
import type { Schema } from './schema.ts';

type Row<Table extends keyof Schema> = Selectable<Schema[Table]>;

/** `{ created_at: 1 }` to `{ createdAt: 1 }`, by type and by value. */
type Camel<Text extends string> = Text extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<Camel<Tail>>}`
  : Text;
type CamelKeys<Value> = { [Key in keyof Value & string as Camel<Key>]: Value[Key] };

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

/** Renames keys for a statement; the caller's type says which columns those are. */
export function toSnake(record: object): Record<string, unknown> {
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
export const toSession = (row: Row<'sessions'>): Session => toCamel(row);
export function toProof(row: Row<'proofs'>): Proof {
  const { epoch: _epoch, ...proof } = toCamel(row);
  return proof;
}

export function toEvent(row: Row<'events'>): Event {
  // Written by `append` from an Event, so the narrow types hold.
  return { ...toCamel(row), details: JSON.parse(row.details) } as Event;
}

export const tokenReader =
  ({ formerNames }: Pick<ScopedHandle, 'formerNames'>) =>
  (row: Row<'developer_tokens'>): DeveloperToken => {
    const { groupId: _groupId, ...token } = toCamel(row);
    return { ...token, scopes: formerNames.currentOf(splitScopes(row.scopes)) };
  };

export function fromToken(token: DeveloperToken): Row<'developer_tokens'> {
  const row = { ...toSnake(token), scopes: joinScopes(token.scopes) };
  return row as Row<'developer_tokens'>;
}

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
