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
  otherScheme: (value) => value,
  otherScheme2: (value) => `Token ${value}`,
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

test('a token at another place is named, and the challenge stays without an error', async () => {
  const [value = ''] = values;
  const told = [
    await tell({}),
    await tell({}, `/v2/me?access_token=${value}`),
    await tell({ 'x-api-key': value }),
  ];
  assert.equal(new Set(told.map(({ detail }) => detail)).size, 3);
  for (const { reason, challenge, text } of told) {
    assert.equal(reason, 'token_missing');
    assert.equal(challenge, 'Bearer realm="Gatehouse"');
    assert.ok(!text.includes(value));
  }
});
