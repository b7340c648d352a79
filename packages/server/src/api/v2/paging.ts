/** Frame.io's pagination: bare arrays, and headers that its clients crash without. Beside it, cursors (RFC 8288 links). */
import type { FastifyReply } from 'fastify';
import { Type, type Static } from 'typebox';
import { readCursor, writeCursor, type Shape } from '../../kit/cursor.ts';
import type { PageOf, PageRequest } from '../../kit/page.ts';
import { ApiRefusal } from '../refusal.ts';

const DEFAULT_PAGE_SIZE = 50;
const MOST_PAGES = 1_000_000;

export const PageQuery = Type.Object({
  page: Type.Optional(
    Type.Integer({ minimum: 1, maximum: MOST_PAGES, description: 'Counts from 1.', examples: [1] }),
  ),
  page_size: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 100,
      default: DEFAULT_PAGE_SIZE,
      description: 'Items a page.',
      examples: [DEFAULT_PAGE_SIZE],
    }),
  ),
  cursor: Type.Optional(
    Type.String({
      description: 'Out of the `Link` header of the page before; instead of `page`.',
    }),
  ),
});

/** A list whose pages can be followed by cursors. */
export interface CursorList {
  /** Its name in its cursors. */
  readonly name: string;
  readonly shape: Shape;
}

/** `list`: `null` where the whole list is read and has no cursors. */
export function pageOf(query: Static<typeof PageQuery>, list: CursorList | null): PageRequest {
  const { page, page_size: pageSize = DEFAULT_PAGE_SIZE, cursor: text } = query;
  if (text === undefined) return { page: page ?? 1, pageSize };
  if (page !== undefined) throw invalidCursor('Send `page` or `cursor`, not both.');
  const cursor = list === null ? null : readCursor(list.name, list.shape, text);
  if (cursor === null)
    throw invalidCursor('Not a cursor of this list. Follow the `Link` header as it was sent.');
  return { page: cursor.page, pageSize, cursor };
}

const invalidCursor = (detail: string): ApiRefusal =>
  new ApiRefusal({
    reason: 'invalid_arguments',
    status: 400,
    problems: [{ detail: `cursor: ${detail}`, facts: { field: 'cursor' } }],
  });

interface Sent<Item> {
  readonly page: PageRequest;
  readonly found: PageOf<Item>;
  readonly list: CursorList | null;
}

export function sendPage<Item, Shown>(
  reply: FastifyReply,
  { page, found, list }: Sent<Item>,
  show: (item: Item) => Shown,
): readonly Shown[] {
  void reply.headers({
    'page-number': String(page.page),
    'per-page': String(page.pageSize),
    total: String(found.total),
    'total-pages': String(Math.ceil(found.total / page.pageSize)),
  });
  if (list !== null && found.next !== null) {
    const cursor = writeCursor(list.name, found.next);
    const [path = ''] = reply.request.url.split('?');
    void reply.header('link', `<${path}?cursor=${cursor}&page_size=${page.pageSize}>; rel="next"`);
  }
  return found.items.map(show);
}
