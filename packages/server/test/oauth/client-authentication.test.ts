/** Who a client proves to be (RFC 6749 sections 2.3 and 5.2), over HTTP. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  assembleCredential,
  mintCredential,
  parseCredential,
  SECRET_LENGTH,
} from '../../src/oauth/tokens/format.ts';
import { randomBytes } from '../../src/kit/random.ts';
import { sharedPostgres } from '../support/postgres.ts';
import { approve, newPkce, type Registered } from '../support/oauth.ts';
import { plainRequest } from '../support/plain-request.ts';
import { basicOf, CALLBACK, openPlace, type Person, type Place } from './place.ts';

let place: Place;
let developer: Person;
let web: Registered;
let other: Registered;
let native: Registered;
let service: Registered;

before(async () => {
  const databaseUrl = await (await sharedPostgres()).createMigrated();
  place = await openPlace({ databaseUrl });
  developer = await place.person();
  web = await place.register(developer.user);
  other = await place.register(developer.user);
  native = await place.register(developer.user, { type: 'public' });
  service = await place.register(developer.user, { type: 'service' });
});
after(() => place.stop());

interface Sent {
  readonly authorization?: string;
  readonly body?: Readonly<Record<string, string>>;
  readonly endpoint?: string;
}

const DEFAULT_BODY = { grant_type: 'client_credentials' };

async function send({ authorization, body = DEFAULT_BODY, endpoint = 'token' }: Sent) {
  const answer = await plainRequest(`${place.base}/oauth2/${endpoint}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      ...(authorization !== undefined && { authorization }),
    },
    body: new URLSearchParams(body).toString(),
  });
  const json = JSON.parse(answer.body) as { error?: string; access_token?: string };
  return { ...answer, json };
}

const idOf = ({ app }: Registered) => ({ id: app.id });
const basic = (registered: Registered, secret = registered.secret): string =>
  basicOf({ ...idOf(registered), secret });
const raw = (text: string | Buffer): string => `Basic ${Buffer.from(text).toString('base64')}`;
const inBody = ({ app, secret }: Registered) => ({ client_id: app.id, client_secret: secret });

async function assertRefused(
  sent: Sent,
  [status, error]: readonly [number, string],
): Promise<void> {
  const answer = await send(sent);
  assert.deepEqual([answer.status, answer.json.error], [status, error], JSON.stringify(sent));
  assert.equal(answer.headers['cache-control'], 'no-store');
  assert.equal(answer.headers['www-authenticate'] !== undefined, status === 401);
}

test('the header, the body, and both while they name one client and prove it once', async () => {
  for (const sent of [
    { authorization: basic(service) },
    { authorization: basic(service).replace('Basic', 'bAsIc') },
    { body: { ...DEFAULT_BODY, ...inBody(service) } },
    { authorization: basic(service), body: { ...DEFAULT_BODY, client_id: service.app.id } },
  ])
    assert.equal((await send(sent)).status, 200, JSON.stringify(sent));
});

test('both halves of the header are form-encoded: any character may come as its code', async () => {
  const encoded = (text: string): string =>
    [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
  const { app, secret } = service;
  for (const [id, proof] of [
    [encoded(app.id), encoded(secret)],
    [encoded(app.id).toUpperCase(), secret],
    [app.id, encoded(secret).toUpperCase()],
  ] as const)
    assert.equal((await send({ authorization: raw(`${id}:${proof}`) })).status, 200);
  // Encoded once more it is another secret.
  const twice = raw(`${app.id}:${encoded(encoded(secret))}`);
  await assertRefused({ authorization: twice }, [401, 'invalid_client']);
});

test('two methods or two clients in one request are refused, right or wrong', async () => {
  const authorization = basic(service);
  for (const endpoint of ['token', 'revoke', 'introspect']) {
    const body = { ...DEFAULT_BODY, token: 'x' };
    for (const more of [
      inBody(service),
      { ...inBody(service), client_secret: 'wrong' },
      { ...inBody(other) },
      { client_id: other.app.id },
      { client_id: 'nobody' },
    ])
      await assertRefused({ endpoint, authorization, body: { ...body, ...more } }, [
        400,
        'invalid_request',
      ]);
  }
});

test('a header that cannot be read is 401, whatever is in the body', async () => {
  const { id } = idOf(service);
  for (const authorization of [
    'Basic',
    'Basic ',
    'Basic *',
    'Basic a',
    `${basic(service)} ${basic(service)}`,
    `${basic(service)},${basic(service)}`,
    basic(service).replace(/=*$/, '==='),
    raw(id),
    raw(`:${service.secret}`),
    raw(`${id}:%zz`),
    raw(`%:${service.secret}`),
    raw(`${id}%00:${service.secret}`),
    raw(`${id}\u0000:${service.secret}`),
    raw(`${id}:${service.secret}\u0000`),
    raw(Buffer.from([0xff, 0xfe, 0x3a, 0x61])),
    raw(`${id}:%ED%A0%80`),
    'Bearer gate_pat_x',
    'Digest username="x"',
    'Negotiate',
    'x'.repeat(5000),
  ]) {
    await assertRefused({ authorization }, [401, 'invalid_client']);
    await assertRefused({ authorization, body: { ...DEFAULT_BODY, ...inBody(service) } }, [
      401,
      'invalid_client',
    ]);
  }
});

test('blank, foreign, mistyped and other secrets prove nothing', async () => {
  const wrong = mintCredential('gate', 'cs', randomBytes).value;
  const pat = mintCredential('gate', 'pat', randomBytes).value;
  // The public id of a secret that works, with another secret behind it and a checksum that fits.
  const { id = '' } = parseCredential('gate', service.secret) ?? {};
  const near = assembleCredential('gate_cs_', id, 'a'.repeat(SECRET_LENGTH)).value;
  assert.equal(parseCredential('gate', near)?.id, id);
  for (const secret of [
    '',
    ' ',
    wrong,
    near,
    other.secret,
    pat,
    `${service.secret} `,
    'null',
    '0',
  ]) {
    await assertRefused({ authorization: basic(service, secret) }, [401, 'invalid_client']);
    const body = { ...DEFAULT_BODY, client_id: service.app.id, client_secret: secret };
    await assertRefused({ body }, [401, 'invalid_client']);
  }
  await assertRefused({ body: { ...DEFAULT_BODY, client_id: service.app.id } }, [
    401,
    'invalid_client',
  ]);
  await assertRefused({ body: { ...DEFAULT_BODY, client_secret: service.secret } }, [
    400,
    'invalid_request',
  ]);
  await assertRefused({}, [401, 'invalid_client']);
});

test('a public client has no secret, and one that is sent along is refused', async () => {
  const { verifier, challenge } = newPkce();
  const whose = { user: developer.user, app: native.app };
  const code = await approve(place.modules, whose, { challenge });
  const grant = { grant_type: 'authorization_code', code, redirect_uri: CALLBACK };
  const body = { ...grant, code_verifier: verifier };
  const own = { ...body, client_id: native.app.id };
  for (const secret of ['x', web.secret])
    await assertRefused({ body: { ...own, client_secret: secret } }, [401, 'invalid_client']);
  await assertRefused({ authorization: basic(native, 'x'), body }, [401, 'invalid_client']);
  assert.equal((await send({ body: own })).status, 200);
});

test('a confidential client that only names itself gets nothing for a code or a refresh token', async () => {
  const whose = { user: developer.user, app: web.app };
  const code = await approve(place.modules, whose);
  const body = { grant_type: 'authorization_code', code, redirect_uri: CALLBACK };
  const named = { client_id: web.app.id };
  for (const more of [named, { ...named, client_secret: '' }])
    await assertRefused({ body: { ...body, ...more } }, [401, 'invalid_client']);
  await assertRefused({ authorization: basic(web, ''), body }, [401, 'invalid_client']);
  const issued = await place.token(body, web);
  assert.equal(issued.status, 200);
  const refresh = { grant_type: 'refresh_token', refresh_token: issued.json.refresh_token };
  await assertRefused({ body: { ...refresh, ...named } }, [401, 'invalid_client']);
  assert.equal((await place.token(refresh, web)).status, 200);
});

test('nobody can tell an unknown client from a wrong secret', async () => {
  const wrong = mintCredential('gate', 'cs', randomBytes).value;
  const answers = await Promise.all(
    [service.app.id, native.app.id, crypto.randomUUID(), 'a'.repeat(4000), '‮'].map(async (id) => {
      const { status, body, headers } = await send({
        authorization: basicOf({ id, secret: wrong }),
      });
      return JSON.stringify([status, body, headers['www-authenticate']]);
    }),
  );
  assert.equal(new Set(answers).size, 1, answers.join('\n'));
});

test('an unknown client costs what a known one does: one read, and no slow hash', async (context) => {
  const wrong = mintCredential('gate', 'cs', randomBytes).value;
  const { clients } = place.modules.storage;
  const reads = context.mock.method(clients, 'byId');
  const hashing = (['hash', 'verify'] as const).map((name) =>
    context.mock.method(place.modules.passwords, name),
  );
  for (const id of [service.app.id, crypto.randomUUID()]) {
    place.modules.readers.dropEverything();
    const before = reads.mock.callCount();
    await send({ authorization: basicOf({ id, secret: wrong }) });
    assert.equal(reads.mock.callCount() - before, 1, id);
  }
  for (const { mock } of hashing) assert.equal(mock.callCount(), 0);
});
