/**
 * Changes of access. Stores note facts while they write; the write that they are part of ends with giving them their positions.
 * The row of the counter stays locked until the commit, so positions are in the order of commits, and what is rolled back
 * leaves no gap. Nothing is locked by a write that notes nothing.
 */
import { sql, type Selectable } from 'kysely';
import type { AccessChange, AccessFact, ChangeKind } from '../changes/changes.ts';
import type { ChangeStore } from '../changes/ports.ts';
import type { Clock } from '../kit/clock.ts';
import { compiled, inserting } from './compiled.ts';
import { deleteOver } from './delete-over.ts';
import { isBefore } from './ended.ts';
import type { Database, Engine, Handle } from './engine.ts';
import type { Schema } from './schema.ts';

const notedIn = new WeakMap<Database, AccessFact[]>();

/** For stores: what their statements changed, within a write. */
export function noteChanges(db: Database, facts: readonly AccessFact[]): void {
  const noted = notedIn.get(db);
  if (noted === undefined) throw new TypeError('a change of access is noted within a write');
  noted.push(...facts);
}

/** Runs a write and answers what it noted. */
export async function collectChanges<Result>(
  db: Database,
  work: (db: Database) => Promise<Result>,
): Promise<{ readonly result: Result; readonly noted: readonly AccessFact[] }> {
  const noted: AccessFact[] = [];
  notedIn.set(db, noted);
  try {
    return { result: await work(db), noted };
  } finally {
    notedIn.delete(db);
  }
}

export interface ChangeWriting {
  readonly clock: Clock;
  /** Called after a commit with what it changed, before whoever wrote it is answered. */
  readonly onChanges: (changes: readonly AccessChange[]) => void;
}

/** Writes of an engine, each of which ends with the facts that it noted. */
export function writingChanges(
  engine: Engine,
  { clock, onChanges }: ChangeWriting,
): Handle['write'] {
  const append = engine.name === 'postgres' ? appendOnPostgres : appendOnSqlite;

  async function writeAndAppend<Result>(db: Database, work: (db: Database) => Promise<Result>) {
    const { result, noted } = await collectChanges(db, work);
    if (noted.length === 0) return { result, changes: [] };
    const rows = distinct(noted).map((fact) => rowOf(fact, clock()));
    const first = (await append(db, rows)) - rows.length + 1;
    return { result, changes: rows.map((row, at) => toChange({ ...row, position: first + at })) };
  }

  return async (work, options) => {
    const { result, changes } = await engine.write((db) => writeAndAppend(db, work), options);
    if (changes.length > 0) onChanges(changes);
    return result;
  };
}

const distinct = (facts: readonly AccessFact[]): readonly AccessFact[] => [
  ...new Map(facts.map((fact) => [JSON.stringify(fact), fact])).values(),
];

type Row = Selectable<Schema['access_changes']>;
type NewRow = Omit<Row, 'position'>;

const COLUMNS = {
  tokenId: 'token_id',
  familyId: 'family_id',
  grantId: 'grant_id',
  clientId: 'client_id',
  secretId: 'secret_id',
  userId: 'user_id',
  accountId: 'account_id',
} as const;

type IdName = keyof typeof COLUMNS;

/** Which ids say what changed. */
const IDS: Readonly<Record<ChangeKind, readonly IdName[]>> = {
  developer_token: ['tokenId', 'userId', 'accountId'],
  access_token: ['tokenId', 'clientId', 'accountId', 'familyId', 'userId'],
  family: ['familyId', 'grantId', 'clientId', 'userId', 'accountId'],
  grant: ['grantId', 'clientId', 'userId', 'accountId'],
  client: ['clientId'],
  secret: ['secretId', 'clientId'],
  user: ['userId'],
  membership: ['userId', 'accountId'],
};

