/**
 * What is wrong with an Authorization header that holds no token of this server, in words for whoever wrote it. Told from
 * the form of the header alone, before anything is looked up: it says the same whether there is such a token or not.
 */
import { holdsCredential, lengthOf, readKind } from '../oauth/tokens/format.ts';

const SEND = 'Send it as: Authorization: Bearer TOKEN';

/** Without quotes: each goes into a challenge too. */
const MISTAKES = {
  basicToken: `A token was found in the name or password of Basic, where none is read. ${SEND}`,
  basic: `The header says Basic; the API takes a bearer token. ${SEND}`,
  bareToken: `The header holds a token, but the word Bearer is missing before it. ${SEND}`,
  otherScheme: `The header does not say Bearer before the token. ${SEND}`,
  empty: `There is no token after Bearer. ${SEND}`,
  bearerTwice: 'The word Bearer is there twice. Send it once before the token.',
  severalTokens: 'There is more than one token in the header. Send one.',
  spaceInside: 'There is a space or line break inside of the token. Check how it was copied.',
  quoted: 'The token stands in quotes or brackets. Send it without them.',
  placeholder: 'There is a placeholder where the token should be: a variable was not filled in.',
  characters: 'There are characters in the token that no token has. Check how it was copied.',
  tooLong: 'The header is longer than any token.',
  webToken: 'This is a JSON Web Token; the tokens of this server are of another form.',
  otherCase:
    'The token begins in the wrong case: capitals and small letters are different in a token.',
  otherPrefix:
    'The token does not begin as those of this server do. It may be of another service or environment.',
  clientSecret: 'This is a client secret. Exchange it for an access token at /oauth2/token.',
  refreshToken: 'This is a refresh token. Exchange it for an access token at /oauth2/token.',
  code: 'This is an authorization code. Exchange it for an access token at /oauth2/token.',
  cutOff: 'The token is shorter than it should be: not all of it was copied.',
  tooMuch: 'The token is longer than it should be: something else was copied with it.',
  mistyped: 'The checksum of the token is wrong: a character was changed or left out.',
} as const;

export type Mistake = keyof typeof MISTAKES;

export const sayMistake = (mistake: Mistake): string => MISTAKES[mistake];

/** Something that begins as a token does is there, and not where one is read. */
export const isMisplaced = (mistake: Mistake): boolean =>
  mistake === 'basicToken' || mistake === 'bareToken';

const MOST_LENGTH = 4096;
const BASIC = /^basic(?:\s+(.*))?$/i;
const BEARER = /^bearer(?:\s+|$)/i;
const QUOTES = /^(?:"[^"]*"|'[^']*'|`[^`]*`|\[[^\]]*\])$/;
const PLACEHOLDER =
  /^(?:undefined|null|none|nil|nan|\[object \w+\]|<[^>]*>|\$\{?\w*\}?|\{\{?[^}]*\}?\}|%\w+%|(?:your|my)[_-]?\w*|x{3,}|\.{3}|…)$/i;
const TOKEN_CHARACTERS = /^[\w\-.~+/]+=*$/;

/** Of a header in which `readBearer` finds no token. */
export function mistakeInHeader(brand: string, header: string): Mistake {
  if (header.length > MOST_LENGTH) return 'tooLong';
  const value = header.trim();
  const basic = BASIC.exec(value);
  if (basic !== null) {
    const text = Buffer.from(basic[1] ?? '', 'base64').toString();
    return holdsCredential(brand, text) ? 'basicToken' : 'basic';
  }
  if (!BEARER.test(value)) return holdsCredential(brand, value) ? 'bareToken' : 'otherScheme';
  const token = value.replace(BEARER, '');
  return token === '' ? 'empty' : mistakeInText(token);
}

function mistakeInText(text: string): Mistake {
  if (PLACEHOLDER.test(text)) return 'placeholder';
  if (QUOTES.test(text)) return 'quoted';
  if (/[,;]\s*\S/.test(text)) return 'severalTokens';
  if (BEARER.test(text)) return 'bearerTwice';
  const words = text.split(/\s+/);
  if (words.length === 1) return 'characters';
  return words.every((word) => TOKEN_CHARACTERS.test(word) && word.includes('_'))
    ? 'severalTokens'
    : 'spaceInside';
}

/** Of a token that the checker calls malformed. */
export function mistakeInToken(brand: string, token: string): Mistake {
  if (PLACEHOLDER.test(token)) return 'placeholder';
  if (/^bearer$/i.test(token)) return 'bearerTwice';
  if (/^eyJ[\w-]*\.[\w-]+\.[\w-]*/.test(token)) return 'webToken';
  const kind = readKind(brand, token);
  if (kind === null) {
    const lower = token.toLowerCase();
    return readKind(brand, lower) === null ? 'otherPrefix' : 'otherCase';
  }
  const other = OTHER_KINDS.get(kind);
  if (other !== undefined) return other;
  const excess = token.length - lengthOf(brand, kind);
  if (excess === 0) return 'mistyped';
  return excess < 0 ? 'cutOff' : 'tooMuch';
}

const OTHER_KINDS: ReadonlyMap<string, Mistake> = new Map(
  Object.entries({
    cs: 'clientSecret',
    ort: 'refreshToken',
    oac: 'code',
  }),
);

/** Names under which people send tokens, also of other forms than those of this server. */
const USUAL_HEADERS = [
  'x-api-key',
  'api-key',
  'apikey',
  'x-auth-token',
  'x-access-token',
  'x-token',
  'token',
];
const USUAL_PARAMETERS = ['access_token', 'token', 'api_key', 'apikey', 'key'];
/** Longer names, and names that are tokens themselves, are not repeated. */
const SHOWABLE = /^[\w-]{1,40}$/;

type Pairs = readonly (readonly [name: string, value: string])[];

/**
 * For a request without an Authorization header: where a token was sent instead, and where it goes; `null` when there is none. A
 * token is known by how it begins, and never repeated.
 */
export function tokenElsewhere(
  brand: string,
  request: {
    readonly url: string;
    readonly headers: Readonly<Record<string, unknown>>;
  },
): string | null {
  const { cookie, ...headers } = request.headers;
  const inAddress = find(brand, parametersOf(request.url), USUAL_PARAMETERS);
  if (inAddress !== null)
    return `A token was found in the address${named(', in the parameter ', inAddress)}. None is read there, and addresses are kept in logs and histories: replace this token. ${SEND}`;
  const pairs = Object.entries(headers).map(([name, value]) => [name, String(value)] as const);
  const inHeader = find(brand, pairs, USUAL_HEADERS);
  if (inHeader !== null)
    return `A token was found in ${named('the header ', inHeader) || 'a header'}, where none is read. ${SEND}`;
  if (typeof cookie !== 'string' || !holdsCredential(brand, cookie)) return null;
  return `A token was found in a cookie, where none is read. ${SEND}`;
}

const named = (before: string, name: string): string => (SHOWABLE.test(name) ? before + name : '');

const parametersOf = (url: string): Pairs => [
  ...new URLSearchParams(url.includes('?') ? url.slice(url.indexOf('?')) : ''),
];

/** The name under which there is a token, by what it is or else by what it is called. */
function find(brand: string, pairs: Pairs, usual: readonly string[]): string | null {
  const holding = pairs.find(([name, value]) => holdsCredential(brand, `${name} ${value}`));
  const called = pairs.find(([name]) => usual.includes(name.toLowerCase()));
  return (holding ?? called)?.[0] ?? null;
}
