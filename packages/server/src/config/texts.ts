/** The kinds of text that settings hold: what to expect, its pattern, and a check for what no pattern can judge. */
import { isIP } from 'node:net';
import { Type, type TString } from 'typebox';
import { LONGEST_SCOPE } from '../catalogue/catalogue.ts';
import { decodeSecrets } from '../keys/decode-secrets.ts';
import { isWholeUrl } from '../kit/whole-url.ts';
import { BRAND_PATTERN } from '../oauth/tokens/format.ts';

/** The schema of a kind of text, once it is described. */
export type TextKind = (description: string, options?: { maxLength: number }) => TString;

/** Problems show `patternErrorMessage` as the expectation, and so does the YAML language server. */
const kind =
  (patternErrorMessage: string, pattern: string, isValid?: (text: string) => boolean): TextKind =>
  (description, { maxLength } = { maxLength: 500 }) => {
    const schema = Type.String({ description, pattern, patternErrorMessage, maxLength });
    return isValid === undefined ? schema : Type.Refine(schema, isValid);
  };

export const NAME = kind('a name of 1 to 60 characters', '^\\S(.{0,58}\\S)?$');
export const TOKEN_PREFIX = kind(
  'a lower-case letter, then 1 to 15 lower-case letters and digits',
  BRAND_PATTERN,
);
export const COLOUR = kind('a colour such as "#3451b2"', '^#[0-9a-fA-F]{6}$');
export const HOST = kind('a host name or an IP address', '^[^\\s/@]+$');
export const LINK = kind('an http(s) or mailto address', '^(https?://|mailto:)[^\\s]+$', isUrl);
export const WEB_ADDRESS = kind('an http(s) address', '^https?://[^\\s]+$', isUrl);
export const ORIGIN = kind(
  'an http(s) address without a path, query or password',
  '^https?://[^\\s]+$',
  isOrigin,
);
export const PROXY = kind(
  'an IP address, a CIDR range such as "10.0.0.0/8", "loopback", "linklocal" or "uniquelocal"',
  '^[0-9A-Za-z.:/]+$',
  isAddressRange,
);
export const PATH = kind('a path', '^[^\\u0000]+$');
export const DATABASE_SCHEMA = kind('a name of 1 to 63 characters', '^[^\\u0000-\\u001f"]{1,63}$');
export const DOMAIN = kind(
  'a domain such as "example.com"',
  '^([0-9A-Za-z]([0-9A-Za-z-]*[0-9A-Za-z])?\\.)*[0-9A-Za-z]([0-9A-Za-z-]*[0-9A-Za-z])?$',
);
export const SENDER = kind(
  'an address such as "Example <no-reply@example.com>"',
  '^([^<>\\r\\n]*<[^<>\\s@]+@[^<>\\s@]+>|[^<>\\s@]+@[^<>\\s@]+)$',
);
export const FILE = kind('the name of a file', '^\\S(.*\\S)?$');
export const EHLO_NAME = kind(
  'a host name or an address in brackets',
  '^([A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|\\[[0-9A-Za-z.:]+\\])$',
);
export const HEADING = kind('a heading on one line', '^\\S(.*\\S)?$');
export const FEW_WORDS = kind('a few words on one line', '^\\S(.*\\S)?$');
export const CHOICE_NAME = kind('a name on one line', '^\\S(.*\\S)?$');
/** RFC 6749 section 3.3 without `*`, which roles and presets use in patterns. */
export const SCOPE = kind(
  `a name of at most ${LONGEST_SCOPE} characters without spaces, quotes, backslashes or "*"`,
  '^[!#-)+-\\[\\]-~]+$',
);
export const SCOPE_PATTERN = kind('a scope name, "*", "*.read" or "asset.*"', '^[!#-\\[\\]-~]+$');

function isUrl(text: string): boolean {
  return URL.canParse(text);
}

function isOrigin(text: string): boolean {
  const url = URL.parse(text);
  if (url === null) return false;
  const hasMore = /[?#]/.test(text) || url.username !== '' || url.password !== '';
  return url.pathname === '/' && !hasMore;
}

function isAddressRange(range: string): boolean {
  if (['loopback', 'linklocal', 'uniquelocal'].includes(range)) return true;
  const [address = '', bits, ...more] = range.split('/');
  const family = isIP(address);
  if (family === 0 || more.length > 0) return false;
  if (bits === undefined) return true;
  return /^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128);
}

export const problemOfDatabaseUrl = (text: string): string | null =>
  isWholeUrl(text) && /^postgres(ql)?:$/.test(URL.parse(text)?.protocol ?? '')
    ? null
    : 'expected postgres://user:password@host:port/database, with reserved characters percent-encoded';

export function problemOfMasterSecret(text: string): string | null {
  const secrets = decodeSecrets(text);
  return typeof secrets === 'string' ? secrets : null;
}
