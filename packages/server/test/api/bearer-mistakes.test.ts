/** A mistake in the Authorization header is told for what it is, in words of its own, and nothing is told of tokens. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { mintCredential, type CredentialKind } from '../../src/oauth/tokens/format.ts';
import { randomBytes } from '../../src/kit/random.ts';
import { startApi, type RunningApi } from '../support/api.ts';

let api: RunningApi;
/** One that works, and one that was never issued. */
let values: readonly string[];

const minted = (kind: CredentialKind, brand = 'gate'): string =>
  mintCredential(brand, kind, randomBytes).value;

before(async () => {
  api = await startApi();
  const { value } = await api.token(await api.user('ada@example.com'));
  values = [value, minted('pat')];
});
after(() => api.stop());

const changed = (value: string): string => {
  const at = value.length - 10;
  return value.slice(0, at) + (value[at] === 'a' ? 'b' : 'a') + value.slice(at + 1);
};

const MISTAKES: Readonly<Record<string, (value: string) => string>> = {
  basic: () => 'Basic YWRhOnNlY3JldA==',
  basicToken: (value) => basic(`${value}:`),
  basicToken2: (value) => basic(`ada:${value}`),
  bareToken: (value) => value,
  bareToken2: (value) => `Token ${value}`,
  otherScheme: () => 'Digest username=ada',
  empty: () => 'Bearer',
  empty2: () => 'Bearer   ',
  bearerTwice: (value) => `Bearer Bearer ${value}`,
  severalTokens: (value) => `Bearer ${value}, Bearer ${value}`,
  severalTokens2: (value) => `Bearer ${value} ${value}`,
  spaceInside: (value) => `Bearer ${value.slice(0, 20)} ${value.slice(20)}`,
  spaceInside2: (value) => `Bearer ${value.slice(0, 20)}\t${value.slice(20)}`,
  quoted: (value) => `Bearer "${value}"`,
  quoted2: (value) => `Bearer '${value}'`,
  placeholder: () => 'Bearer undefined',
  placeholder2: () => 'Bearer ${TOKEN}',
  placeholder3: () => 'Bearer <token>',
  placeholder4: () => 'Bearer YOUR_TOKEN',
  characters: (value) => `Bearer ${value}!`,
  tooLong: () => `Bearer ${'a'.repeat(5000)}`,
  webToken: () => 'Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.',
  otherCase: (value) => `Bearer ${value.replace('gate_pat', 'GATE_PAT')}`,
  otherPrefix: () => `Bearer ${minted('pat', 'prod')}`,
  otherPrefix2: () => 'Bearer fio-u-abcdefgh',
  clientSecret: () => `Bearer ${minted('cs')}`,
  refreshToken: () => `Bearer gate_ort_${'a'.repeat(59)}`,
  code: () => `Bearer ${minted('oac')}`,
  cutOff: (value) => `Bearer ${value.slice(0, -5)}`,
  tooMuch: (value) => `Bearer ${value}aa`,
  mistyped: (value) => `Bearer ${changed(value)}`,
};

const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;

const kindOf = (name: string): string => name.replace(/\d$/, '');

async function tell(headers: Record<string, string>, path = '/v2/me') {
  const answer = await api.send(path, { headers });
  assert.equal(answer.status, 401, answer.text);
  const [error] = answer.json.errors;
  return {
    detail: String(error.detail),
    reason: String(error.reason),
    challenge: answer.headers.get('www-authenticate') ?? '',
    text: answer.text,
  };
}

test('each mistake has words of its own, and the challenge repeats them', async () => {
  const details = new Map<string, Set<string>>();
  for (const [name, write] of Object.entries(MISTAKES)) {
    const [value = ''] = values;
    const { detail, reason, challenge } = await tell({ authorization: write(value) });
    assert.equal(reason, 'token_malformed', name);
    assert.equal(
      challenge,
      `Bearer realm="Gatehouse", error="invalid_token", error_description="${detail}"`,
    );
    details.set(kindOf(name), (details.get(kindOf(name)) ?? new Set()).add(detail));
  }
  for (const [kind, told] of details)
    assert.equal(told.size, 1, `${kind}: ${[...told].join(' | ')}`);
  const all = [...details.values()].flatMap((told) => [...told]);
  assert.equal(new Set(all).size, details.size);
  assert.ok(details.size >= 18, String(details.size));
});

