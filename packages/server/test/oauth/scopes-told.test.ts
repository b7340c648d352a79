/** Whoever may not ask for a scope is told which one, wherever they ask, and not only that something is wrong. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { exchange, type Registered } from '../support/oauth.ts';
import { answerIn, openPlace, requestOf, type Person, type Place } from './place.ts';

let place: Place;
let developer: Person;
let web: Registered;
let service: Registered;
before(async () => {
  place = await openPlace();
  developer = await place.person();
  web = await place.register(developer.user);
  service = await place.register(developer.user, { type: 'service' });
});
after(() => place.stop());

const FOREIGN = 'The client is not registered for team.read, asset.delete.';
const UNKNOWN = 'This server has no scope asset.dlete.';

const ASKED = [
  ['asset.read team.read asset.delete', FOREIGN],
  ['asset.read asset.dlete', UNKNOWN],
] as const;

test('the authorization endpoint names what the client may not ask for', async () => {
  for (const [scope, words] of ASKED) {
    const answer = answerIn(await developer.visitor.get(requestOf(web, { scope })));
    assert.equal(answer.get('error'), 'invalid_scope');
    assert.ok(answer.get('error_description')?.startsWith(words), scope);
  }
});

test('the token endpoint does, to services and to who refreshes', async () => {
  for (const [scope, words] of ASKED) {
    const { json } = await place.token({ grant_type: 'client_credentials', scope }, service);
    assert.equal(json.error, 'invalid_scope');
    assert.ok(json.error_description.startsWith(words), json.error_description);
  }
  const given = await exchange(place, { user: developer.user, registered: web });
  const refresh = { grant_type: 'refresh_token', refresh_token: given.json.refresh_token };
  const { json } = await place.token({ ...refresh, scope: 'asset.read team.read' }, web);
  assert.equal(json.error, 'invalid_scope');
  assert.match(json.error_description, /granted, not for team\.read\.$/);
});

async function send(method: string, path: string, body: object): Promise<string> {
  const { user } = developer;
  const actor = { user, ceiling: null, origin: ORIGIN };
  const made = await place.modules.tokens.create(
    {
      description: 'narrow',
      scopes: ['asset.read'],
      lifeSeconds: null,
      accountId: user.accountId,
      creationKey: crypto.randomUUID(),
    },
    actor,
  );
  assert.ok(made.outcome === 'created');
  const answer = await fetch(place.base + path, {
    method,
    headers: { authorization: `Bearer ${made.value}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  assert.equal(answer.status, 422);
  const { errors } = (await answer.json()) as { errors: { detail: string }[] };
  return errors[0]?.detail ?? '';
}
const ORIGIN = { source: 'cli', client: 'cli/test', address: null, actorId: null } as const;

test('the API does, for apps and for tokens', async () => {
  const app = { app_type: 'service', name: 'Render farm' };
  const token = { description: 'x', expires_in: null };
  for (const [path, body] of [
    ['/v2/apps', app],
    ['/v2/tokens', token],
  ] as const) {
    const unknown = await send('POST', path, { ...body, scopes: ['asset.read', 'asset.dlete'] });
    assert.equal(unknown, 'scopes: There is no scope asset.dlete.');
    const beyond = await send('POST', path, { ...body, scopes: ['asset.read', 'team.read'] });
    assert.match(beyond, /^scopes: The calling token does not (have|hold) team\.read\.$/);
    const offline = await send('POST', path, { ...body, scopes: ['asset.read', 'offline'] });
    assert.match(offline, /^scopes: .*\boffline\b/);
  }
});

test('the form of an app does', async () => {
  const { visitor } = developer;
  await visitor.get(`/apps/${service.app.id}/edit`);
  const page = await visitor.submit(`/apps/${service.app.id}`, {
    name: 'Render farm',
    'scope.asset.read': 'required',
    'scope.offline': 'required',
  });
  assert.match(page.text, /A service has no refresh tokens: leave out offline\./);
});
