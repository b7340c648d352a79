/** Limits on guessing, per account and per network address. Known and unknown accounts are counted alike. */
import { urgentIf, type WriteOptions } from '../../kit/urgency.ts';
import { sha256 } from '../../kit/hash.ts';
import type { AccountContext, Limited, Visitor } from '../context.ts';
import { minutes } from '../../kit/clock.ts';
import { networkOf } from '../../kit/network.ts';
import type { AccountStores, AttemptStore } from '../ports.ts';
import type { User } from '../types.ts';

export interface Attempt {
  readonly act:
    'sign-in' | 'sign-up' | 'recover' | 'prove' | 'step-up-link' | 'remember' | 'change-email';
  /**
   * Whatever names the account: an address, a user id, or a link that was sent to one. Stored hashed. `null`: the address
   * alone is counted.
   */
  readonly account: string | null;
  /** `null`: counted before. */
  readonly address: string | null;
  /** Hash of the cookie of a browser that has signed in to the account before; counted by itself. */
  readonly knownDevice?: Uint8Array | null;
}

interface Bucket {
  readonly key: string;
  readonly most: number;
  readonly forgive: (attempts: AttemptStore, key: string) => Promise<void>;
}

const forget: Bucket['forgive'] = (attempts, key) => attempts.forget(key);
const refund: Bucket['forgive'] = (attempts, key) => attempts.refund(key);

const base64url = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');

/** How an account stands in the keys of its counters. */
export const accountInKeys = (account: string): string => base64url(sha256(account));

/** The address comes first: once it is over its limit, it can add to no account's. */
function bucketsOf(
  { policy: { attempts } }: AccountContext,
  { act, account, address, knownDevice = null }: Attempt,
): readonly Bucket[] {
  const ofAddress: readonly Bucket[] =
    address === null
      ? []
      : [
          {
            key: `${act}:address:${networkOf(address)}`,
            most: attempts.perAddress,
            forgive: refund,
          },
        ];
  if (account === null) return knownDevice === null ? ofAddress : [];
  const key = `${act}:account:${base64url(sha256(account))}`;
  const ofAccount: Bucket = { key, most: attempts.perAccount, forgive: forget };
  // Strangers can use up the account's limit and the address's; they cannot lock out a browser that the user used before.
  return knownDevice === null
    ? [...ofAddress, ofAccount]
    : [{ ...ofAccount, key: `${key}:device:${base64url(knownDevice)}` }];
}

/** Counts first and asks afterwards, so that parallel guesses cannot slip through together. */
export function countAttempt(context: AccountContext, attempt: Attempt): Promise<Limited | null> {
  const { windowSeconds } = context.policy.attempts;
  const now = context.clock();
  return context.storage.transaction(async ({ attempts }) => {
    for (const { key, most } of bucketsOf(context, attempt)) {
      const { count, resetsAt } = await attempts.hit(key, windowSeconds, now);
      if (count > most) {
        return { outcome: 'limited', retryAfterSeconds: Math.max(1, resetsAt - now) };
      }
    }
    return null;
  }, urgencyOf(attempt));
}

/** A right password is no guess: the account starts afresh and the address gets its hit back. */
export async function forgiveAttempt(context: AccountContext, attempt: Attempt): Promise<void> {
  await context.storage.transaction(async ({ attempts }) => {
    for (const { key, forgive } of bucketsOf(context, attempt)) await forgive(attempts, key);
  }, urgencyOf(attempt));
}

/** Some acts that end access ask for the password first, so that must be possible on a full disk too. */
const urgencyOf = ({ act }: Attempt): WriteOptions => urgentIf(act === 'prove');

/** When the password could not be judged (too many wait, the database is away), it was no guess either. */
export async function judge<Verdict>(
  context: AccountContext,
  attempt: Attempt,
  work: () => Promise<Verdict>,
): Promise<Verdict> {
  try {
    return await work();
  } catch (error) {
    const { attempts } = context.storage;
    const refunds = bucketsOf(context, attempt).map(({ key }) => attempts.refund(key));
    // What went wrong is told, not that its count could not be taken back.
    await Promise.allSettled(refunds);
    throw error;
  }
}

/**
 * Messages that anybody can have sent to one address: half as many in half an hour as guesses are allowed. A link in them
 * lives for an hour, so that whoever reads the mailbox finds a live one whatever strangers do.
 */
export const MAIL_WINDOW_SECONDS = minutes(30);
export const mostMails = ({ policy: { attempts } }: AccountContext): number =>
  Math.ceil(attempts.perAccount / 2);

export interface MailAttempt {
  readonly act: 'sign-up' | 'recover' | 'resend' | 'change-email';
  readonly email: string;
  readonly knownDevice?: Uint8Array | null;
}

const mailKey = (act: MailAttempt['act'], email: string): string =>
  `${act}:mail:${base64url(sha256(email))}`;

/** With whatever ends the links of a user: the next that is asked for must be sent. Strangers cannot bring it about. */
export const forgetRecoveries = (
  { attempts }: Pick<AccountStores, 'attempts'>,
  { email }: Pick<User, 'email'>,
): Promise<void> => attempts.forget(mailKey('recover', email));

/** Part of the transaction that sends: counts for known and unknown addresses alike. */
export async function countMail(
  context: AccountContext,
  { attempts }: AccountStores,
  { act, email, knownDevice = null }: MailAttempt,
): Promise<Limited | null> {
  const now = context.clock();
  const own = knownDevice === null ? '' : `:device:${base64url(knownDevice)}`;
  const key = mailKey(act, email) + own;
  const { count, resetsAt } = await attempts.hit(key, MAIL_WINDOW_SECONDS, now);
  if (count <= mostMails(context)) return null;
  return { outcome: 'limited', retryAfterSeconds: Math.max(1, resetsAt - now) };
}

/** What `recordFailure` writes for everybody: the time of an answer must not tell who has an account. */
export const failureKey = (account: string): string => `failed:${base64url(sha256(account))}`;

/** The same read whether or not there is such a user. */
export async function knownDeviceOf(
  context: AccountContext,
  user: User | null,
  { deviceToken }: Visitor,
): Promise<Uint8Array | null> {
  if (deviceToken === null) return null;
  const hash = sha256(deviceToken);
  return (await context.storage.devices.isKnown(user?.id ?? '', hash)) ? hash : null;
}
