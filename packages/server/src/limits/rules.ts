/** Every limit of attempts, changes and refused credentials: under which key it is counted, how many, and in which time. */
import { days, minutes } from '../kit/clock.ts';

export interface LimitPolicy {
  readonly attempts: {
    readonly windowSeconds: number;
    readonly perAccount: number;
    readonly perAddress: number;
  };
  readonly rateLimit: {
    readonly requests: number;
    /** As many as requests unless said otherwise. */
    readonly failures?: number | undefined;
    readonly windowSeconds: number;
    readonly changesPerDay: number;
  };
}

interface Rule {
  /** Of the names of who or what is counted. Accounts, addresses and the cookies of browsers are hashed. */
  readonly key: (...names: readonly string[]) => string;
  readonly most: (policy: LimitPolicy) => number;
  readonly windowSeconds: (policy: LimitPolicy) => number;
}

const perAccount = ({ attempts }: LimitPolicy): number => attempts.perAccount;
const attemptWindow = ({ attempts }: LimitPolicy): number => attempts.windowSeconds;
/**
 * Messages that anybody can have sent to one address: half as many in half an hour as guesses are allowed. A link in them
 * lives for an hour, so that whoever reads the mailbox finds a live one whatever strangers do.
 */
const mails = (policy: LimitPolicy): number => Math.ceil(perAccount(policy) / 2);
const mailWindow = (): number => minutes(30);
const failures = ({ rateLimit: { requests, failures: most = requests } }: LimitPolicy): number =>
  Math.min(most, requests);
const rateWindow = ({ rateLimit }: LimitPolicy): number => rateLimit.windowSeconds;

const TABLE = {
  // Fixed windows. Signing in, recovery and other acts that judge a password or a link:
  attemptsOfNetwork: {
    key: (act, network) => `${act}:address:${network}`,
    most: ({ attempts }) => attempts.perAddress,
    windowSeconds: attemptWindow,
  },
  attemptsAtAccount: {
    key: (act, account) => `${act}:account:${account}`,
    most: perAccount,
    windowSeconds: attemptWindow,
  },
  /** Of a browser that the user has signed in with before. */
  attemptsOfBrowser: {
    key: (act, account, browser) => `${act}:account:${account}:device:${browser}`,
    most: perAccount,
    windowSeconds: attemptWindow,
  },
  mailsToAddress: {
    key: (act, address) => `${act}:mail:${address}`,
    most: mails,
    windowSeconds: mailWindow,
  },
  mailsOfBrowser: {
    key: (act, address, browser) => `${act}:mail:${address}:device:${browser}`,
    most: mails,
    windowSeconds: mailWindow,
  },
  /** Acts, sign-ins or incidents of one person. */
  eventsOfDay: {
    key: (kind, person) => `${kind}s-of-day ${person}`,
    most: ({ rateLimit }) => rateLimit.changesPerDay,
    windowSeconds: () => days(1),
  },
  // Leaky buckets:
  refusedOfNetwork: {
    key: (network) => `refused:address:${network}`,
    most: failures,
    windowSeconds: rateWindow,
  },
  refusedAtClient: {
    key: (client) => `refused:client:${client}`,
    most: failures,
    windowSeconds: rateWindow,
  },
} satisfies Readonly<Record<string, Rule>>;

export type RuleName = keyof typeof TABLE;

/** A rule for one key, with the figures of the configuration. */
export interface Limit {
  readonly key: string;
  readonly most: number;
  readonly windowSeconds: number;
}

export type Rules = (rule: RuleName, ...names: readonly string[]) => Limit;

const RULES: Readonly<Record<RuleName, Rule>> = TABLE;

export const keyOf = (rule: RuleName, ...names: readonly string[]): string =>
  RULES[rule].key(...names);

export const createRules =
  (policy: LimitPolicy): Rules =>
  (rule, ...names) => ({
    key: keyOf(rule, ...names),
    most: RULES[rule].most(policy),
    windowSeconds: RULES[rule].windowSeconds(policy),
  });
