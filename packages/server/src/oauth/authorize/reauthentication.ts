/**
 * `prompt=login` and `max_age` (OpenID Connect Core section 3.1.2.1) ask for a sign-in that was made for this very request.
 * Whoever signs in on the way to a request is given a mark that says so. It belongs to that request, user and session; it
 * is used up by the answer to the request (`closing.ts`).
 */
import type { DerivedKeys } from '../../keys/keys.ts';
import { isWithin } from '../../kit/clock.ts';
import type { RawParameters } from '../parameters.ts';
import { isSealed, seal } from './seal.ts';

export interface Reauthentication {
  /** The query of the authorization request, without the mark. */
  readonly request: string;
  readonly userId: string;
  /** The session that the sign-in began. */
  readonly sessionId: string;
  /** When its person proved who they are, epoch seconds. */
  readonly at: number;
}

const MARK = 'signed_in_after';
const MARKED = new RegExp(`(?:^|&)${MARK}=(\\d{1,12}\\.[A-Za-z0-9_-]{43})(?=&|$)`, 'g');

/** The request without our own mark, and the mark. */
export function readMark(search: string): { request: string; mark: string | null } {
  const mark = [...search.matchAll(MARKED)].at(-1)?.[1] ?? null;
  return { request: mark === null ? search : search.replace(MARKED, '').replace(/^&/, ''), mark };
}

const macOf = (mark: string): string => mark.slice(mark.indexOf('.') + 1);

/** Names a mark among what was used up: by what is sealed, since a number can be spelt in several ways. */
export const nameOfMark = (mark: string): string => `reauthentication ${macOf(mark)}`;

/** Whether a sign-in on the way to this request is to be marked. */
export const asksForSignIn = (fields: RawParameters): boolean =>
  'prompt' in fields || 'max_age' in fields;

/** Time to read the question. An address from the history of the browser is worth nothing later. */
export const REAUTHENTICATION_SECONDS = 900;

const partsOf = ({ request, userId, sessionId, at }: Reauthentication): readonly string[] => [
  'signed-in-for',
  request,
  userId,
  sessionId,
  String(at),
];

/** The request with the mark. */
export const markRequest = (keys: DerivedKeys, made: Reauthentication): string =>
  `${made.request}&${MARK}=${made.at}.${seal(keys, partsOf(made))}`;

/**
 * Whether the session was begun by a sign-in for this request, and lately. Whether the mark was used up is another question.
 * The mark says when.
 */
export function isReauthentication(
  keys: DerivedKeys,
  mark: string,
  { made, now }: { readonly made: Omit<Reauthentication, 'at'>; readonly now: number },
): boolean {
  const at = Number.parseInt(mark, 10);
  return (
    isWithin(at, REAUTHENTICATION_SECONDS, now) &&
    isSealed(keys, partsOf({ ...made, at }), macOf(mark))
  );
}
