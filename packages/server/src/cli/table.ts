/** Columns as wide as their widest cell, for people; programs ask for JSON. */
import { plain } from './terminal.ts';

export type Row = Readonly<Record<string, string>>;

interface Layout {
  readonly widths: readonly number[];
  readonly hasHeadings: boolean;
}

/** The keys of the first row are the headings. */
export function table(
  rows: readonly Row[],
  { widths, hasHeadings }: Layout = { widths: widthsOf(rows), hasHeadings: true },
): string {
  const lines = linesOf(rows).slice(hasHeadings ? 0 : 1);
  return lines.map((line) => writeLine(line, widths)).join('\n');
}

/** As wide as the widest cell of each column. */
export function widthsOf(rows: readonly Row[]): readonly number[] {
  const lines = linesOf(rows);
  return (lines[0] ?? []).map((_, at) => Math.max(...lines.map((line) => width(line[at] ?? ''))));
}

function linesOf(rows: readonly Row[]): readonly (readonly string[])[] {
  const headings = Object.keys(rows[0] ?? {});
  return [headings, ...rows.map((row) => headings.map((heading) => plain(row[heading] ?? '')))];
}

const writeLine = (cells: readonly string[], widths: readonly number[]): string =>
  cells
    .map((cell, at) => cell + ' '.repeat(Math.max(0, (widths[at] ?? 0) - width(cell))))
    .join('  ')
    .trimEnd();

const width = (text: string): number => Array.from(text).length;
