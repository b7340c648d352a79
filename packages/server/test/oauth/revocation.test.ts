/** Token revocation (RFC 7009). */
import assert from 'node:assert/strict';
import { after, before, test, type TestContext } from 'node:test';
import {
  assembleCredential,
  mintCredential,
  parseCredential,
  SECRET_LENGTH,
} from '../../src/oauth/tokens/format.ts';
import { randomBytes } from '../../src/kit/random.ts';
import { StorageUnavailable } from '../../src/storage/unavailable.ts';
import { exchange, newPkce, approve, type Registered } from '../support/oauth.ts';
import { CALLBACK, openPlace, type Person, type Place } from './place.ts';

let place: Place;
let developer: Person;
let web: Registered;
let native: Registered;

before(async () => {
  place = await openPlace();
  developer = await place.person();
  web = await place.register(developer.user);
  native = await place.register(developer.user, { type: 'public' });
});
after(() => place.stop());

interface Issued {
  readonly access_token: string;
  readonly refresh_token: string;
}

async function issued(): Promise<Issued> {
  const whose = { user: developer.user, registered: web };
  return (await exchange({ base: place.base, modules: place.modules }, whose)).json;
}

async function issuedToPublic(): Promise<Issued> {
  const { verifier, challenge } = newPkce();
  const whose = { user: developer.user, app: native.app };
  const code = await approve(place.modules, whose, { challenge });
  const body = { grant_type: 'authorization_code', code, redirect_uri: CALLBACK };
  return (await place.token({ ...body, code_verifier: verifier }, native)).json;
}

const revoke = (token: string, by: Registered | null, more: Record<string, string> = {}) =>
  place.ask('revoke', { token, ...more }, by);

const refresh = async (token: string, by = web) =>
  (await place.token({ grant_type: 'refresh_token', refresh_token: token }, by)).status;

const works = async (token: string) => (await place.me(token)).status === 200;

test('a refresh token takes all of its family along, an access token goes alone', async () => {
  const one = await issued();
  const first = await revoke(one.access_token, web);
  assert.equal(first.status, 200);
  assert.match(first.headers.get('content-type') ?? '', /^application\/json/);
  assert.equal(first.headers.get('cache-control'), 'no-store');
  assert.equal(await works(one.access_token), false);
  assert.equal(await refresh(one.refresh_token), 200);
  const two = await issued();
  assert.equal(await works(two.access_token), true);
  assert.equal((await revoke(two.refresh_token, web)).status, 200);
  assert.equal(await works(two.access_token), false);
  assert.equal(await refresh(two.refresh_token), 400);
});

test('any refresh token of the family ends it, however often it was replaced', async () => {
  const one = await issued();
  let last = one;
  for (let round = 0; round < 3; round++) {
    const body = { grant_type: 'refresh_token', refresh_token: last.refresh_token };
    last = (await place.token(body, web)).json;
  }
  assert.equal(await works(last.access_token), true);
  assert.equal((await revoke(one.refresh_token, web)).status, 200);
  assert.equal(await works(last.access_token), false);
  assert.equal(await refresh(last.refresh_token), 400);
});

test('whoever knows the id of a token and not its secret ends nothing', async () => {
  const { access_token: access } = await issued();
  const id = parseCredential('gate', access)?.id ?? '';
  const forged = assembleCredential('gate_oat_', id, 'a'.repeat(SECRET_LENGTH)).value;
  assert.equal((await revoke(forged, web)).status, 200);
  assert.equal(await works(access), true);
  assert.equal((await revoke(access, web)).status, 200);
  assert.equal(await works(access), false);
});

test('again, unknown, forged or expired is 200 too, and touches nothing', async () => {
  const { access_token: access, refresh_token } = await issued();
  const stranger = mintCredential('gate', 'oat', randomBytes).value;
  const forged = refresh_token.replace(/.{8}$/, 'AAAAAAAA');
  for (const token of [stranger, forged, 'x', '\u202e', 'gate_ort_', web.secret, access, access])
    assert.equal((await revoke(token, web)).status, 200, token);
  assert.equal(await refresh(refresh_token), 200);
  const { access_token: last } = await issued();
  assert.equal(await works(last), true);
});

test('hints are hints: any of them, right or wrong, ends the token', async () => {
  for (const token_type_hint of ['access_token', 'refresh_token', 'saml2', '\u202e']) {
    const { access_token: token } = await issued();
    assert.equal((await revoke(token, web, { token_type_hint })).status, 200);
    assert.equal(await works(token), false, token_type_hint);
    const { refresh_token } = await issued();
    assert.equal((await revoke(refresh_token, web, { token_type_hint })).status, 200);
    assert.equal(await refresh(refresh_token), 400, token_type_hint);
  }
});

