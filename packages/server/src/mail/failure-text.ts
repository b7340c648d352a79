/** What is kept of a failed delivery for the operator: one short line without addresses, links or secrets. */
import { oneLine } from './plain.ts';

const LINK = /\b[a-z][a-z0-9+.-]*:\/\/\S+/gi;
const ADDRESS = /[^\s<>"'(),;]+@[^\s<>"'(),;]+/g;
/** Longer than any word of a server's sentence: an id, a proof or a password echoed back. */
const LONG_RUN = /[\w.+/=-]{32,}/g;

export function failureText(error: unknown, to: string): string {
  const said = error instanceof Error ? error.message : String(error);
  const redacted = said
    .replaceAll(to === '' ? '(address)' : to, '(address)')
    .replace(LINK, '(link)')
    .replace(ADDRESS, '(address)')
    .replace(LONG_RUN, '(…)');
  return oneLine(redacted, 300);
}
