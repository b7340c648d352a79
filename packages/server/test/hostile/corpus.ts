/** Values that broke other people's servers, and how to spell them in a form, a path and a body. */
import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Percent-encoded already: some of them have no other spelling. */
export const VALUES: readonly string[] = [
  '',
  '%20',
  '%00',
  'a%00b',
  'a%2500b',
  // Half a surrogate pair, an overlong slash, a byte that is never UTF-8.
  '%ED%A0%80',
  '%C0%AF',
  '%FF',
  '%',
  '%zz',
  '%u0041',
  '%E2%80%AE%F0%9F%92%A5',
  '%0D%0AX-Injected:%20yes%0D%0ASet-Cookie:%20injected=1',
  '%0A',
  '%27%20or%201=1%20--',
  '%22%3E%3Cscript%3Ealert(1)%3C/script%3E',
  '..%2f..%2f..%2fetc%2fpasswd',
  '..%5c..%5cwindows',
  '//evil.example',
  '%5C%5Cevil.example',
  'javascript:alert(1)',
  '%7B%7B7*7%7D%7D',
  '$%7B7*7%7D',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'null',
  'undefined',
  'true',
  'NaN',
  '-1',
  '0',
  '1e309',
  '9007199254740993',
  '9'.repeat(400),
  '0000-00-00',
  '2026-13-45',
  '275760-09-14',
  '+002026-01-01',
  'asset.read%20asset.read',
  '*',
  '[]',
  '[object%20Object]',
  'a'.repeat(5000),
  '%F0%9F%91%A9%E2%80%8D'.repeat(300),
];

const files = globSync('src/portal/**/*.ts', {
  cwd: fileURLToPath(new URL('../../', import.meta.url)),
});
const READ = /\b(?:text|texts|flag|choice)\([\w.]+, '(\w+)'/g;

/** Every field that a page reads, found where it is read, OAuth's parameters, and what frameworks trip over. */
export const FIELDS: readonly string[] = [
  ...new Set([
    ...files.flatMap((file) => {
      const source = readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
      return [...source.matchAll(READ)].map(([, name = '']) => name);
    }),
    ...'client_id client_secret redirect_uri response_type response_mode state nonce prompt'.split(
      ' ',
    ),
    ...'grant_type code code_challenge code_challenge_method code_verifier refresh_token'.split(
      ' ',
    ),
    ...'token_type_hint client_assertion client_assertion_type resource audience'.split(' '),
    'return_to',
    '__proto__',
    'constructor',
    'toString',
  ]),
];

/** What would let a form through, so that one bad field is met behind the good ones. */
export const GOOD: Readonly<Record<string, string>> = {
  name: 'Ada',
  email: 'ada%40example.com',
  password: 'copper+lantern+drifting+north',
  current_password: 'copper+lantern+drifting+north',
  description: 'fine',
  scope: 'asset.read',
  expires_in: '30',
  overlap: '3600',
  creation_key: 'a-key-of-its-own',
  role: 'member',
  confirm: 'yes',
};

export const TYPES: readonly string[] = [
  'application/x-www-form-urlencoded',
  'application/x-www-form-urlencoded; charset=utf-16',
  'application/json',
  'application/json; charset="',
  'application/vnd.api+json',
  'multipart/form-data',
  'multipart/form-data; boundary=',
  'text/plain',
  'text/html',
  '*/*',
  '/',
  '',
  'application/json, text/html',
  'a'.repeat(500),
];

export const JSON_BODIES: readonly string[] = [
  '',
  'null',
  '0',
  '""',
  '[]',
  '{',
  '{"a":}',
  '{"__proto__":{"isOperator":true}}',
  '{"constructor":{"prototype":{"isOperator":true}}}',
  '{"description":"\\u0000","scopes":["asset.read"],"expires_in":null}',
  '{"description":"\\ud800","scopes":["\\udfff"],"expires_in":null}',
  '{"description":{"toString":1},"scopes":{"length":1e9},"expires_in":1e309}',
  '{"description":"x","scopes":["asset.read"],"expires_in":1e15}',
  '{"description":"x","scopes":["asset.read"],"expires_in":-0}',
  '{"description":"x","scopes":["asset.read"],"expires_in":0.5}',
  '{"description":"x","scopes":["asset.read"],"expires_in":9007199254740993}',
  '{"overlap_seconds":99999999999999999999}',
  '{"overlap_seconds":[3600]}',
  `{"description":${'['.repeat(20_000)}${']'.repeat(20_000)}}`,
  '{"a":'.repeat(5000),
  `{"a":"\\u0000","b":${'['.repeat(20_000)}${']'.repeat(20_000)}}`,
  `{"scopes":[${'"asset.read",'.repeat(3000)}"asset.read"]}`,
  '\u00ff\u00fe{\u0000}\u0000',
  '\u00ef\u00bb\u00bf{}',
];
