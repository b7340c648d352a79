/**
 * Pages of long lists. The keys of a page come from an index in the order of the list, whatever else the list holds; its
 * rows are then read by their ids. A page by number skips through that index, in steps between which other work runs.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { sql, type RawBuilder } from 'kysely';
import {
  offsetOf,
  type Cursor,
  type PageOf,
  type PageRequest,
  type Position,
} from '../kit/page.ts';
import type { Database } from './engine.ts';
import type { Schema } from './schema.ts';

/** Rows of one table, newest first. */
export interface Listed {
  readonly table: keyof Schema;
  /** Columns whose values differ between any two rows, the last one the id; there is an index of each condition on them. */
  readonly order: readonly [time: string, id: string] | readonly [id: string];
  /** Rows of which one of these is true. No row may fulfil two. */
  readonly where: readonly RawBuilder<boolean>[];
}

export interface Keys {
  readonly positions: readonly Position[];
  readonly next: Cursor | null;
  readonly previous: Cursor | null;
}

/** A page of keys, and how many there are on all pages. */
export type Found = Keys & { readonly total: number };

/** Both are asked for together. */
export async function withTotal(keys: Promise<Keys>, counting: Promise<number>): Promise<Found> {
  const [found, total] = await Promise.all([keys, counting]);
  return { ...found, total };
}

/** The lists of one table in one order, by what they hold. */
export const listsOf =
  (table: Listed['table'], order: Listed['order']) =>
  (where: Listed['where']): Listed => ({ table, order, where });

/** Rows skipped by one statement. */
const SKIPPED_AT_ONCE = 10_000;

const NOTHING: Keys = { positions: [], next: null, previous: null };

export async function keysOf(db: Database, listed: Listed, page: PageRequest): Promise<Keys> {
  if (listed.where.length === 0) return NOTHING;
  const { cursor, pageSize } = page;
  if (cursor !== undefined) return keysBeside(db, listed, { cursor, pageSize });
  const start = await skip(db, listed, offsetOf(page));
  if (start === null) return NOTHING;
  const found = await positionsOf(db, listed, { ...start, limit: pageSize + 1 });
  return keysIn(found, page, { isFirst: page.page === 1 });
}

/** Where the items after so many begin; `null`: there are not so many. */
async function skip(
  db: Database,
  listed: Listed,
  count: number,
): Promise<{ after: Position | null; offset: number } | null> {
  let after: Position | null = null;
  let left = count;
  for (; left > SKIPPED_AT_ONCE; left -= SKIPPED_AT_ONCE) {
    const [last]: readonly Position[] = await positionsOf(db, listed, {
      after,
      offset: SKIPPED_AT_ONCE - 1,
      limit: 1,
    });
    if (last === undefined) return null;
    after = last;
    await nextTurn();
  }
  return { after, offset: left };
}

async function keysBeside(
  db: Database,
  listed: Listed,
  { cursor, pageSize }: { cursor: Cursor; pageSize: number },
): Promise<Keys> {
  const { direction, position: after, page } = cursor;
  const isBackward = direction === 'previous';
  const found = await positionsOf(db, listed, { after, limit: pageSize + 1, isBackward });
  if (!isBackward) return keysIn(found, { page, pageSize }, { isFirst: false });
  const hasMore = found.length > pageSize;
  const positions = found.slice(0, pageSize).toReversed();
  return {
    positions,
    next: beside('next', positions.at(-1), page + 1),
    previous: hasMore ? beside('previous', positions[0], Math.max(1, page - 1)) : null,
  };
}

function keysIn(
  found: readonly Position[],
  { page, pageSize }: PageRequest,
  { isFirst }: { isFirst: boolean },
): Keys {
  const positions = found.slice(0, pageSize);
  return {
    positions,
    next: found.length > pageSize ? beside('next', positions.at(-1), page + 1) : null,
    previous: isFirst ? null : beside('previous', positions[0], Math.max(1, page - 1)),
  };
}

const beside = (
  direction: Cursor['direction'],
  position: Position | undefined,
  page: number,
): Cursor | null => (position === undefined ? null : { direction, position, page });

interface Range {
  readonly after: Position | null;
  readonly offset?: number;
  readonly limit: number;
  readonly isBackward?: boolean;
}

/** Each condition has its own ordered walk of an index; both databases merge them as they go. */
async function positionsOf(
  db: Database,
  { table, order, where }: Listed,
  { after, offset = 0, limit, isBackward = false }: Range,
): Promise<readonly Position[]> {
  const columns = sql.join(order.map((column) => sql.ref(column)));
  const direction = sql.raw(isBackward ? 'asc' : 'desc');
  const beyond =
    after === null
      ? sql``
      : sql`and (${columns}) ${sql.raw(isBackward ? '>' : '<')} (${sql.join(after)})`;
  const ordered = sql.join(order.map((column) => sql`${sql.ref(column)} ${direction}`));
  const walk = (condition: RawBuilder<boolean>) =>
    sql`select ${columns} from ${sql.table(table)} where ${condition} ${beyond}`;
  // PostgreSQL merges walks only where each says its own order; otherwise it reads all of them, and sorts.
  const walks =
    where.length === 1
      ? where.map(walk)
      : where.map(
          (condition) =>
            sql`select * from (${walk(condition)} order by ${ordered}) as ${sql.table('walk')}`,
        );
  const { rows } = await sql<Record<string, number | string>>`${sql.join(walks, sql` union all `)}
    order by ${ordered} limit ${limit} offset ${offset}`.execute(db);
  return rows.map((row) => order.map((column) => row[column] ?? ''));
}

