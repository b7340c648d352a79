/**
 * Searching for a part of a text, which no index finds: the list is looked through in its order, so many rows at a time,
 * between which other work runs, until a page is full.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { sql, type RawBuilder } from 'kysely';
import { offsetOf, type Cursor, type PageRequest, type Position } from '../kit/page.ts';
import type { Database } from './engine.ts';
import type { Keys, Listed } from './lists.ts';

export interface Search {
  /** With one condition. */
  readonly listed: Listed;
  readonly isFound: RawBuilder<boolean>;
}

/** Rows looked through by one statement. */
const AT_ONCE = 1000;

/** `total` counts what was found until the page was full: one more than was shown when there is more. */
export async function search(
  db: Database,
  asked: Search,
  page: PageRequest,
): Promise<Keys & { readonly total: number }> {
  const { cursor, pageSize } = page;
  const isBackward = cursor?.direction === 'previous';
  const skipped = cursor === undefined ? offsetOf(page) : 0;
  const found = await lookThrough(db, asked, {
    after: cursor?.position ?? null,
    isBackward,
    most: skipped + pageSize + 1,
  });
  const here = found.slice(skipped, skipped + pageSize);
  const positions = isBackward ? here.toReversed() : here;
  const number = cursor?.page ?? page.page;
  const hasMore = found.length > skipped + pageSize;
  const beside = (direction: Cursor['direction'], at: Position | undefined, to: number) =>
    at === undefined ? null : { direction, position: at, page: Math.max(1, to) };
  const hasNext = isBackward || hasMore;
  const hasPrevious = isBackward ? hasMore : number > 1;
  return {
    positions,
    next: hasNext ? beside('next', positions.at(-1), number + 1) : null,
    previous: hasPrevious ? beside('previous', positions[0], number - 1) : null,
    total: (number - 1) * pageSize + positions.length + (hasNext ? 1 : 0),
  };
}

interface Look {
  readonly after: Position | null;
  readonly isBackward: boolean;
  readonly most: number;
}

async function lookThrough(
  db: Database,
  asked: Search,
  { after, isBackward, most }: Look,
): Promise<readonly Position[]> {
  const found: Position[] = [];
  for (let last = after; found.length < most;) {
    const rows = await nextRows(db, asked, { after: last, isBackward });
    found.push(...rows.filter((row) => row.isFound).map(({ position }) => position));
    const end = rows.at(-1);
    if (end === undefined || rows.length < AT_ONCE) break;
    last = end.position;
    await nextTurn();
  }
  return found.slice(0, most);
}

async function nextRows(
  db: Database,
  { listed: { table, order, where }, isFound }: Search,
  { after, isBackward }: Omit<Look, 'most'>,
): Promise<readonly { position: Position; isFound: boolean }[]> {
  const columns = sql.join(order.map((column) => sql.ref(column)));
  const direction = sql.raw(isBackward ? 'asc' : 'desc');
  const beyond =
    after === null
      ? sql``
      : sql`and (${columns}) ${sql.raw(isBackward ? '>' : '<')} (${sql.join(after)})`;
  const ordered = sql.join(order.map((column) => sql`${sql.ref(column)} ${direction}`));
  const { rows } = await sql<Record<string, number | string>>`select ${columns},
      case when ${isFound} then 1 else 0 end as is_found from ${sql.table(table)}
    where ${sql.join(where, sql` or `)} ${beyond} order by ${ordered} limit ${AT_ONCE}`.execute(db);
  return rows.map((row) => ({
    position: order.map((column) => row[column] ?? ''),
    isFound: row['is_found'] === 1,
  }));
}
