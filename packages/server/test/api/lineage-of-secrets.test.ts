/** A leaked token must not survive its revocation through the client secrets that it made. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { User } from '../../src/identity/types.ts';
import { startApi, type RunningApi } from '../support/api.ts';

let api: RunningApi;
let ada: User;

before(async () => {
  api = await startApi((config) => ({
    ...config,
    apps: { ...config.apps, mostPerUser: 1000 },
    rateLimit: { ...config.rateLimit, requests: 100_000 },
  }));
  ada = await api.user('ada@example.com');
});
after(() => api.stop());

const origin = { source: 'portal', client: 'web/x', address: null, actorId: null } as const;
const person = () => ({ user: ada, origin, ceiling: null });
const revoke = (id: string) => api.modules.tokens.switch({ id, act: 'revoke' }, person());

interface Service {
  readonly id: string;
  readonly secret: string;
}

const SERVICE = { app_type: 'service', name: 'Left behind', scopes: ['asset.read'] };

async function register(token: string): Promise<Service> {
  const answer = await api.send('/v2/apps', { method: 'POST', token, body: SERVICE });
  assert.equal(answer.status, 201, answer.text);
  return { id: answer.json.id, secret: answer.json.client_secret };
}

async function addSecret(token: string, id: string): Promise<Service> {
  const answer = await api.send(`/v2/apps/${id}/secrets`, { method: 'POST', token });
  assert.equal(answer.status, 201, answer.text);
  return { id, secret: answer.json.client_secret };
}

async function tokenOf({ id, secret }: Service): Promise<string | null> {
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: id,
    client_secret: secret,
  });
  const response = await fetch(`${api.base}/oauth2/token`, { method: 'POST', body });
  const answer = (await response.json()) as { access_token?: string };
  return answer.access_token ?? null;
}

const statusOf = async (token: string | null): Promise<number> =>
  (await api.send('/v2/token', { token: token ?? '' })).status;

const byPerson = async (id: string): Promise<Service> => {
  const actor = { ...person(), isOperator: false };
  const creationKey = crypto.randomUUID();
  const added = await api.modules.authorization.apps.addSecret({ id, creationKey }, actor);
  assert.ok(added.outcome === 'added');
  return { id, secret: added.value };
};

test('the secret of a service that a token registered ends with the token, and what it opened', async () => {
  const leaked = await api.token(ada);
  const service = await register(leaked.value);
  const opened = await tokenOf(service);
  assert.equal(await statusOf(opened), 200);
  await revoke(leaked.id);
  assert.equal(await tokenOf(service), null);
  assert.equal(await statusOf(opened), 401);
});

test('so does a secret that it added to a service of its user, and those of a person stay', async () => {
  const leaked = await api.token(ada);
  const other = await api.token(ada);
  const { id } = await register(other.value);
  const own = await byPerson(id);
  const added = await addSecret(leaked.value, id);
  assert.equal(await statusOf(await tokenOf(added)), 200);
  await revoke(leaked.id);
  assert.equal(await tokenOf(added), null);
  assert.equal(await statusOf(await tokenOf(own)), 200);
  const { items } = await api.modules.storage.events.list(
    { resourceId: id },
    { page: 1, pageSize: 1 },
  );
  assert.equal(items[0]?.type, 'oauth_secret_revoked');
  assert.equal(items[0]?.details['revoked_with'], leaked.id);
  assert.equal(items[0]?.details['name'], 'Left behind');
});

test('so does one that was made by a token that it made', async () => {
  const leaked = await api.token(ada);
  const body = { description: 'made by API', scopes: ['asset.read'], expires_in: 3600 };
  const made = await api.send('/v2/tokens', { method: 'POST', token: leaked.value, body });
  const service = await register(made.json.token);
  await api.modules.tokens.switch({ id: made.json.id, act: 'disable' }, person());
  assert.equal(await statusOf(await tokenOf(service)), 200, 'disabling is a pause');
  await revoke(leaked.id);
  assert.equal(await tokenOf(service), null);
});

test('an exposed token takes them along as well', async () => {
  const leaked = await api.token(ada);
  const service = await register(leaked.value);
  await api.modules.tokens.exposeForOwner({ id: leaked.id, by: 'a scanner' }, { origin });
  assert.equal(await tokenOf(service), null);
});

test('nothing is registered by a token while it is being revoked that survives it', async () => {
  for (let round = 0; round < 5; round++) {
    const parent = await api.token(ada);
    await statusOf(parent.value);
    const makings = Array.from({ length: 4 }, () =>
      api.send('/v2/apps', { method: 'POST', token: parent.value, body: SERVICE }),
    );
    const [answers] = await Promise.all([Promise.all(makings), revoke(parent.id)]);
    for (const { status, json, text } of answers) {
      assert.ok([201, 401, 409].includes(status), text);
      if (status !== 201) continue;
      assert.equal(await tokenOf({ id: json.id, secret: json.client_secret }), null);
    }
  }
});

test('ending all access ends the secrets of services, and of whatever a token made', async () => {
  const token = await api.token(ada);
  const service = await register(token.value);
  const own = await byPerson(service.id);
  const opened = await tokenOf(own);
  assert.equal(await statusOf(opened), 200);
  await api.modules.accounts.endAllAccess({ user: ada, origin });
  for (const one of [service, own]) assert.equal(await tokenOf(one), null);
  assert.equal(await statusOf(opened), 401);
});
