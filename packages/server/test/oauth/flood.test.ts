/** Floods of wrong secrets are turned away by address, and hurt nobody else. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { mintCredential } from '../../src/oauth/tokens/format.ts';
import { randomBytes } from '../../src/kit/random.ts';
import { approve, exchange, newPkce, type Registered } from '../support/oauth.ts';
import { answerIn, CALLBACK, openPlace, requestOf, type Place } from './place.ts';

const REQUESTS = 50;

const openLimited = (): Promise<Place> =>
  openPlace({
    change: (config) => ({
      ...config,
      rateLimit: {
        requests: REQUESTS,
        failures: REQUESTS,
        windowSeconds: 60,
        changesPerDay: 1_000_000,
      },
    }),
  });

let place: Place;
let service: Registered;
before(async () => {
  place = await openLimited();
  service = await place.register(await place.user(), { type: 'service' });
});
after(() => place.stop());

test('wrong secrets are limited by address, and whoever knows the right one still gets in', async () => {
  const wrong = { app: service.app, secret: mintCredential('gate', 'cs', randomBytes).value };
  const unknown = { app: { ...service.app, id: crypto.randomUUID() }, secret: wrong.secret };
  const credentials = { grant_type: 'client_credentials' };
  const all = await Promise.all(
    Array.from({ length: 4 * REQUESTS }, (_, turn) =>
      place.token(credentials, turn % 2 === 0 ? wrong : unknown),
    ),
  );
  const count = (status: number) => all.filter((answer) => answer.status === status).length;
  assert.ok(count(401) >= REQUESTS && count(401) <= REQUESTS + 10, String(count(401)));
  assert.equal(count(401) + count(429), all.length);
  const limited = all.find(({ status }) => status === 429);
  assert.equal(limited?.headers.get('cache-control'), 'no-store');
  assert.match(limited?.headers.get('retry-after') ?? '', /^\d+$/);
  assert.equal((await place.token(credentials, service)).status, 200);
});

test('codes and refresh tokens that are refused are limited by address, and good ones still work', async (t) => {
  const limited = await openLimited();
  t.after(() => limited.stop());
  const user = await limited.user();
  const registered = await limited.register(user, { type: 'public' });
  const redeem = (code: string) =>
    limited.token({ grant_type: 'authorization_code', code }, registered);
  const refresh = (refresh_token: string) =>
    limited.token({ grant_type: 'refresh_token', refresh_token }, registered);
  const approved = { user, app: registered.app };
  const pkce = newPkce();
  const code = await approve(limited.modules, approved, { challenge: pkce.challenge });
  const stranger = mintCredential('gate', 'oac', randomBytes).value;
  const all = await Promise.all(
    Array.from({ length: 4 * REQUESTS }, (_, turn) =>
      turn % 2 === 0 ? redeem(stranger) : refresh('gate_ort_nothing'),
    ),
  );
  const refused = all.filter(({ json }) => json.error === 'invalid_grant');
  const turnedAway = all.filter(({ status }) => status === 429);
  assert.ok(refused.length >= REQUESTS && refused.length <= REQUESTS + 10, String(refused.length));
  assert.equal(refused.length + turnedAway.length, all.length);
  for (const { json, headers } of turnedAway) {
    assert.equal(json.error, 'temporarily_unavailable');
    assert.match(headers.get('retry-after') ?? '', /^\d+$/);
    assert.equal(headers.get('cache-control'), 'no-store');
  }
  const form = { grant_type: 'authorization_code', code, redirect_uri: CALLBACK };
  const first = await limited.token({ ...form, code_verifier: pkce.verifier }, registered);
  assert.equal(first.status, 200);
  assert.equal((await refresh(first.json.refresh_token)).status, 200);
});

test('whoever shares an address uses up nothing of those who refresh from there', async (t) => {
  const limited = await openLimited();
  t.after(() => limited.stop());
  const registered = await limited.register(await limited.user(), { type: 'public' });
  const statuses = await Promise.all(
    Array.from({ length: 2 * REQUESTS }, () => limited.running.visitor().send('GET', '/v2/me', {})),
  );
  assert.ok(statuses.some(({ status }) => status === 429));
  const dead = { grant_type: 'refresh_token', refresh_token: 'gate_ort_nothing' };
  assert.equal((await limited.token(dead, registered)).json.error, 'invalid_grant');
});

test('a hundred workers that refresh with one token at once use up nothing', async (t) => {
  const limited = await openLimited();
  t.after(() => limited.stop());
  const user = await limited.user();
  const registered = await limited.register(user);
  const { json } = await exchange(limited, { user, registered });
  const retry = { grant_type: 'refresh_token', refresh_token: json.refresh_token };
  const all = await Promise.all(
    Array.from({ length: 2 * REQUESTS }, () => limited.token(retry, registered)),
  );
  assert.deepEqual(new Set(all.map(({ status }) => status)), new Set([200]));
  const unknown = { grant_type: 'refresh_token', refresh_token: 'gate_ort_nothing' };
  assert.equal((await limited.token(unknown, registered)).json.error, 'invalid_grant');
});

test('an app that reloads itself gets no codes without end, and other people are let in', async () => {
  const registered = await place.register(await place.user());
  const { visitor, user } = await place.person();
  await visitor.get(requestOf(registered));
  await visitor.submit('/oauth2/auth', { decision: 'allow' });
  const path = requestOf(registered);
  const all = await Promise.all(
    Array.from({ length: 2 * REQUESTS }, () => visitor.send('GET', path, {})),
  );
  const codes = all.filter(({ location }) => location?.includes('code=') === true);
  assert.equal(codes.length, REQUESTS - 2);
  const limited = all.find(({ status }) => status === 429);
  assert.match(limited?.headers.get('retry-after') ?? '', /^\d+$/);
  assert.equal(all.filter(({ status }) => status === 429).length, REQUESTS + 2);
  const other = await place.person();
  assert.equal((await other.visitor.get(path)).status, 200);
  // The form of the page counts too.
  const form = visitor.hidden('/oauth2/auth') ?? {};
  assert.equal((await visitor.post('/oauth2/auth', { ...form, decision: 'allow' })).status, 429);
  place.time.now += 60;
  assert.ok(answerIn(await visitor.get(path)).get('code'), user.id);
});

test('codes that somebody was given, and that are not for this client, are limited as well', async (t) => {
  const limited = await openLimited();
  t.after(() => limited.stop());
  const user = await limited.user();
  const [own, other] = [await limited.register(user), await limited.register(user)];
  const code = await approve(limited.modules, { user, app: own.app });
  const body = { grant_type: 'authorization_code', code, redirect_uri: CALLBACK };
  const all = await Promise.all(
    Array.from({ length: 4 * REQUESTS }, () => limited.token(body, other)),
  );
  const refused = all.filter(({ json }) => json.error === 'invalid_grant');
  const turnedAway = all.filter(({ status }) => status === 429);
  assert.ok(refused.length >= REQUESTS && refused.length <= REQUESTS + 10, String(refused.length));
  assert.equal(refused.length + turnedAway.length, all.length);
  assert.equal((await limited.token(body, own)).status, 200);
});
