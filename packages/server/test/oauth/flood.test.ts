/** Floods of wrong secrets are turned away by address, and hurt nobody else. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { mintCredential } from '../../src/oauth/tokens/format.ts';
import { randomBytes } from '../../src/kit/random.ts';
import type { Registered } from '../support/oauth.ts';
import { answerIn, openPlace, requestOf, type Place } from './place.ts';

const REQUESTS = 50;

let place: Place;
let service: Registered;
before(async () => {
  place = await openPlace({
    change: (config) => ({ ...config, rateLimit: { requests: REQUESTS, windowSeconds: 60 } }),
  });
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
