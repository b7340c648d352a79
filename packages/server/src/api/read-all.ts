import type { PageOf, PageRequest } from '../kit/page.ts';
import { offsetOf } from '../kit/page.ts';

const BATCH = 500;

/**
 * A page of what a caller may see. What is beyond the caller must not even be counted, so the filter comes before the
 * pages.
 */
export async function pageOfVisible<Item>(
  list: (page: PageRequest) => Promise<PageOf<Item>>,
  isVisible: (item: Item) => boolean,
  page: PageRequest,
): Promise<PageOf<Item>> {
  const visible: Item[] = [];
  for (let batch = 1; ; batch++) {
    const { items } = await list({ page: batch, pageSize: BATCH });
    visible.push(...items.filter(isVisible));
    if (items.length < BATCH) break;
  }
  const from = offsetOf(page);
  return { items: visible.slice(from, from + page.pageSize), total: visible.length };
}
