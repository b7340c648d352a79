/** Refreshing (RFC 6749 section 6, RFC 9700 section 4.14.2). */
import assert from 'node:assert/strict';
import { deriveKeys } from '../../src/keys/keys.ts';
import { after, before, test } from 'node:test';
import { parseCredential } from '../../src/oauth/tokens/format.ts';
import { parseRefreshToken } from '../../src/oauth/tokens/refresh-token.ts';
import { revokeToken } from '../../src/oauth/tokens/revoke.ts';
import { registerApp } from '../support/oauth.ts';
import { FIRST } from '../support/first-resource.ts';
import { ask, connect, isIssued, openDesk, refreshBody, type Desk } from './desk.ts';

let desk: Desk;
before(async () => {
  desk = await openDesk('sqlite');
});
after(() => desk.close());

const refreshed = async (
  registered: Awaited<ReturnType<typeof connect>>['registered'],
  token: string,
  more: Record<string, string> = {},
) => {
  const outcome = await ask(desk.modules, registered, refreshBody(token, more));
  assert.ok(isIssued(outcome), JSON.stringify(outcome));
  return { ...outcome, refresh: outcome.refreshToken ?? '' };
};

const checked = async (token: string) => (await desk.modules.checker.check(token, FIRST)).outcome;

test('a lost answer can be asked for again within 20 seconds, until its refresh token is used', async () => {
  const { registered, refresh } = await connect(desk);
  const first = await refreshed(registered, refresh);
  desk.time.now += 20;
  const again = await refreshed(registered, refresh);
  assert.equal(again.refresh, first.refresh);
  assert.equal(again.accessToken, first.accessToken);
  assert.equal(again.expiresInSeconds, first.expiresInSeconds - 20);
  await refreshed(registered, first.refresh);
  assert.deepEqual(await ask(desk.modules, registered, refreshBody(refresh)), {
    refused: 'refresh_reused',
  });
});

test('a retry whose answer another version derived is refused, and the family lives on', async () => {
  const { registered, refresh } = await connect(desk);
  const presented = parseCredential('gate', refresh);
  assert.ok(presented !== null);
  const { families } = desk.modules.storage;
  const before = (await families.standing(presented.id))?.family;
  assert.ok(before !== undefined);
  const theirs = {
    from: presented.hash,
    scopes: before.scopes,
    to: new Uint8Array(32),
    salt: new Uint8Array(16),
    marks: { network: new Uint8Array(32), agent: new Uint8Array(32) },
    accessTokenId: before.accessTokenId,
    generation: 2,
    refreshExpiresAt: before.endsAt,
  };
  assert.equal(await families.rotate(presented.id, theirs, desk.time.now), true);
  assert.deepEqual(await ask(desk.modules, registered, refreshBody(refresh)), {
    refused: 'refresh_unknown',
  });
  assert.equal((await families.standing(presented.id))?.family.revokedAt, null);
});

test('reuse after that ends the whole family, the newest tokens included', async () => {
  const { registered, refresh, user } = await connect(desk);
  const second = await refreshed(registered, refresh);
  const third = await refreshed(registered, second.refresh);
  assert.equal(await checked(third.accessToken), 'active');
  assert.deepEqual(await ask(desk.modules, registered, refreshBody(refresh)), {
    refused: 'refresh_reused',
  });
  assert.equal(await checked(third.accessToken), 'refused');
  assert.deepEqual(await ask(desk.modules, registered, refreshBody(third.refresh)), {
    refused: 'refresh_revoked',
  });
  const log = await desk.modules.storage.events.list(
    { userId: user.id },
    { page: 1, pageSize: 20 },
  );
  assert.ok(log.items.some(({ type }) => type === 'oauth_refresh_reused'));
});

test('even a token from long ago is known for what it is', async () => {
  const { registered, refresh } = await connect(desk);
  let token = refresh;
  for (let round = 0; round < 20; round++) token = (await refreshed(registered, token)).refresh;
  desk.time.now += 86_400;
  assert.deepEqual(await ask(desk.modules, registered, refreshBody(refresh)), {
    refused: 'refresh_reused',
  });
  assert.deepEqual(await ask(desk.modules, registered, refreshBody(token)), {
    refused: 'refresh_revoked',
  });
});

test('a retry after the window is reuse, and in strict mode every retry is', async () => {
  const late = await connect(desk);
  await refreshed(late.registered, late.refresh);
  desk.time.now += 21;
  assert.deepEqual(await ask(desk.modules, late.registered, refreshBody(late.refresh)), {
    refused: 'refresh_reused',
  });
  const strict = await connect(desk, { isRefreshStrict: true });
  await refreshed(strict.registered, strict.refresh);
  assert.deepEqual(await ask(desk.modules, strict.registered, refreshBody(strict.refresh)), {
    refused: 'refresh_reused',
  });
});

