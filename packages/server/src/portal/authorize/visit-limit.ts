import { createRateLimit } from '../../http/rate-limit.ts';
import type { PortalContext } from '../portal-context.ts';
import { PageRefusal, type Visit } from '../visit.ts';

const MOST_KEYS = 50_000;

/** An app that was allowed before gets a code for every visit: a page that reloads itself must not mint them without end. */
export function createVisitLimit({ rateLimit, elapsed }: PortalContext): (visit: Visit) => void {
  const limit = createRateLimit({ ...rateLimit, maxKeys: MOST_KEYS });
  return ({ signedIn, visitor }) => {
    const key = signedIn?.user.id ?? visitor.address;
    const { allowed, retryAfterSeconds } = limit.take(key, elapsed());
    if (!allowed)
      throw new PageRefusal(429, 'Too many requests. Wait a moment.', retryAfterSeconds);
  };
}