test('a mistake with a good token is told as the same mistake with one that never was', async () => {
  for (const [name, write] of Object.entries(MISTAKES)) {
    const [good, never] = await Promise.all(
      values.map((value) => tell({ authorization: write(value) })),
    );
    assert.deepEqual(good, never, name);
    for (const value of values) assert.ok(!String(good?.text).includes(value.slice(9, 30)), name);
  }
});

test('a token of another environment is one that this server does not know', async () => {
  const { reason, detail, challenge } = await tell({ authorization: `Bearer ${minted('pat')}` });
  assert.equal(reason, 'token_unknown');
  assert.match(detail, /another environment/);
  assert.match(challenge, /error="invalid_token", error_description="This server knows no such/);
});

interface Place {
  readonly path?: (value: string) => string;
  readonly headers?: (value: string) => Record<string, string>;
  /** What the words name. */
  readonly named: RegExp;
}

const PLACES: readonly Place[] = [
  { headers: (value) => ({ 'x-api-key': value }), named: /the header x-api-key/ },
  { headers: (value) => ({ 'x-gate': `Bearer ${value}` }), named: /the header x-gate/ },
  { headers: (value) => ({ [`x-${value.slice(0, 40)}`]: value }), named: /found in a header/ },
  { headers: () => ({ 'x-auth-token': 'of another form' }), named: /the header x-auth-token/ },
  { headers: (value) => ({ cookie: `a=b; token=${value}` }), named: /in a cookie/ },
  { path: (value) => `/v2/me?access_token=${value}`, named: /address, in the parameter access_t/ },
  { path: (value) => `/v2/me?page=1&token=${value}`, named: /address, in the parameter token/ },
  { path: (value) => `/v2/me?jwt=${value}`, named: /address, in the parameter jwt/ },
  { path: (value) => `/v2/me?${value}`, named: /found in the address\. / },
  { path: () => '/v2/me?api_key=fio-u-abc', named: /address, in the parameter api_key/ },
  { headers: (value) => ({ authorization: value }), named: /the word Bearer is missing/ },
  { headers: (value) => ({ authorization: basic(`${value}:`) }), named: /password of Basic/ },
];

test('a token in the wrong place is told as that, with the right place, and never repeated', async () => {
  for (const { path = () => '/v2/me', headers = () => ({}), named } of PLACES) {
    const [good, never] = await Promise.all(
      values.map((value) => tell(headers(value), path(value))),
    );
    assert.deepEqual(good?.detail, never?.detail);
    assert.match(good?.detail ?? '', named);
    assert.match(good?.detail ?? '', /Send it as: Authorization: Bearer TOKEN$/);
    const { message, errors } = JSON.parse(good?.text ?? '');
    assert.deepEqual([message, errors[0].title], Array(2).fill('Token in the wrong place'));
    for (const value of values) assert.ok(!String(good?.text).includes(value.slice(9, 30)));
  }
});

test('a token in the address is said to be known to others', async () => {
  const { detail } = await tell({}, `/v2/me?access_token=${values[0]}`);
  assert.match(detail, /kept in logs and histories: replace this token/);
});

test('where no token was read the challenge has no error (RFC 6750 section 3.1)', async () => {
  const [value = ''] = values;
  const none = await tell({});
  assert.match(none.text, /No token was sent/);
  for (const { reason, challenge } of [none, await tell({ 'x-api-key': value })]) {
    assert.equal(reason, 'token_missing');
    assert.equal(challenge, 'Bearer realm="Gatehouse"');
  }
});
