/**
 * How many forms one signed-in person may send: as many as requests to one endpoint of the API. Far beyond what hands do: it
 * is for programs that hold a session, each of whose forms would be a record, an event or a message.
 */
import { createRateLimit } from '../http/rate-limit.ts';
import type { PortalContext } from './portal-context.ts';
import type { SignedIn } from './visit.ts';

const MOST_PEOPLE = 50_000;

/** Counts a form; answers the seconds to wait, 0 when it may be taken. In memory, and so for this process alone. */
export type FormLimit = (signedIn: SignedIn) => number;

export function createFormLimit({
  elapsed,
  rateLimit,
}: Pick<PortalContext, 'elapsed' | 'rateLimit'>): FormLimit {
  const limit = createRateLimit({ ...rateLimit, maxKeys: MOST_PEOPLE });
  return ({ user }) => limit.take(user.id, elapsed()).retryAfterSeconds;
}

/** A page must not repeat what only its writer knows. */
const SECRET = /password|^token$/;

/** The fields of a form that can be sent once more from a page; `null` when a page must not hold one of them, or cannot. */
export function repeatable(
  form: Readonly<Record<string, unknown>>,
): readonly (readonly [name: string, value: string])[] | null {
  const fields: [string, string][] = [];
  for (const [name, value] of Object.entries(form)) {
    if (SECRET.test(name)) return null;
    for (const one of Array.isArray(value) ? value : [value]) {
      if (typeof one !== 'string') return null;
      fields.push([name, one]);
    }
  }
  return fields;
}
