/** Lists in pages: by number, which skips through an index, or by a position in the list, which costs the same everywhere. */

/** What a list is ordered by, of one of its items: times and counts as numbers, ids as texts. */
export type Position = readonly (number | string)[];

/** Where a page begins: after an item in the order of the list (`next`), or before it (`previous`). */
export interface Cursor {
  readonly direction: 'next' | 'previous';
  readonly position: Position;
  /** Which page it is, counted from 1 when the list was entered. */
  readonly page: number;
}

/** Which part of a list is asked for. `page` counts from 1; with a cursor the cursor decides. */
export interface PageRequest {
  readonly page: number;
  readonly pageSize: number;
  readonly cursor?: Cursor | undefined;
}

/** One page of a list, with the number of items in the whole list, and where the pages beside it begin. */
export interface PageOf<Item> {
  readonly items: readonly Item[];
  readonly total: number;
  readonly next: Cursor | null;
  readonly previous: Cursor | null;
}

export const offsetOf = ({ page, pageSize }: PageRequest): number => (page - 1) * pageSize;

/** A page of a list that is short and was read whole. */
export function pageOfWhole<Item>(all: readonly Item[], page: PageRequest): PageOf<Item> {
  const from = offsetOf(page);
  const items = all.slice(from, from + page.pageSize);
  return { items, total: all.length, next: null, previous: null };
}
