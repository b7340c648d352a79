/** How long an app's tokens live, in words. */
import { countOf } from '../../kit/plural.ts';
import type { PortalContext } from '../portal-context.ts';

export const sayAccess = ({ apps }: PortalContext, seconds: number | null): string =>
  `Lives ${count(seconds ?? apps.lifetimes.accessSeconds, 60, 'minute')}`;

export const sayRefresh = ({ apps }: PortalContext, seconds: number | null): string =>
  `Lives ${count(seconds ?? apps.lifetimes.refreshSeconds, 86_400, 'day')} unused`;

function count(seconds: number, unit: number, word: string): string {
  return countOf(Number((seconds / unit).toFixed(2)), word);
}