function rowOf(fact: AccessFact, at: number): NewRow {
  const ids: Readonly<Partial<Record<IdName, string | null>>> = fact;
  return {
    kind: fact.kind,
    token_id: ids.tokenId ?? null,
    family_id: ids.familyId ?? null,
    grant_id: ids.grantId ?? null,
    client_id: ids.clientId ?? null,
    secret_id: ids.secretId ?? null,
    user_id: ids.userId ?? null,
    account_id: ids.accountId ?? null,
    resource_id: null,
    written_at: at,
  };
}

const isKnown = (kind: string): kind is ChangeKind => Object.hasOwn(IDS, kind);

function toChange(row: Row): AccessChange {
  const { kind, position, written_at: at } = row;
  if (!isKnown(kind)) return { kind: 'unknown', position, at };
  const ids = Object.fromEntries(IDS[kind].map((name) => [name, row[COLUMNS[name]]]));
  // Which ids belong to which kind is written in `IDS`, by which the row was made.
  return { kind, ...ids, position, at } as AccessChange;
}

const COUNTER = 1;

const takePositions = compiled<{ count: number }, { position: number }>((db, value) =>
  db
    .updateTable('access_counter')
    .set((eb) => ({ position: eb('position', '+', value('count')) }))
    .where('id', '=', COUNTER)
    .returning('position'),
);

/** Answers the position of the last. */
async function appendOnSqlite(db: Database, rows: readonly NewRow[]): Promise<number> {
  const [taken] = (await takePositions(db, { count: rows.length })).rows;
  if (taken === undefined) throw new Error('the counter of changes is gone');
  const { position: last } = taken;
  const first = last - rows.length + 1;
  for (const [at, row] of rows.entries()) await insertChange(db, { ...row, position: first + at });
  return last;
}

const insertChange = inserting('access_changes');

/** One statement, so that the counter is locked for no round trip but that of the commit. */
async function appendOnPostgres(db: Database, rows: readonly NewRow[]): Promise<number> {
  const names = Object.keys(rows[0] ?? {}) as readonly (keyof NewRow)[];
  const columns = sql.join(names.map((name) => sql.ref(name)));
  const arrays = names.map((name) => {
    const type = name === 'written_at' ? sql`bigint[]` : sql`text[]`;
    return sql`${rows.map((row) => row[name])}::${type}`;
  });
  const result = await sql<{ position: number }>`
    with taken as (
      update access_counter set position = position + ${rows.length} where id = ${COUNTER} returning position
    )
    insert into access_changes (position, ${columns})
    select taken.position - ${rows.length} + change.ordinality, ${columns}
    from taken, unnest(${sql.join(arrays)}) with ordinality as change (${columns}, ordinality)
    returning position
  `.execute(db);
  return Math.max(...result.rows.map(({ position }) => position));
}

interface Asked {
  readonly position: number;
  readonly most: number;
}

type Found = { readonly newest: number } & { readonly [Name in keyof Row]: Row[Name] | null };

/** One row at least, for the newest position. */
const changesAfter = compiled<Asked, Found>((db, value) =>
  db
    .selectFrom('access_counter as counter')
    .leftJoin(
      (eb) =>
        eb
          .selectFrom('access_changes')
          .selectAll()
          .where('position', '>', value('position'))
          .orderBy('position')
          .limit(value('most'))
          .as('change'),
      (join) => join.onTrue(),
    )
    .where('counter.id', '=', COUNTER)
    .selectAll('change')
    .select('counter.position as newest')
    .orderBy('change.position'),
);

const isChange = (found: Found): found is Found & Row => found.position !== null;

export const changeStore = (handle: Handle): ChangeStore => ({
  async newest() {
    const counter = await handle.read
      .selectFrom('access_counter')
      .select('position')
      .where('id', '=', COUNTER)
      .executeTakeFirstOrThrow();
    return counter.position;
  },
  async after(position, most) {
    const { rows } = await changesAfter(handle.read, { position, most });
    const newest = rows[0]?.newest ?? 0;
    return { newest, changes: rows.filter(isChange).map(toChange) };
  },
  purge: (before) =>
    deleteOver(handle, {
      table: 'access_changes',
      key: ['position'],
      over: [isBefore('written_at', before)],
    }),
});
