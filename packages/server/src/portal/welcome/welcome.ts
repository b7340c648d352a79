/** The first page after signing in. */
import { stateOf } from '../../developer-tokens/types.ts';
import type { DeveloperToken } from '../../developer-tokens/types.ts';
import { ownConnections } from '../connections/connections.ts';
import { noticeOf } from '../frame.ts';
import type { PortalContext, PortalRoute } from '../portal-context.ts';
import { show, type SignedInController } from '../visit.ts';
import { welcomePage } from './welcome-page.ts';

const DONE = {
  verified: 'Your e-mail address is confirmed. Welcome!',
  sent: 'We sent the link again. Check your e-mail.',
};

/** The page of connected apps has the others. */
const MOST_CONNECTIONS = 5;

const welcome =
  (context: PortalContext): SignedInController =>
  async (visit) => {
    const now = context.clock();
    const filter = { userId: visit.signedIn.user.id, liveAt: now };
    // The bound on tokens a person is also the longest that this list can be.
    const page = { page: 1, pageSize: context.tokens.policy.mostPerUser };
    const [{ items }, connections, standstill] = await Promise.all([
      context.tokens.reads.tokens.list(filter, page),
      ownConnections(context, visit, { page: 1, pageSize: MOST_CONNECTIONS }),
      visit.signedIn.user.isOperator ? context.mail.standstill() : null,
    ]);
    const notice = noticeOf(visit.query, DONE);
    const expiring = soonest(items, now);
    const given = { expiring, connections, notice, now, standstill };
    return show(welcomePage(context, visit, given));
  };

const soonest = (tokens: readonly DeveloperToken[], now: number): readonly DeveloperToken[] =>
  tokens
    .filter((token) => stateOf(token, now) === 'expiring')
    .toSorted((one, other) => (one.expiresAt ?? 0) - (other.expiresAt ?? 0));

export const welcomeRoutes = (context: PortalContext): readonly PortalRoute[] => [
  { method: 'GET', path: '/', access: { kind: 'session' }, controller: welcome(context) },
];
