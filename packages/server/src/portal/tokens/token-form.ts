/** Reads the new-token form into typed values, once. Whether they make a token is for the developer-tokens module. */
import type { AccountOfMember } from '../../identity/types.ts';
import { choice, text } from '../../http/form.ts';
import { days } from '../../kit/clock.ts';
import { isUuid, newId } from '../../kit/ids.ts';
import type { TokenPolicy } from '../../developer-tokens/context.ts';
import { countOf } from '../../kit/plural.ts';
import { PageRefusal } from '../visit.ts';
import { readScopes, type ScopeChoice, type ScopeGroup } from './scope-groups.ts';

export const LIVES = ['7', '30', '60', '90', '365', 'custom', 'never'] as const;
export type Life = (typeof LIVES)[number];
const DEFAULT_LIFE: Life = '90';

const SECONDS_PER_DAY = 86_400;
/** Long enough that the module answers "at most 200 characters" and the text is not lost. */
const MOST_TYPED = 4000;

export type FormErrors = Readonly<Record<string, string>>;

/** Everything that the form is drawn from, and read with. */
export interface TokenFormSetting {
  readonly accounts: readonly AccountOfMember[];
  readonly accountId: string;
  readonly allowed: ReadonlySet<string>;
  readonly groups: readonly ScopeGroup[];
  readonly now: number;
}

export interface TokenFormValues extends ScopeChoice {
  readonly description: string;
  readonly life: Life;
  /** As typed: `2027-03-01`. */
  readonly expiresOn: string;
  readonly accountId: string;
  readonly creationKey: string;
}

export function blankForm(given: {
  readonly scopes: readonly string[];
  readonly accountId: string;
  readonly policy: TokenPolicy;
}): TokenFormValues {
  const offered = offeredLives(given.policy);
  return {
    description: '',
    life: offered.includes(DEFAULT_LIFE) ? DEFAULT_LIFE : longestOf(offered),
    expiresOn: '',
    scopes: given.scopes,
    isAll: false,
    accountId: given.accountId,
    creationKey: newId(),
  };
}

export function readTokenForm(
  form: unknown,
  given: Pick<TokenFormSetting, 'groups' | 'allowed' | 'accountId'>,
): TokenFormValues {
  return {
    description: text(form, 'description', { max: MOST_TYPED }),
    life: choice(form, 'expires_in', LIVES) ?? DEFAULT_LIFE,
    expiresOn: text(form, 'expires_on', { max: 40 }),
    ...readScopes(form, given.groups, given.allowed),
    accountId: given.accountId,
    creationKey: readCreationKey(form),
  };
}

/** Every form is made with a key of its own; without one, a reload could make a second token. */
export function readCreationKey(form: unknown): string {
  const key = text(form, 'creation_key', { max: 100 });
  if (!isUuid(key)) {
    throw new PageRefusal(400, 'This form is incomplete. Go back, reload the page and try again.');
  }
  return key.toLowerCase();
}

export type ReadLife =
  | { readonly outcome: 'life'; readonly seconds: number | null }
  | { readonly outcome: 'fault'; readonly field: string; readonly message: string };

/** Seconds from now, `null` for never. A token that ends on a date lives through that day, UTC. */
export function readLife(
  values: Pick<TokenFormValues, 'life' | 'expiresOn'>,
  policy: TokenPolicy,
  now: number,
): ReadLife {
  if (values.life === 'never') return { outcome: 'life', seconds: null };
  if (values.life !== 'custom') return { outcome: 'life', seconds: days(Number(values.life)) };
  const start = startOfDate(values.expiresOn);
  if (start === null) return fault('Give a date, such as 2027-03-01.');
  const seconds = start + SECONDS_PER_DAY - now;
  if (seconds <= 0) return fault('Choose a date in the future.');
  if (policy.longestLifeDays === null) return { outcome: 'life', seconds };
  const longest = days(policy.longestLifeDays);
  if (start - now > longest)
    return fault(`Tokens live at most ${countOf(policy.longestLifeDays, 'day')} here.`);
  // The last day that is offered may end some hours after the longest life does.
  return { outcome: 'life', seconds: Math.min(seconds, longest) };
}

const fault = (message: string): ReadLife => ({ outcome: 'fault', field: 'expires_on', message });

/** `null` for anything but a day of the calendar: 30 February is no date. */
function startOfDate(typed: string): number | null {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(typed)) return null;
  const milliseconds = Date.parse(`${typed}T00:00:00Z`);
  if (Number.isNaN(milliseconds) || dateOf(milliseconds / 1000) !== typed) return null;
  return milliseconds / 1000;
}

/** `2027-03-01`, UTC. */
export const dateOf = (at: number): string => new Date(at * 1000).toISOString().slice(0, 10);

/** The choices that the policy leaves. */
export function offeredLives(policy: TokenPolicy): readonly Life[] {
  const longest = policy.longestLifeDays ?? Infinity;
  return LIVES.filter((life) => {
    if (life === 'custom') return true;
    if (life === 'never') return policy.allowNever && policy.longestLifeDays === null;
    return Number(life) <= longest;
  });
}

const longestOf = (offered: readonly Life[]): Life =>
  offered.findLast((life) => life !== 'custom' && life !== 'never') ?? 'custom';

/** First and last date that the custom field takes. */
export function dateBounds(policy: TokenPolicy, now: number): { first: string; last: string } {
  const longest = policy.longestLifeDays ?? MOST_CUSTOM_DAYS;
  return { first: dateOf(now + SECONDS_PER_DAY), last: dateOf(now + days(longest)) };
}

/** One less than the module's own bound, because the chosen day counts in full. */
const MOST_CUSTOM_DAYS = 3649;
