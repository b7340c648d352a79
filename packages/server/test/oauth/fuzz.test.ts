/** Whatever is sent to an endpoint of OAuth is refused or answered, never a failure of ours, and never kept by a cache. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { approve, type Registered } from '../support/oauth.ts';
import { amount, SEED, toldSeed } from '../support/chance.ts';
import { plainRequest, type PlainAnswer } from '../support/plain-request.ts';
import { sharedPostgres } from '../support/postgres.ts';
import { basicOf, CALLBACK, openPlace, requestOf, type Place } from './place.ts';

let place: Place;
let web: Registered;
let native: Registered;
let authorization: string;
before(async () => {
  // The pickier of the two about what is text.
  const databaseUrl = await (await sharedPostgres()).createMigrated();
  place = await openPlace({
    databaseUrl,
    change: (config) => ({
      ...config,
      rateLimit: {
        requests: 1_000_000,
        failures: 1_000_000,
        windowSeconds: 60,
        changesPerDay: 1_000_000,
      },
    }),
  });
  const user = await place.user();
  web = await place.register(user);
  native = await place.register(user, { type: 'public' });
  authorization = basicOf({ id: web.app.id, secret: web.secret });
});
after(() => place.stop());

const ENDPOINTS = ['token', 'revoke', 'introspect'] as const;
const FORM = 'application/x-www-form-urlencoded';

interface Sent {
  readonly endpoint: (typeof ENDPOINTS)[number];
  readonly type?: string | undefined;
  readonly body: string;
  readonly authorization?: string | undefined;
}

const send = (sent: Sent): Promise<PlainAnswer> =>
  plainRequest(`${place.base}/oauth2/${sent.endpoint}`, {
    method: 'POST',
    headers: {
      ...(sent.type !== undefined && { 'content-type': sent.type }),
      ...(sent.authorization !== undefined && { authorization: sent.authorization }),
      'content-length': Buffer.byteLength(sent.body),
    },
    body: sent.body,
  });

function assertOrderly({ status, headers, body }: PlainAnswer, sent: unknown): void {
  const place = JSON.stringify(sent).slice(0, 300);
  assert.ok(status === 200 || (status >= 400 && status < 500), `${status} ${place} ${body}`);
  assert.equal(headers['cache-control'], 'no-store', place);
  assert.match(headers['content-type'] ?? '', /^application\/json/, place);
  assert.equal(headers['access-control-allow-origin'], '*', place);
  const { error, error_description: description } = JSON.parse(body) as Record<string, unknown>;
  if (status === 200) return;
  // RFC 6749 section 5.2: the sets of characters of both.
  assert.match(String(error), /^[a-z_]+$/, place);
  assert.match(String(description), /^[\x20\x21\x23-\x5B\x5D-\x7E]+$/, place);
}

const NAMES = [
  'grant_type',
  'code',
  'redirect_uri',
  'code_verifier',
  'refresh_token',
  'scope',
  'client_id',
  'client_secret',
  'token',
  'token_type_hint',
  'resource',
  'state',
  'scope[a]',
  'scope[]',
  '__proto__',
  'constructor',
  'grant_type[]',
  '',
];

const value = (): fc.Arbitrary<string> =>
  fc.oneof(
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.constantFrom(
      'authorization_code',
      'refresh_token',
      'client_credentials',
      'password',
      'offline',
      'a'.repeat(9000),
      '\0',
      '\ud800',
      '\u202e',
      '%',
      '[object Object]',
      '*',
      '  ',
      'null',
      'gate_oac_',
      `gate_ort_${'A'.repeat(59)}`,
      `gate_oat_${'0'.repeat(48)}`,
      CALLBACK,
    ),
    fc.constantFrom('web', 'native', 'secret').map((which) => `\u0001${which}`),
  );

/** Ids are known only once the server runs. */
function real(text: string): string {
  if (text === '\u0001web') return web.app.id;
  if (text === '\u0001native') return native.app.id;
  return text === '\u0001secret' ? web.secret : text;
}

