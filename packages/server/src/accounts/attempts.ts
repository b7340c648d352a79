/** Limits on guessing, per account and per network address. Known and unknown accounts are counted alike. */
import { sha256 } from '../kit/hash.ts';
import type { AccountContext, Limited } from './context.ts';

export interface Attempt {
  readonly act: 'sign-in' | 'sign-up' | 'recover' | 'prove';
  /** Whatever names the account: an address or a user id. Stored hashed. */
  readonly account: string;
  readonly address: string;
}

const accountKey = ({ act, account }: Attempt): string =>
  `${act}:account:${Buffer.from(sha256(account)).toString('base64url')}`;
const addressKey = ({ act, address }: Attempt): string => `${act}:address:${address}`;

/** Counts first and asks afterwards, so that parallel guesses cannot slip through together. */
export async function countAttempt(
  context: AccountContext,
  attempt: Attempt,
): Promise<Limited | null> {
  const { windowSeconds, perAccount, perAddress } = context.policy.attempts;
  const now = context.clock();
  const { attempts } = context.storage;
  const [byAddress, byAccount] = await Promise.all([
    attempts.hit(addressKey(attempt), windowSeconds, now),
    attempts.hit(accountKey(attempt), windowSeconds, now),
  ]);
  const resets = [
    byAddress.count > perAddress ? byAddress.resetsAt : 0,
    byAccount.count > perAccount ? byAccount.resetsAt : 0,
  ];
  const until = Math.max(...resets);
  return until === 0 ? null : { outcome: 'limited', retryAfterSeconds: Math.max(1, until - now) };
}

/** A right password is no guess: the account starts afresh and the address gets its hit back. */
export async function forgiveAttempt(context: AccountContext, attempt: Attempt): Promise<void> {
  const { attempts } = context.storage;
  await Promise.all([attempts.forget(accountKey(attempt)), attempts.refund(addressKey(attempt))]);
}
