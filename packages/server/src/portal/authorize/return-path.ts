/** Remembers, in this browser alone, where somebody was going who first had to sign up, recover or confirm an address. */
import { hours } from '../../kit/clock.ts';
import type { CookieChange, Visit } from '../visit.ts';

const REMEMBER_SECONDS = hours(24);
/** What fits into a cookie. */
const MOST_CHARACTERS = 3000;

export const rememberReturn = (path: string): CookieChange =>
  path === '/' || path.length > MOST_CHARACTERS
    ? { cookie: 'return', value: null }
    : { cookie: 'return', value: path, maxAgeSeconds: REMEMBER_SECONDS };

export const forgetReturn: CookieChange = { cookie: 'return', value: null };

/** Where this visit wants to go: what it says, else what the browser remembers, else the start page. */
export const destinationOf = ({ returnTo, rememberedReturn }: Visit): string =>
  returnTo === '/' ? rememberedReturn : returnTo;
