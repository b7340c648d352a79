/** Limits on guessing, per account and per network address. Known and unknown accounts are counted alike. */
import { urgentIf, type WriteOptions } from '../../kit/urgency.ts';
import { sha256 } from '../../kit/hash.ts';
import type { AccountContext, Limited, Visitor } from '../context.ts';
import { networkOf } from '../../kit/network.ts';
import type { Limits } from '../../limits/limits.ts';
import { keyOf, type Limit } from '../../limits/rules.ts';
import { secondsToWait } from '../../limits/window.ts';
import type { AccountStores } from '../ports.ts';
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

interface Counter {
  readonly limit: Limit;
  readonly forgive: (limits: Limits, key: string) => Promise<void>;
}

const forget: Counter['forgive'] = (limits, key) => limits.forget(key);
const refund: Counter['forgive'] = (limits, key) => limits.refund(key);

const base64url = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');

/** How an account stands in the keys of its counters. */
export const accountInKeys = (account: string): string => base64url(sha256(account));

/** The address comes first: once it is over its limit, it can add to no account's. */
function countersOf(
  { rules }: AccountContext,
  { act, account, address, knownDevice = null }: Attempt,
): readonly Counter[] {
  const ofAddress: readonly Counter[] =
    address === null
      ? []
      : [{ limit: rules('attemptsOfNetwork', act, networkOf(address)), forgive: refund }];
  if (account === null) return knownDevice === null ? ofAddress : [];
  const names = [act, accountInKeys(account)];
  // Strangers can use up the account's limit and the address's; they cannot lock out a browser that the user used before.
  return knownDevice === null
    ? [...ofAddress, { limit: rules('attemptsAtAccount', ...names), forgive: forget }]
    : [{ limit: rules('attemptsOfBrowser', ...names, base64url(knownDevice)), forgive: forget }];
}

/** Counts first and asks afterwards, so that parallel guesses cannot slip through together. */
export function countAttempt(context: AccountContext, attempt: Attempt): Promise<Limited | null> {
  const now = context.clock();
  return context.storage.transaction(async ({ attempts }) => {
    for (const { limit } of countersOf(context, attempt)) {
      const limited = limitedFor(await secondsToWait(attempts, limit, now));
      if (limited !== null) return limited;
    }
    return null;
  }, urgencyOf(attempt));
}

const limitedFor = (retryAfterSeconds: number): Limited | null =>
  retryAfterSeconds === 0 ? null : { outcome: 'limited', retryAfterSeconds };

/** A right password is no guess: the account starts afresh and the address gets its hit back. */
export async function forgiveAttempt(context: AccountContext, attempt: Attempt): Promise<void> {
  await context.storage.transaction(async ({ attempts }) => {
    for (const { limit, forgive } of countersOf(context, attempt))
      await forgive(attempts, limit.key);
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
    const refunds = countersOf(context, attempt).map(({ limit }) => attempts.refund(limit.key));
    // What went wrong is told, not that its count could not be taken back.
    await Promise.allSettled(refunds);
    throw error;
  }
}

export interface MailAttempt {
  readonly act: 'sign-up' | 'recover' | 'resend' | 'change-email';
  readonly email: string;
  readonly knownDevice?: Uint8Array | null;
}

const mailLimit = (
  { rules }: Pick<AccountContext, 'rules'>,
  { act, email, knownDevice = null }: MailAttempt,
): Limit => {
  const names = [act, accountInKeys(email)];
  return knownDevice === null
    ? rules('mailsToAddress', ...names)
    : rules('mailsOfBrowser', ...names, base64url(knownDevice));
};

/** With whatever ends the links of a user: the next that is asked for must be sent. Strangers cannot bring it about. */
export const forgetRecoveries = (
  { attempts }: Pick<AccountStores, 'attempts'>,
  { email }: Pick<User, 'email'>,
): Promise<void> => attempts.forget(keyOf('mailsToAddress', 'recover', accountInKeys(email)));

/** Part of the transaction that sends: counts for known and unknown addresses alike. */
export const countMail = async (
  context: AccountContext,
  { attempts }: Pick<AccountStores, 'attempts'>,
  attempt: MailAttempt,
): Promise<Limited | null> =>
  limitedFor(await secondsToWait(attempts, mailLimit(context, attempt), context.clock()));

/** What `recordFailure` writes for everybody: the time of an answer must not tell who has an account. */
export const failureKey = (account: string): string => `failed:${accountInKeys(account)}`;

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
