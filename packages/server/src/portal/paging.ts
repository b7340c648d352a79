/** Pages of long lists: what the address asks for, and the links to the pages beside it. */
import { text } from '../http/form.ts';
import { readCursor, writeCursor, type Shape } from '../kit/cursor.ts';
import type { Cursor, PageOf, PageRequest } from '../kit/page.ts';
import type { Html } from './ui/html.ts';
import { pager } from './ui/parts.ts';
import { PageRefusal } from './visit.ts';

const PAGE_SIZE = 25;

/** A list of the portal that has pages. */
export interface PagedList {
  /** Its name in its cursors. */
  readonly name: string;
  readonly shape: Shape;
  /** Its path, with the parameters that are the same on every page. */
  readonly address: string;
}

/** `?cursor=` out of a link, or `?page=` from 1; anything else is the first page. */
export function readPage(query: unknown, { name, shape }: Omit<PagedList, 'address'>): PageRequest {
  const sent = text(query, 'cursor', { max: 500 });
  if (sent === '') return { page: readNumber(query), pageSize: PAGE_SIZE };
  const cursor = readCursor(name, shape, sent);
  if (cursor === null)
    throw new PageRefusal(400, 'The address of this page is damaged. Go back to the list.');
  return { page: cursor.page, pageSize: PAGE_SIZE, cursor };
}

function readNumber(query: unknown): number {
  const typed = text(query, 'page', { max: 20 });
  return /^[1-9]\d{0,5}$/.test(typed) ? Number(typed) : 1;
}

/** Links to the pages before and after. `label` says of what. */
export function pagesOf(
  { next, previous }: Pick<PageOf<unknown>, 'next' | 'previous'>,
  { list: { name, address }, label }: { list: PagedList; label: string },
): Html | null {
  const mark = address.includes('?') ? '&' : '?';
  const url = (cursor: Cursor | null): string | null =>
    cursor === null ? null : `${address}${mark}cursor=${writeCursor(name, cursor)}`;
  return pager({ previous: url(previous), next: url(next), label });
}

/** The path of a list with what was searched for. */
export const addressOf = (path: string, search: string): string =>
  search === '' ? path : `${path}?q=${encodeURIComponent(search)}`;

/** Of a search: how many is known only once everything was looked through. `count` says a number with its noun. */
export const sayFound = (
  { total, next }: Pick<PageOf<unknown>, 'total' | 'next'>,
  count: (total: number) => string,
): string => (next === null ? `${count(total)} found.` : `More than ${count(total - 1)} found.`);
