/**
 * Redirect URIs: what may be registered and what matches. Registration and authorization ask the same function, so that
 * they agree (RFC 6749 section 3.1.2, RFC 9700 section 4.1, RFC 8252 section 7). Never compares parts of a URI but the
 * port of a loopback address.
 */
import type { ClientType } from '../vocabulary.ts';

export const MAX_REDIRECT_URI_LENGTH = 2000;

/** RFC 3986 section 2: unreserved, reserved and percent-encoded; nothing that parsers disagree about. */
const URI = /^(?:[A-Za-z0-9\-._~:/?#[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})+$/;
/** RFC 8252 section 7.1: a reversed domain name, which leaves out `javascript`, `data` and their like. */
const PRIVATE_USE_SCHEME = /^[a-z][a-z0-9-]*(?:\.[a-z0-9-]+)+:$/;
/** Names as DNS holds them, underscores included, or an IPv6 address. */
const HOST = /^(?:[a-z0-9_-]+(?:\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\])$/;
const LOOPBACK_HOSTS: ReadonlySet<string> = new Set(['127.0.0.1', '[::1]', 'localhost']);
/** What a response carries (RFC 6749, RFC 9207, JARM, OpenID Connect): a URI that brings its own could pass for one. */
const RESPONSE_PARAMETERS: ReadonlySet<string> = new Set([
  'access_token',
  'code',
  'error',
  'error_description',
  'error_uri',
  'id_token',
  'iss',
  'response',
  'scope',
  'session_state',
  'state',
  'token_type',
]);

/** Says what is wrong in words for the person who registers it, or `null`. */
export function faultOfRedirectUri(text: string, type: ClientType): string | null {
  if (type === 'service') return 'A service acts as itself and has no redirect URIs.';
  if (text.length > MAX_REDIRECT_URI_LENGTH)
    return `Use at most ${MAX_REDIRECT_URI_LENGTH} characters.`;
  if (!URI.test(text)) return 'Write a complete URI in plain ASCII, without spaces or backslashes.';
  if (text.includes('#')) return 'Leave out the fragment (everything from #).';
  if (text.includes('*')) return 'Wildcards are not supported: register each URI.';
  const url = URL.parse(text);
  if (url === null) return 'Write a complete URI, such as https://app.example.com/callback.';
  return faultOfScheme(text, url, type) ?? faultOfShape(text, url);
}

function faultOfScheme(text: string, url: URL, type: ClientType): string | null {
  if (url.protocol === 'https:') return null;
  if (url.protocol === 'http:') {
    // The raw text: a parser that shortens addresses must not decide what is loopback.
    return isLoopback(url) && /^http:\/\/(127\.0\.0\.1|\[::1\]|localhost)[:/?]?/.test(text)
      ? null
      : 'Use https. Plain http is for 127.0.0.1, [::1] and localhost alone.';
  }
  if (PRIVATE_USE_SCHEME.test(url.protocol)) {
    return type === 'public' ? null : 'Only apps on a device can use a scheme of their own.';
  }
  return 'Use https, or for an app on a device a reversed domain name, such as com.example.app:/callback.';
}

function faultOfShape(text: string, url: URL): string | null {
  // RFC 3986 section 3.2.1: whatever stands before an @ can pass for the host.
  if (url.username !== '' || url.password !== '' || /^[^/?]*\/\/[^/?]*@/.test(text))
    return 'Leave out the user name and password.';
  if (url.hostname.endsWith('.')) return 'Leave out the dot at the end of the host.';
  // URL parsers let quotes, commas and semicolons through, and the host goes into a policy header.
  if (/^https?:$/.test(url.protocol) && !HOST.test(url.hostname))
    return 'Write the host in letters, digits, dots and hyphens.';
  // What a parser would change, another parser might read differently.
  if (url.href !== text && url.href !== withRootPath(text))
    return `Write it in its normal form: ${url.href}`;
  if (/%(2e|2f|5c|00|0a|0d|09)/i.test(url.pathname) || /\/\.{0,2};/.test(url.pathname))
    return 'Leave out encoded dots, slashes and control characters.';
  const carried = [...url.searchParams.keys()].find((name) => RESPONSE_PARAMETERS.has(name));
  return carried === undefined ? null : `Leave out the parameter "${carried}": answers carry it.`;
}

/** RFC 3986 section 6.2.3: `https://host?x` and `https://host` have the root path in their normal form. */
const withRootPath = (text: string): string =>
  text.replace(/^([a-z]+:\/\/[^/?]+)(?=\?|$)/, (origin) => `${origin}/`);

const isLoopback = (url: URL): boolean =>
  url.protocol === 'http:' && LOOPBACK_HOSTS.has(url.hostname);

/**
 * Whether the asked URI is one of the registered: the same string, or for `http` on a loopback address the same but for
 * the port (RFC 8252 section 7.3).
 */
export function matchesRedirectUri(registered: readonly string[], asked: string): boolean {
  return registered.some((uri) => uri === asked || matchesLoopback(uri, asked));
}

function matchesLoopback(registered: string, asked: string): boolean {
  const left = URL.parse(registered);
  const right = URL.parse(asked);
  if (left === null || right === null || !isLoopback(left) || !isLoopback(right)) return false;
  left.port = '';
  right.port = '';
  return left.href === right.href;
}

/**
 * Whether a client that exchanges a code names the URI that it was called back at. Libraries read it off the address of the
 * callback, where an empty path has become the root.
 */
export const isSameRedirectUri = (left: string, right: string): boolean =>
  withRootPath(left) === withRootPath(right);

/**
 * Whether the client behind a redirect URI can be told from another program: only what a domain's owner controls can.
 * RFC 8252 section 8.6: others are asked for consent every time.
 */
export const provesClient = (redirectUri: string): boolean => redirectUri.startsWith('https://');

/** What pages show: the host that codes are sent to, or the scheme of an app. */
export function placeOf(redirectUri: string): string {
  const url = URL.parse(redirectUri);
  if (url === null) return redirectUri;
  return url.host === '' ? url.protocol.slice(0, -1) : url.host;
}