export const idOf = (position: Position): string => String(position.at(-1));

/** The rows of a page in its order, read by their ids. One that went meanwhile is left out. */
export async function readInOrder<Row extends { readonly id: string }>(
  positions: readonly Position[],
  read: (ids: readonly string[]) => Promise<readonly Row[]>,
): Promise<readonly Row[]> {
  const ids = positions.map(idOf);
  if (ids.length === 0) return [];
  const rows = new Map((await read(ids)).map((row) => [row.id, row]));
  return ids.flatMap((id) => rows.get(id) ?? []);
}

/** A page out of keys that were all read, because what belongs to the list only a program can tell. */
export function pageOfKeys(all: readonly Position[], page: PageRequest): Keys {
  const { cursor, pageSize } = page;
  if (cursor === undefined) {
    const from = offsetOf(page);
    return keysIn(all.slice(from), page, { isFirst: page.page === 1 });
  }
  const { position, direction } = cursor;
  if (direction === 'next') {
    const after = all.filter((one) => isBelow(one, position));
    return keysIn(after, { page: cursor.page, pageSize }, { isFirst: false });
  }
  const before = all.filter((one) => isBelow(position, one));
  const positions = before.slice(-pageSize);
  return {
    positions,
    next: beside('next', positions.at(-1), cursor.page + 1),
    previous:
      before.length > pageSize
        ? beside('previous', positions[0], Math.max(1, cursor.page - 1))
        : null,
  };
}

function isBelow(one: Position, other: Position): boolean {
  for (const [at, value] of one.entries()) {
    const against = other[at] ?? '';
    if (value !== against) return value < against;
  }
  return false;
}

/** Rows looked at before other work gets its turn. */
const WALKED_AT_ONCE = 200;

/** Reads a whole list in steps, and keeps the keys of those items that `visible` answers. */
export async function walkKeys(
  db: Database,
  listed: Listed,
  visible: (ids: readonly string[]) => Promise<ReadonlySet<string>>,
): Promise<readonly Position[]> {
  const kept: Position[] = [];
  for (let after: Position | null = null; ;) {
    const found: readonly Position[] = await positionsOf(db, listed, {
      after,
      limit: WALKED_AT_ONCE,
    });
    const seen = found.length === 0 ? new Set<string>() : await visible(found.map(idOf));
    kept.push(...found.filter((position) => seen.has(idOf(position))));
    const last = found.at(-1);
    if (last === undefined || found.length < WALKED_AT_ONCE) return kept;
    after = last;
    await nextTurn();
  }
}

/** How many items a list has, by a counter that the database changes with the rows. */
export async function countOf(db: Database, list: string, owner: string): Promise<number> {
  return (await countsOf(db, list, [owner])).get(owner) ?? 0;
}

/** The same for several owners by one statement. */
export async function countsOf(
  db: Database,
  list: string,
  owners: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  if (owners.length === 0) return counts;
  const rows = await db
    .selectFrom('list_counts')
    .select(['owner', 'total'])
    .where('list', '=', list)
    .where('owner', 'in', owners)
    .execute();
  for (const { owner, total } of rows) counts.set(owner, (counts.get(owner) ?? 0) + total);
  return counts;
}

export interface Group {
  readonly id: number;
  readonly scopes: string;
  readonly mayIntrospect: boolean;
  readonly total: number;
}

const GROUPS_AT_ONCE = 500;

/** The sets of scopes that the items of an owner in an account hold, with how many hold each. */
export async function groupsOf(
  db: Database,
  list: 'tokens' | 'apps' | 'grants',
  whose: { readonly ownerId: string; readonly accountId: string },
): Promise<readonly Group[]> {
  const groups: Group[] = [];
  for (let after = 0; ;) {
    const rows = await db
      .selectFrom('list_groups')
      .select((eb) => [
        'id',
        'scopes',
        'may_introspect',
        eb
          .selectFrom('list_counts')
          .where('list_counts.list', '=', 'group')
          .where('list_counts.owner', '=', sql<string>`cast(list_groups.id as text)`)
          .select((inner) => inner.fn.sum<number | string>('total').as('sum'))
          .as('total'),
      ])
      .where('list', '=', list)
      .where('owner_id', '=', whose.ownerId)
      .where('account_id', '=', whose.accountId)
      .where('id', '>', after)
      .orderBy('id')
      .limit(GROUPS_AT_ONCE)
      .execute();
    for (const { id, scopes, may_introspect: mayIntrospect, total } of rows)
      if (Number(total ?? 0) > 0)
        groups.push({ id, scopes, mayIntrospect: mayIntrospect === 1, total: Number(total) });
    const last = rows.at(-1);
    if (last === undefined || rows.length < GROUPS_AT_ONCE) return groups;
    after = last.id;
    await nextTurn();
  }
}

/** So many walks of an index are merged by one statement. */
export const MOST_MERGED = 50;

export const pageWith = <Item>(
  items: readonly Item[],
  total: number,
  { next, previous }: Omit<Keys, 'positions'>,
): PageOf<Item> => ({ items, total, next, previous });
