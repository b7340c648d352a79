/**
 * Remembers, in this browser alone, where somebody was going who first had to sign up, recover or confirm an address: in
 * the cookie itself, or on the server under a handle that only the cookie knows when it would not fit.
 */
import { RETURN_SECONDS } from '../../identity/authentication/returns.ts';
import type { PortalContext } from '../portal-context.ts';
import type { CookieChange, SignedInVisit, Visit } from '../visit.ts';

/** Browsers keep 4096 bytes of name, value and attributes, and a path is encoded once more to be a value. */
const MOST_IN_COOKIE = 3000;

const fitsIntoCookie = (path: string): boolean => encodeURIComponent(path).length <= MOST_IN_COOKIE;

export const forgetReturn: CookieChange = { cookie: 'return', value: null };

const cookieOf = (value: string | null): CookieChange =>
  value === null ? forgetReturn : { cookie: 'return', value, maxAgeSeconds: RETURN_SECONDS };

/** While a form is only looked at; it carries the path itself, and what is long is kept when it was accepted. */
export const noteReturn = (path: string): readonly CookieChange[] =>
  path === '/' ? [] : [cookieOf(fitsIntoCookie(path) ? path : null)];

/** When a form was accepted: its limits bound how often something is kept. */
export async function rememberReturn(
  { accounts }: PortalContext,
  path: string,
): Promise<readonly CookieChange[]> {
  if (path === '/') return [];
  return [cookieOf(fitsIntoCookie(path) ? path : await accounts.keepReturn(path))];
}

/** For somebody signed in who looks at a page that says what to do first. */
export async function rememberReturnOf(
  context: PortalContext,
  visit: SignedInVisit,
  path: string,
): Promise<readonly CookieChange[]> {
  if (!visit.mayPlant) return [];
  if (fitsIntoCookie(path)) return [cookieOf(path)];
  if ((await rememberedReturn(context, visit)) === path) return [];
  const { user } = visit.signedIn;
  return [cookieOf(await context.accounts.keepReturnOf(path, { user, visitor: visit.visitor }))];
}

/** Where this browser wanted to go; `/` when nowhere. */
export const rememberedReturn = async (
  { accounts }: PortalContext,
  { returnCookie }: Visit,
): Promise<string> =>
  returnCookie.kind === 'path'
    ? returnCookie.path
    : ((await accounts.findReturn(returnCookie.handle)) ?? '/');

/** Says where, and forgets it. The cookie is for the caller to forget. */
export const takeReturn = async (
  { accounts }: PortalContext,
  { returnCookie }: Visit,
): Promise<string> =>
  returnCookie.kind === 'path'
    ? returnCookie.path
    : ((await accounts.takeReturn(returnCookie.handle)) ?? '/');

/** Where this visit wants to go: what it says, else what the browser remembers, else the start page. */
export async function destinationOf(context: PortalContext, visit: Visit): Promise<string> {
  return visit.returnTo === '/' ? rememberedReturn(context, visit) : visit.returnTo;
}

/** The same, for who goes there now: nothing of it stays remembered. The cookie is for the caller to forget. */
export async function takeDestination(context: PortalContext, visit: Visit): Promise<string> {
  const remembered = await (visit.mayPlant ? takeReturn : rememberedReturn)(context, visit);
  return visit.returnTo === '/' ? remembered : visit.returnTo;
}

/** A page of signing in, and from there on to where somebody was going. */
export const withReturn = (page: string, returnTo: string): string =>
  returnTo === '/' ? page : `${page}?${new URLSearchParams({ return_to: returnTo }).toString()}`;
