/** Nobody is asked for access by a service, and none of its pages speaks of people, consent or connections. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { signUp, startApp, type RunningApp } from '../support/running-app.ts';
import type { WebVisitor } from '../support/visitor.ts';
import { make, publicIdOf, SERVICE, userOf, type Made } from './app-people.ts';

let running: RunningApp;
let ada: WebVisitor;
let service: Made;
before(async () => {
  running = await startApp();
  await signUp(running, 'operator@example.com');
  ada = await signUp(running, 'ada@example.com');
  service = await make(ada, SERVICE);
});
after(() => running.stop());

const OF_PEOPLE =
  /people|person|asks them|ask for|optional scopes|disconnect|for everybody|privacy/i;

const mainOf = ({ html }: { html: string }): string => {
  const main = /<main[^]*<\/main>/.exec(html)?.[0];
  assert.ok(main !== undefined);
  return main;
};

test('its page, its form and its ends say what applies to it', async () => {
  const path = `/apps/${service.id}`;
  const assertFits = (page: { html: string }, what: string) =>
    assert.doesNotMatch(mainOf(page), OF_PEOPLE, what);
  const page = await ada.get(path);
  assertFits(page, 'its page');
  assert.match(page.text, /refused everywhere at once, until you enable it again\. Disable/);
  assert.match(page.text, /Its client secrets and its tokens end at once/);
  assertFits(await ada.get(`${path}/edit`), 'its form');
  assertFits(await ada.get(`${path}/delete`), 'what deleting does');
  await ada.get(path);
  const secret_id = publicIdOf(service.secret);
  const revoking = await ada.submit(`${path}/secrets/revoke`, { secret_id });
  assert.match(revoking.text, /the tokens that they got by it end/);
  assertFits(revoking, 'what revoking a secret does');
  await ada.get(path);
  assertFits(await ada.submit(`${path}/disable`), 'its page while it is disabled');
  const enabled = await ada.submit(`${path}/enable`);
  assert.match(enabled.text, /The app is enabled\. It works again\./);
  assertFits(enabled, 'its page after it was enabled');
});

test('each of its scopes is allowed or not, and none is optional', async () => {
  const { html } = await ada.get(`/apps/${service.id}/edit`);
  const values = [...html.matchAll(/name="scope\.asset\.read" value="(\w+)"( checked)?/g)];
  assert.deepEqual(
    values.map(([, value, checked]) => [value, checked !== undefined]),
    [
      ['none', false],
      ['required', true],
    ],
  );
  const filledInAsAnother = await make(ada, { ...SERVICE, 'scope.asset.read': 'optional' });
  const app = await running.app.storage.apps.byId(filledInAsAnother.id);
  assert.deepEqual(app?.scopes, ['account.read', 'asset.read']);
  assert.deepEqual(app?.optionalScopes, []);
});

test('a privacy policy that it was given some other way is not lost by its form', async () => {
  const user = await userOf(running, 'ada@example.com');
  const { apps } = running.app.authorization;
  const origin = { source: 'api', client: 'test', address: null, actorId: user.id } as const;
  const actor = { user, origin, isOperator: false, ceiling: null };
  const privacyUrl = 'https://app.example.com/privacy';
  await apps.change({ id: service.id, form: { privacyUrl } }, actor);
  const page = await ada.get(`/apps/${service.id}/edit`);
  assert.match(page.html, /name="privacy_url"[^>]*value="https:\/\/app\.example\.com\/privacy"/);
});
