/** How long an app's tokens live, in words. */
import type { PortalContext } from '../portal-context.ts';

export const sayAccess = ({ apps }: PortalContext, seconds: number | null): string =>
  `Lives ${count(seconds ?? apps.lifetimes.accessSeconds, 60, 'minute')}`;

export const sayRefresh = ({ apps }: PortalContext, seconds: number | null): string =>
  `Lives ${count(seconds ?? apps.lifetimes.refreshSeconds, 86_400, 'day')} unused`;

function count(seconds: number, unit: number, word: string): string {
  const number = Number((seconds / unit).toFixed(2));
  return `${number} ${number === 1 ? word : `${word}s`}`;
}