/** As a hostile sender spells it: percent-encoded, raw, or half of a surrogate pair in bytes. */
const spelt = (text: string, how: number): string => {
  if (how === 0) return text.isWellFormed() ? encodeURIComponent(text) : '%ED%A0%80';
  return how === 1 ? text.replaceAll(/[^\x20-\x7e]/g, '?') : encodeURI(text.toWellFormed());
};

const pairs = (): fc.Arbitrary<readonly (readonly [string, string, number])[]> =>
  fc.array(fc.tuple(fc.constantFrom(...NAMES), value(), fc.nat({ max: 2 })), { maxLength: 8 });

const runs = amount(300, { long: 3000 });

test('forms of any names and values', async (context) => {
  context.diagnostic(toldSeed);
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...ENDPOINTS),
      pairs(),
      fc.boolean(),
      async (endpoint, fields, isProven) => {
        const body = fields
          .map(([name, text, how]) => `${encodeURIComponent(name)}=${spelt(real(text), how)}`)
          .join('&');
        const sent = { endpoint, type: FORM, body, ...(isProven && { authorization }) };
        assertOrderly(await send(sent), sent);
      },
    ),
    { numRuns: runs, seed: SEED },
  );
});

test('multipart of any shape: wrong boundaries, files, broken parts', async (context) => {
  context.diagnostic(toldSeed);
  const part = fc.oneof(
    fc
      .tuple(fc.constantFrom(...NAMES), value())
      .map(([name, text]) => `Content-Disposition: form-data; name="${name}"\r\n\r\n${text}`),
    fc.constantFrom(
      'Content-Disposition: form-data; name="file"; filename="x.txt"\r\n\r\nx',
      'Content-Disposition: form-data\r\n\r\nnameless',
      'Content-Disposition: attachment; name="x"\r\n\r\nx',
      'Content-Type: text/plain; charset=utf-16\r\n\r\nx',
      'Content-Transfer-Encoding: base64\r\nContent-Disposition: form-data; name="scope"\r\n\r\n!!',
      'no header at all',
      '\r\n\r\n',
      '',
    ),
  );
  const type = fc.constantFrom(
    'multipart/form-data; boundary=b',
    'multipart/form-data; boundary="b"',
    'multipart/form-data',
    'multipart/form-data; boundary=',
    'multipart/form-data; boundary=c',
    `multipart/form-data; boundary=${'b'.repeat(300)}`,
    'Multipart/Form-Data; Boundary=b',
    'multipart/form-data; boundary=b; boundary=c',
    'multipart/mixed; boundary=b',
  );
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...ENDPOINTS),
      type,
      fc.array(part, { maxLength: 5 }),
      fc.constantFrom('--b--\r\n', '--b--', '--b', '', '--c--'),
      async (endpoint, contentType, parts, end) => {
        const body = parts.map((one) => `--b\r\n${real(one)}\r\n`).join('') + end;
        const sent = { endpoint, type: contentType, body, authorization };
        assertOrderly(await send(sent), sent);
      },
    ),
    { numRuns: runs, seed: SEED },
  );
});

test('a file that breaks off in the middle is refused, and the server lives on', async () => {
  const part = 'Content-Disposition: form-data; name="f"; filename="x.txt"\r\n\r\nhalf';
  for (const body of [
    `--b\r\n${part}`,
    `--b\r\n${part}\r\n--b`,
    `--b\r\n${part}\r\n--b\r\n${part}`,
  ]) {
    const sent = { endpoint: 'token', type: 'multipart/form-data; boundary=b', body } as const;
    assert.equal((await send(sent)).status, 400);
  }
  // The fault is told after the answer: it must not find the process without a listener.
  await new Promise((resolve) => {
    setTimeout(resolve, 50);
  });
  assert.equal((await send({ endpoint: 'token', type: FORM, body: '' })).status, 400);
});

