/**
 * NUL and lone surrogates are not text: PostgreSQL refuses the first and UTF-8 cannot carry the second. They are turned
 * away where requests are read, so that no module ever meets them and both engines keep the same things.
 */
import { Refusal } from './failure.ts';

/** Only an escape can put either into a JSON text; the rest of the work is for bodies that have one. */
const SUSPECT = /\\u(?:0000|d[89a-f])/i;

export function assertText(json: string, parsed: unknown): void {
  if (SUSPECT.test(json) && holdsNoText(parsed)) {
    throw new Refusal({
      statusCode: 400,
      code: 'malformed_json',
      message: 'The body has characters that are not text.',
    });
  }
}

/** Walks without recursion: a body can be nested deeper than the stack. */
function holdsNoText(root: unknown): boolean {
  const waiting: unknown[] = [root];
  while (waiting.length > 0) {
    const value = waiting.pop();
    if (typeof value === 'string' && isNotText(value)) return true;
    if (typeof value !== 'object' || value === null) continue;
    for (const [key, item] of Object.entries(value)) waiting.push(key, item);
  }
  return false;
}

export const isNotText = (text: string): boolean => text.includes('\0') || !text.isWellFormed();

/** Percent-decoding turns malformed UTF-8 away by itself; NUL is the one that it lets through. */
export const faultOfAddress = (url: string): Refusal | null =>
  url.includes('%00')
    ? new Refusal({ statusCode: 400, code: 'bad_url', message: 'The address is malformed.' })
    : null;
