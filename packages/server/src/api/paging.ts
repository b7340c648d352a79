/** Frame.io's pagination: bare arrays, and headers that its clients crash without. */
import type { FastifyReply } from 'fastify';
import { Type, type Static } from 'typebox';
import type { PageOf, PageRequest } from '../kit/page.ts';

const DEFAULT_PAGE_SIZE = 50;
const MOST_PAGES = 1_000_000;

export const PageQuery = Type.Object({
  page: Type.Optional(
    Type.Integer({ minimum: 1, maximum: MOST_PAGES, description: 'Counts from 1.' }),
  ),
  page_size: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 100, description: `${DEFAULT_PAGE_SIZE} unless said.` }),
  ),
});

export const pageOf = (query: Static<typeof PageQuery>): PageRequest => ({
  page: query.page ?? 1,
  pageSize: query.page_size ?? DEFAULT_PAGE_SIZE,
});

export function sendPage<Item, Shown>(
  reply: FastifyReply,
  list: { readonly page: PageRequest; readonly found: PageOf<Item> },
  show: (item: Item) => Shown,
): readonly Shown[] {
  const { page, found } = list;
  void reply.headers({
    'page-number': String(page.page),
    'per-page': String(page.pageSize),
    total: String(found.total),
    'total-pages': String(Math.ceil(found.total / page.pageSize)),
  });
  return found.items.map(show);
}
