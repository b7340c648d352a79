/**
 * Which pages keep the tie to the window that opened them (Cross-Origin-Opener-Policy). Apps open a popup for an authorization
 * request, and their callback hands the code to `window.opener`. One page with `same-origin` on the way cuts that tie for
 * good, redirects included. No other page needs it, so no other page has it.
 */

/** Everything through which an authorization request can lead, from its first page to the answer. */
const INSIDE_A_REQUEST: ReadonlySet<string> = new Set([
  '/oauth2/auth',
  '/sign-in',
  '/sign-up',
  '/sign-up/sent',
  '/sign-up/correct',
  '/verify-email',
  '/verify-email/resend',
  '/forgot-password',
  '/forgot-password/sent',
  '/reset-password',
  '/keep-account',
  '/confirm',
  '/confirm/send-link',
  '/confirm/link',
]);

/** `route` is the pattern of the route; undefined where none matched. */
export const openerPolicy = (route: string | undefined): 'unsafe-none' | 'same-origin' =>
  route !== undefined && INSIDE_A_REQUEST.has(route) ? 'unsafe-none' : 'same-origin';
