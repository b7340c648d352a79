/**
 * Where a browser was going that must sign up, recover or prove an address first, when that is too long for a cookie. Its
 * cookie holds a random handle and the database the hash of it, so that nothing leads from one browser to what another left.
 */
import { hours } from '../../kit/clock.ts';
import { sha256 } from '../../kit/hash.ts';
import { isTemporary } from '../../kit/temporary.ts';
import { countAttempt } from './attempts.ts';
import { secretToken, type AccountContext, type Visitor } from '../context.ts';
import type { User } from '../types.ts';

export const RETURN_SECONDS = hours(24);
/** No address can be longer. */
const MOST_CHARACTERS = 16_384;
/** So many at once, 80 MB at the worst: who floods them loses the oldest, and pays with an accepted form for each. */
const MOST_KEPT = 5000;

/** Answers the handle for the cookie; `null` when it cannot be kept now. For forms that their own limits have let pass. */
export async function keepReturn(context: AccountContext, path: string): Promise<string | null> {
  if (path.length > MOST_CHARACTERS) return null;
  const handle = secretToken(context.randomBytes);
  const expiresAt = context.clock() + RETURN_SECONDS;
  const kept = { handleHash: sha256(handle), path, expiresAt };
  return orAtHand(
    context.storage.returns.keep(kept, MOST_KEPT).then(() => handle),
    () => null,
  );
}

/** For somebody signed in, who pays with no form: counted by itself, `null` beyond the limit. */
export async function keepReturnOf(
  context: AccountContext,
  path: string,
  { user, visitor }: { user: User; visitor: Visitor },
): Promise<string | null> {
  const { address } = visitor;
  const limited = await countAttempt(context, { act: 'remember', account: user.id, address });
  return limited === null ? keepReturn(context, path) : null;
}

/** Looks without forgetting. */
export const findReturn = (context: AccountContext, handle: string): Promise<string | null> =>
  context.storage.returns.find(sha256(handle), context.clock());

/** For one caller: forgets what it answers, as soon as the database can be written to. */
export const takeReturn = (context: AccountContext, handle: string): Promise<string | null> =>
  orAtHand(context.storage.returns.take(sha256(handle), context.clock()), () =>
    findReturn(context, handle),
  );

/** The way back is a convenience: what was done before, such as a sign-in, must not fail for it. */
const orAtHand = <Value>(
  wanted: Promise<Value>,
  atHand: () => Value | Promise<Value>,
): Promise<Value> =>
  wanted.catch((error: unknown) => {
    if (isTemporary(error)) return atHand();
    throw error;
  });