test('bodies of other types, without a type, and JSON', async () => {
  const good = `grant_type=refresh_token&refresh_token=x&token=x&client_id=${native.app.id}`;
  const json = JSON.stringify({ grant_type: 'refresh_token', token: 'x', client_id: web.app.id });
  for (const endpoint of ENDPOINTS)
    for (const type of [
      'application/json',
      'text/plain',
      'text/html',
      'application/xml',
      '*/*',
      '/',
      'x',
      'application/x-www-form-urlencoded2',
      'application/jwt',
      'a'.repeat(400),
      undefined,
      'application/json; charset="',
      `${FORM}; charset=utf-16`,
      `${FORM},application/json`,
    ])
      for (const body of [good, json, '', '\0', '{', '[]', '"x"', '%ff%fe']) {
        const sent = { endpoint, type, body };
        assertOrderly(await send(sent), sent);
      }
});

test('what is too large is told in the same shape', async () => {
  for (const body of [`state=${'s'.repeat(1_000_000)}`, '&'.repeat(70_000)]) {
    const sent = { endpoint: 'token', type: FORM, body } as const;
    const answer = await send(sent).catch((error: unknown) => error);
    // The connection may be closed before all of it was written.
    if (answer instanceof Error) continue;
    assertOrderly(answer as PlainAnswer, sent);
  }
  const many = Array.from({ length: 2000 }, (_, turn) => `p${turn}=x`).join('&');
  assert.equal((await send({ endpoint: 'token', type: FORM, body: many })).status, 400);
});

test('authorization requests of any parameters end on a page or at the client', async (context) => {
  context.diagnostic(toldSeed);
  const names = [
    'response_type',
    'client_id',
    'redirect_uri',
    'scope',
    'state',
    'prompt',
    'max_age',
  ];
  const more = [
    'code_challenge',
    'code_challenge_method',
    'response_mode',
    'login_hint',
    'resource',
  ];
  const ours = ['account_id', 'signed_in_after', 'request', 'request_uri', 'scope[a]', '__proto__'];
  const user = await place.user();
  const visitor = place.running.visitor();
  await place.signIn(visitor, user);
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.constantFrom(...names, ...more, ...ours), value(), fc.nat({ max: 2 })), {
        maxLength: 5,
      }),
      fc.boolean(),
      async (fields, isBased) => {
        const query = fields
          .filter(([, text]) => text.length < 3000)
          .map(([name, text, how]) => `${encodeURIComponent(name)}=${spelt(real(text), how)}`)
          .join('&')
          .replaceAll(/[ #]/g, '+');
        const path = isBased ? `${requestOf(web)}&${query}` : `/oauth2/auth?${query}`;
        const { status, headers, location } = await visitor.send('GET', path, {});
        assert.ok([200, 303, 400].includes(status), `${status} ${path}`);
        assert.equal(headers.get('cache-control'), 'no-store', path);
        if (location !== null)
          assert.match(location, /^(\/sign-in\?|https:\/\/app\.example\.com\/)/);
      },
    ),
    { numRuns: runs, seed: SEED },
  );
});

test('the log holds one object a line, and neither codes nor tokens nor what was sent', async () => {
  const code = await approve(place.modules, { user: await place.user(), app: web.app });
  const marker = 'marker\r\n{"level":60,"msg":"forged"}';
  const answers = [
    await place.token({ grant_type: marker, client_id: marker }, null),
    await place.token({ grant_type: 'authorization_code', code, redirect_uri: marker }, web),
    await place.ask('introspect', { token: marker, client_id: marker, client_secret: marker }),
    await place.token({ grant_type: 'authorization_code', code, redirect_uri: CALLBACK }, web),
  ];
  assert.equal(answers.at(-1)?.status, 200);
  const lines = place.running.log
    .join('')
    .split('\n')
    .filter((line) => line !== '');
  for (const line of lines) assert.equal(typeof JSON.parse(line), 'object');
  const all = lines.join('\n');
  for (const secret of [code, answers.at(-1)?.json.access_token, web.secret, 'marker'])
    assert.equal(all.includes(secret), false, secret);
  for (const { headers } of answers)
    assert.doesNotMatch(headers.get('www-authenticate') ?? '', /marker|[\r\n]/);
});