test('a forged refresh token with the right public id costs no read and ends nothing', async () => {
  const { registered, refresh } = await connect(desk);
  const { issuer } = desk.modules.authorization.tokenEndpoint;
  const family = parseCredential('gate', refresh)?.id;
  const stranger = { ...issuer, keys: deriveKeys([new Uint8Array(32)], 'refresh token') };
  const { firstRefreshToken } = await import('../../src/oauth/tokens/refresh-token.ts');
  const forged = firstRefreshToken(stranger, family ?? '').value;
  assert.ok(parseCredential('gate', forged));
  assert.equal(parseRefreshToken(issuer, forged), null);
  assert.deepEqual(await ask(desk.modules, registered, refreshBody(forged)), {
    refused: 'refresh_unknown',
  });
  await refreshed(registered, refresh);
});

test('scopes only narrow, and only for that access token', async () => {
  const { registered, refresh } = await connect(desk);
  const narrow = await refreshed(registered, refresh, { scope: 'asset.read' });
  assert.deepEqual(narrow.scopes, ['asset.read']);
  const whole = await refreshed(registered, narrow.refresh);
  assert.deepEqual(
    whole.scopes,
    ['account.read', 'asset.create', 'asset.read', 'offline'].toSorted(byCatalogue),
  );
  for (const wider of ['asset.delete', 'asset.read asset.delete', 'nothing.known'])
    assert.deepEqual(
      await ask(desk.modules, registered, refreshBody(whole.refresh, { scope: wider })),
      {
        refused: 'scope_not_granted',
      },
    );
});

test('a scope of spaces alone asks for nothing less', async () => {
  const { registered, refresh, issued } = await connect(desk);
  const next = await refreshed(registered, refresh, { scope: '  ' });
  assert.deepEqual(next.scopes, issued.scopes);
});

const order = () => desk.modules.catalogues.current().all.map(({ name }) => name);
const byCatalogue = (left: string, right: string): number =>
  order().indexOf(left) - order().indexOf(right);

test('another client cannot use it, and does not spend it', async () => {
  const { registered, refresh, user } = await connect(desk);
  const other = await registerApp(desk.modules, user);
  assert.deepEqual(await ask(desk.modules, other, refreshBody(refresh)), {
    refused: 'refresh_of_other_client',
  });
  await refreshed(registered, refresh);
});

test('a confidential client proves itself when it refreshes', async () => {
  const { registered, refresh } = await connect(desk);
  const bare = { app: registered.app, secret: '' };
  assert.deepEqual(await ask(desk.modules, bare, refreshBody(refresh)), {
    refused: 'no_authentication',
  });
});

test('it expires when it is not used, and never lives past the end of its family', async () => {
  const unused = await connect(desk);
  desk.time.now += 30 * 86_400;
  assert.deepEqual(await ask(desk.modules, unused.registered, refreshBody(unused.refresh)), {
    refused: 'refresh_expired',
  });
  const busy = await connect(desk);
  const start = desk.time.now;
  let token = busy.refresh;
  while (desk.time.now < start + 365 * 86_400 - 1800) {
    desk.time.now = Math.min(desk.time.now + 29 * 86_400, start + 365 * 86_400 - 1800);
    token = (await refreshed(busy.registered, token)).refresh;
  }
  const last = await refreshed(busy.registered, token);
  assert.equal(last.expiresInSeconds, 1800);
  desk.time.now = start + 365 * 86_400;
  assert.deepEqual(await ask(desk.modules, busy.registered, refreshBody(last.refresh)), {
    refused: 'refresh_expired',
  });
});

test('revoking a refresh token takes its access tokens along; an access token goes alone', async () => {
  const { registered, refresh, issued } = await connect(desk);
  const client = (await desk.modules.storage.clients.byId(registered.app.id))?.client;
  assert.ok(client);
  const { tokenEndpoint } = desk.modules.authorization;
  const revoke = (token: string) =>
    revokeToken(tokenEndpoint, { client, token, now: desk.time.now });
  const second = await refreshed(registered, refresh);
  await revoke(issued.accessToken);
  await revoke(issued.accessToken);
  assert.equal(await checked(issued.accessToken), 'refused');
  assert.equal(await checked(second.accessToken), 'active');
  await revoke(second.refresh);
  assert.equal(await checked(second.accessToken), 'refused');
  await revoke('gate_ort_nonsense');
});
