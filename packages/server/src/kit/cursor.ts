/**
 * Cursors as clients carry them. They say where a page begins and nothing about whose list it is, so a made-up one shows
 * nothing that its sender may not see, and needs no seal.
 */
import type { Cursor, Position } from './page.ts';

/** What the position of an item is made of. A cursor of a list of another shape is refused. */
export type Shape = 'time-id' | 'id';

const IS_CURSOR = /^[A-Za-z0-9_-]{1,400}$/;
const IS_ID = /^[A-Za-z0-9:-]{1,64}$/;
const MOST_PAGES = 100_000_000;
const DIRECTIONS = { n: 'next', p: 'previous' } as const;

/** `list` names the list: a cursor of one is refused by every other. */
export const writeCursor = (list: string, { direction, page, position }: Cursor): string =>
  Buffer.from(JSON.stringify([list, direction.charAt(0), page, ...position])).toString('base64url');

/** `null` for whatever `writeCursor` did not write for this list. */
export function readCursor(list: string, shape: Shape, text: unknown): Cursor | null {
  if (typeof text !== 'string' || !IS_CURSOR.test(text)) return null;
  const parts = parse(Buffer.from(text, 'base64url').toString('utf8'));
  const [named, letter, page, ...position] = parts;
  if (named !== list || !isPage(page) || !isPosition(shape, position)) return null;
  if (letter !== 'n' && letter !== 'p') return null;
  return { direction: DIRECTIONS[letter], page, position };
}

function parse(text: string): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}

const isWhole = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;

const isPage = (value: unknown): value is number =>
  isWhole(value) && value >= 1 && value <= MOST_PAGES;

function isPosition(shape: Shape, position: readonly unknown[]): position is Position {
  const id = position.at(-1);
  if (typeof id !== 'string' || !IS_ID.test(id)) return false;
  return shape === 'id' ? position.length === 1 : position.length === 2 && isWhole(position[0]);
}
