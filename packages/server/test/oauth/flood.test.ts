/** Floods of wrong secrets are turned away by address, and hurt nobody else. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { mintCredential } from '../../src/oauth/tokens/format.ts';
import { randomBytes } from '../../src/kit/random.ts';
import type { Registered } from '../support/oauth.ts';
import { openPlace, type Place } from './place.ts';

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
