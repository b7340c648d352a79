import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openPlace, requestOf, type Place } from '../oauth/place.ts';

let place: Place;
before(async () => {
  place = await openPlace();
});
after(() => place.stop());

test('the start page shows the apps that are connected, the latest first, until they are not', async () => {
  const { user, visitor } = await place.person();
  const welcome = await visitor.get('/');
  assert.doesNotMatch(welcome.text, /Connected to you/);
  for (let number = 1; number <= 6; number++) {
    const app = await place.register(user, { name: `Cutting Room ${number}` });
    await visitor.get(requestOf(app));
    await visitor.submit('/oauth2/auth', { decision: 'allow' });
    place.time.now += 1;
  }
  const page = await visitor.get('/');
  assert.match(page.text, /Connected to you .* Cutting Room 6 .* Cutting Room 2 /);
  assert.doesNotMatch(page.text, /Cutting Room 1 /);
  const path = /href="(\/connections\/[^"]+)"/.exec(page.html)?.[1] ?? '';
  await visitor.get(path);
  await visitor.submit(`${path}/disconnect`);
  const after = await visitor.get('/');
  assert.match(after.text, /Connected to you .* Cutting Room 5 .* Cutting Room 1 /);
  const stranger = await place.person();
  assert.doesNotMatch((await stranger.visitor.get('/')).text, /Connected to you/);
});
