/** Long lists as they are read: batch by batch, so that neither memory nor a statement grows with the list. */
import type { Cursor, PageOf, PageRequest } from '../kit/page.ts';
import { table, widthsOf, type Row } from './table.ts';
import { print, seenInJson, write, type Terminal } from './terminal.ts';

const BATCH = 500;

export interface Shown<Item, Known> {
  readonly list: (page: PageRequest) => Promise<PageOf<Item>>;
  /** What is shown of a batch, looked up for all of it at once. */
  readonly know: (items: readonly Item[]) => readonly Known[] | Promise<readonly Known[]>;
  readonly record: (known: Known) => unknown;
  readonly row: (known: Known) => Row;
}

/** A JSON array as `JSON.stringify` lays it out, or a table whose columns are as wide as its first batch needs. */
export async function printList<Item, Known>(
  terminal: Terminal,
  shown: Shown<Item, Known>,
  { json = false }: { readonly json?: boolean | undefined },
): Promise<void> {
  let written = 0;
  let widths: readonly number[] | null = null;
  for await (const items of batchesOf(shown.list)) {
    const known = await shown.know(items);
    if (known.length === 0) continue;
    if (json) {
      const records = known.map((one) => indented(JSON.stringify(shown.record(one), null, 2)));
      await write(terminal, `${written === 0 ? '[' : ','}\n${seenInJson(records.join(',\n'))}`);
    } else {
      const rows = known.map(shown.row);
      widths ??= widthsOf(rows);
      await print(terminal, table(rows, { widths, hasHeadings: written === 0 }));
    }
    written += known.length;
  }
  if (json) await write(terminal, written === 0 ? '[]\n' : '\n]\n');
}

const indented = (text: string): string => text.replace(/^/gm, '  ');

async function* batchesOf<Item>(
  list: (page: PageRequest) => Promise<PageOf<Item>>,
): AsyncGenerator<readonly Item[]> {
  for (let cursor: Cursor | null | undefined; cursor !== null;) {
    const found: PageOf<Item> = await list({ page: 1, pageSize: BATCH, cursor });
    yield found.items;
    cursor = found.next;
  }
}
