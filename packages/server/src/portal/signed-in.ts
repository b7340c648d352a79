import type { DerivedKeys } from '../keys/keys.ts';
import type { Session, User } from '../identity/types.ts';
import { issueCsrf } from '../http/csrf.ts';
import type { SignedIn } from './visit.ts';

/** What pages and acts are given of a session. */
export function signedInOf(
  csrfKeys: DerivedKeys,
  { user, session, address }: { user: User; session: Session; address: string },
): SignedIn {
  const client = `web/${session.id}`;
  const csrf = issueCsrf(csrfKeys, { sessionId: session.id, userId: user.id });
  return { user, session, csrf, origin: { source: 'portal', client, address, actorId: user.id } };
}
