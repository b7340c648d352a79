/** Columns as wide as their widest cell, for people; programs ask for JSON. */
import { plain } from './terminal.ts';

export type Row = Readonly<Record<string, string>>;

/** The keys of the first row are the headings. */
export function table(rows: readonly Row[]): string {
  const headings = Object.keys(rows[0] ?? {});
  const lines = [
    headings,
    ...rows.map((row) => headings.map((heading) => plain(row[heading] ?? ''))),
  ];
  const widths = headings.map((_, at) => Math.max(...lines.map((line) => width(line[at] ?? ''))));
  return lines.map((line) => writeLine(line, widths)).join('\n');
}

const writeLine = (cells: readonly string[], widths: readonly number[]): string =>
  cells
    .map((cell, at) => cell + ' '.repeat((widths[at] ?? 0) - width(cell)))
    .join('  ')
    .trimEnd();

const width = (text: string): number => Array.from(text).length;