test('another client ends nothing, and hears that the token is not its own', async () => {
  const other = await place.register(developer.user);
  const service = await place.register(developer.user, { type: 'service' });
  const { access_token: access, refresh_token } = await issued();
  for (const by of [other, service, native])
    for (const token of [access, refresh_token]) {
      const answer = await revoke(token, by);
      assert.deepEqual([answer.status, answer.json.error], [400, 'unauthorized_client']);
    }
  assert.equal(await works(access), true);
  assert.equal(await refresh(refresh_token), 200);
  const own = await issuedToPublic();
  assert.equal((await revoke(own.refresh_token, web)).status, 400);
  assert.equal((await revoke(own.refresh_token, native)).status, 200);
  assert.equal(await works(own.access_token), false);
});

test('a confidential client proves itself first', async () => {
  const { access_token: token } = await issued();
  const answers = [
    await place.ask('revoke', { token, client_id: web.app.id }),
    await place.ask('revoke', { token, client_id: web.app.id, client_secret: 'x' }),
    await revoke(token, null),
  ];
  for (const { status, headers } of answers) {
    assert.equal(status, 401);
    assert.equal(headers.get('cache-control'), 'no-store');
    assert.match(headers.get('www-authenticate') ?? '', /^Basic realm="/);
  }
  assert.equal(await works(token), true);
});

test('it ends tokens of apps alone: a developer token is its user’s', async () => {
  const origin = { source: 'cli', client: 'cli/test', address: null, actorId: null } as const;
  const form = { description: 'x', scopes: ['asset.read'], lifeSeconds: null };
  const { accountId } = developer.user;
  const made = await place.modules.tokens.create(
    { ...form, accountId, creationKey: crypto.randomUUID() },
    { user: developer.user, origin, ceiling: null },
  );
  assert.equal(made.outcome, 'created');
  assert.equal((await revoke(made.value, web)).status, 200);
  assert.equal(await works(made.value), true);
});

test('a service gives back its own token', async () => {
  const service = await place.register(developer.user, { type: 'service' });
  const { json } = await place.token({ grant_type: 'client_credentials' }, service);
  assert.equal((await revoke(json.access_token, service)).status, 200);
  assert.deepEqual((await place.ask('introspect', { token: json.access_token }, service)).json, {
    active: false,
  });
});

/** Makes one verb of the protocol's storage fail for one test. */
function breakStore(context: TestContext, [store, verb]: readonly string[], error: Error): void {
  const stores = place.modules.authorization.tokenEndpoint.storage;
  // What ends is written in a transaction.
  const [target, method] =
    verb === 'revoke'
      ? [stores, 'transaction']
      : [(stores as unknown as Record<string, object>)[store ?? ''], verb ?? ''];
  assert.ok(target);
  context.mock.method(target as unknown as Record<string, () => unknown>, method, () =>
    Promise.reject(error),
  );
}

for (const verb of [
  ['families', 'standing'],
  ['families', 'revoke'],
  ['accessTokens', 'byId'],
  ['accessTokens', 'revoke'],
] as const) {
  test(`a fault of storage is never told as success: ${verb.join('.')}`, async (context) => {
    const { access_token: access, refresh_token } = await issued();
    const token = verb[0] === 'families' ? refresh_token : access;
    breakStore(context, verb, new StorageUnavailable('away'));
    const answer = await revoke(token, web);
    assert.deepEqual([answer.status, answer.json.error], [503, 'temporarily_unavailable']);
    assert.match(answer.headers.get('retry-after') ?? '', /^\d+$/);
    assert.equal(answer.headers.get('cache-control'), 'no-store');
    context.mock.restoreAll();
    breakStore(context, verb, new Error('broken'));
    const broken = await revoke(token, web);
    assert.deepEqual([broken.status, broken.json.error], [500, 'server_error']);
    assert.equal(broken.headers.get('cache-control'), 'no-store');
    assert.doesNotMatch(JSON.stringify(broken.json), /broken/);
    context.mock.restoreAll();
    assert.equal((await revoke(token, web)).status, 200);
    assert.equal(await works(access), false);
  });
}

test('whoever gives an access token back has its answer: the refresh token before it is good for no retry', async () => {
  const one = await issued();
  const body = { grant_type: 'refresh_token', refresh_token: one.refresh_token };
  const next = await place.token(body, web);
  assert.equal(await refresh(one.refresh_token), 200, 'a retry, while nobody has used the answer');
  assert.equal((await revoke(next.json.access_token, web)).status, 200);
  assert.equal(await refresh(one.refresh_token), 400);
  assert.equal(await refresh(next.json.refresh_token), 400, 'its reuse ended the family');
});
