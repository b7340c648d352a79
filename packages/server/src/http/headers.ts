/**
 * Security headers as constants, computed once at start: @fastify/helmet would rebuild a dozen of them for every API
 * call, and pages and API want different ones.
 */
type Headers = Readonly<Record<string, string>>;

const YEAR_SECONDS = 31_536_000;

/** `formTargets`: other places to which forms may lead; browsers hold redirects after a form to the same list. */
export const pagePolicy = (formTargets: readonly string[] = []): string =>
  [
    "default-src 'none'",
    "style-src 'self'",
    "script-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    ["form-action 'self'", ...formTargets].join(' '),
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
  ].join('; ');

const isHttps = (baseUrl: string): boolean => new URL(baseUrl).protocol === 'https:';

/** For every answer, JSON included. */
export const baseHeaders = (baseUrl: string): Headers => ({
  'x-content-type-options': 'nosniff',
  ...(isHttps(baseUrl) && { 'strict-transport-security': `max-age=${YEAR_SECONDS}` }),
});

/**
 * For pages, in addition. Pages are never kept: they show what belongs to one person, and sometimes a secret once.
 * `Cross-Origin-Opener-Policy` is not among them, because it depends on the page.
 */
export const pageHeaders: Headers = {
  'content-security-policy': pagePolicy(),
  // Not `no-referrer`: Chromium then sends `Origin: null` on the site's own form posts, which cross-origin.ts must refuse.
  'referrer-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
  'x-frame-options': 'DENY',
  'cache-control': 'no-store',
};
