/** How long client secrets of before go on, in the forms by which an app changes hands. */
import { LONGEST_OVERLAP, usualOverlap } from '../../apps/transfer.ts';
import type { App } from '../../apps/types.ts';
import { text } from '../../http/form.ts';
import { chips, errorOf, type FieldError } from '../ui/form.ts';
import type { Html } from '../ui/html.ts';

const NAME = 'overlap_hours';
const HOUR = 3600;

const OPTIONS = [
  { value: '0', label: 'At once' },
  { value: '1', label: 'After 1 hour' },
  { value: '24', label: 'After 24 hours' },
  { value: '168', label: 'After 7 days' },
] as const;

export const usualHours = (app: Pick<App, 'type'>): string => String(usualOverlap(app) / HOUR);

export const typedHours = (form: Readonly<Record<string, unknown>>): string =>
  text(form, NAME, { max: 8 });

/** In seconds; `null` when it is no whole number of hours of at most 7 days. */
export function readOverlap(hours: string): number | null {
  const seconds = /^\d{1,3}$/.test(hours) ? Number(hours) * HOUR : Infinity;
  return seconds <= LONGEST_OVERLAP ? seconds : null;
}

export const WRONG_OVERLAP: FieldError = {
  field: NAME,
  message: 'Choose when the client secrets end: within 7 days.',
};

export const overlapField = (given: {
  readonly app: Pick<App, 'type'>;
  /** When they were known to two owners: said by default. */
  readonly hint?: string;
  readonly value: string;
  readonly errors: readonly FieldError[];
}): Html =>
  chips({
    legend: 'Its client secrets end',
    name: NAME,
    value: given.value,
    options: OPTIONS,
    error: errorOf(given.errors, NAME),
    hint:
      given.hint ??
      (given.app.type === 'service'
        ? 'Until then, whoever knows an old secret acts with the rights of the new owner. Access tokens got by it end with it.'
        : 'The former owner may know them. Until they end, the servers of the app can be given a new one.'),
  });
