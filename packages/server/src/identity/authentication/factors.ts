/** Every factor there is. A new one is a file like `password-factor.ts` and a line here. */
import type { User } from '../types.ts';
import { emailFactor } from './email-factor.ts';
import type { Factor } from './factor.ts';
import { passwordFactor } from './password-factor.ts';

export const FACTORS = [passwordFactor, emailFactor] as const;

export type FactorName = (typeof FACTORS)[number]['name'];

/** What is known of a factor without its evidence. */
export type AnyFactor = Omit<Factor<unknown>, 'judge'>;

/** With which of them this person can prove who they are. */
export const factorsOf = (user: User): readonly FactorName[] =>
  FACTORS.filter(({ isSetUp }) => isSetUp(user)).map(({ name }) => name);
