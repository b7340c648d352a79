/**
 * `prompt=login` and `max_age` (OpenID Connect Core section 3.1.2.1) ask for a sign-in that was made for this very request.
 * Whoever signs in on the way to a request is given a mark that says so. It belongs to that request, user and session; it
 * is used up by the answer to the request, which `consent` keeps account of.
 */
import type { DerivedKeys } from '../../keys/keys.ts';
import { isWithin } from '../../kit/clock.ts';
import { isSealed, seal } from './seal.ts';

export interface Reauthentication {
  /** The query of the authorization request, without the mark. */
  readonly request: string;
  readonly userId: string;
  /** The session that the sign-in began. */
  readonly sessionId: string;
  /** When it began, epoch seconds. */
  readonly at: number;
}

/** Time to read the question. An address from the history of the browser is worth nothing later. */
export const REAUTHENTICATION_SECONDS = 900;

const partsOf = ({ request, userId, sessionId, at }: Reauthentication): readonly string[] => [
  'signed-in-for',
  request,
  userId,
  sessionId,
  String(at),
];

export const sealReauthentication = (keys: DerivedKeys, made: Reauthentication): string =>
  seal(keys, partsOf(made));

/** Whether the session was begun by a sign-in for this request, and lately. Whether the mark was used up is another question. */
export const isReauthentication = (
  keys: DerivedKeys,
  mark: string,
  { made, now }: { readonly made: Reauthentication; readonly now: number },
): boolean =>
  isWithin(made.at, REAUTHENTICATION_SECONDS, now) && isSealed(keys, partsOf(made), mark);
