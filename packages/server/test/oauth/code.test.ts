/** Redeeming authorization codes (RFC 6749 section 4.1.3, RFC 7636, RFC 9700 section 2.1.1). */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import { mintCredential, parseCredential } from '../../src/oauth/tokens/format.ts';
import { CALLBACK, newPkce, registerApp } from '../support/oauth.ts';
import { FIRST } from '../support/first-resource.ts';
import { ask, isIssued, openDesk, start, type Desk } from './desk.ts';

let desk: Desk;
before(async () => {
  desk = await openDesk('sqlite');
});
after(() => desk.close());

const redeem = (code: string, more: Record<string, string | readonly string[]> = {}) => ({
  grant_type: 'authorization_code',
  code,
  redirect_uri: CALLBACK,
  ...more,
});

const PUBLIC = { type: 'public' } as const;

test('a code is good for one exchange with its own client, redirect URI and verifier', async () => {
  const { verifier, challenge } = newPkce();
  const { registered, code } = await start(desk, PUBLIC, { challenge });
  const issued = await ask(desk.modules, registered, redeem(code, { code_verifier: verifier }));
  assert.ok(isIssued(issued));
  assert.equal(issued.expiresInSeconds, 3600);
});

/** The last is what git-credential-oauth sent up to 0.9: base64 with padding. */
const WRONG_VERIFIERS = [
  [newPkce().verifier, 'verifier_mismatch'],
  ['short', 'verifier_malformed'],
  ['a'.repeat(129), 'verifier_malformed'],
  ['ä'.repeat(50), 'verifier_malformed'],
  ['3+/7Zr0c1YI8pPXo2sQmV5tWnKdLhBGeRuJxAyF6TkM=', 'verifier_malformed'],
] as const;

test('a wrong verifier is refused and spends the code, so that it cannot be guessed', async () => {
  for (const [wrong, refused] of WRONG_VERIFIERS) {
    const { verifier, challenge } = newPkce();
    const { registered, code } = await start(desk, PUBLIC, { challenge });
    const first = await ask(desk.modules, registered, redeem(code, { code_verifier: wrong }));
    assert.deepEqual(first, { refused }, wrong);
    const second = await ask(desk.modules, registered, redeem(code, { code_verifier: verifier }));
    assert.deepEqual(second, { refused: 'code_replayed' });
  }
});

test('an empty or repeated verifier is refused', async () => {
  const { challenge, verifier } = newPkce();
  const one = await start(desk, PUBLIC, { challenge });
  assert.deepEqual(
    await ask(desk.modules, one.registered, redeem(one.code, { code_verifier: '' })),
    {
      refused: 'verifier_missing',
    },
  );
  const two = await start(desk, PUBLIC, { challenge });
  const twice = redeem(two.code, { code_verifier: [verifier, verifier] });
  assert.deepEqual(await ask(desk.modules, two.registered, twice), {
    refused: 'repeated_parameter',
  });
  // Nothing was read yet, so nothing was spent.
  const once = redeem(two.code, { code_verifier: verifier });
  assert.ok(isIssued(await ask(desk.modules, two.registered, once)));
});

test('PKCE cannot be left out on either side', async () => {
  const with_ = await start(desk, {}, { challenge: newPkce().challenge });
  assert.deepEqual(await ask(desk.modules, with_.registered, redeem(with_.code)), {
    refused: 'verifier_missing',
  });
  const without = await start(desk);
  const sent = redeem(without.code, { code_verifier: newPkce().verifier });
  assert.deepEqual(await ask(desk.modules, without.registered, sent), {
    refused: 'verifier_unexpected',
  });
});

test('a forged code with the right public id touches nothing', async () => {
  const { registered, code } = await start(desk);
  const id = code.slice('gate_oac_'.length, 'gate_oac_'.length + 12);
  const forged = mintCredential('gate', 'oac', (size) =>
    size === 12 ? idBytes(id) : randomBytes(size),
  );
  assert.equal(forged.id, id);
  assert.deepEqual(await ask(desk.modules, registered, redeem(forged.value)), {
    refused: 'code_unknown',
  });
  assert.ok(isIssued(await ask(desk.modules, registered, redeem(code))));
});

/** Bytes from which exactly this id is drawn. */
function idBytes(id: string): Uint8Array {
  const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
  return Uint8Array.from(id, (digit) => digits.indexOf(digit));
}

test('a code of one client is nothing to another, and stays good for its own', async () => {
  const { registered, code, user } = await start(desk);
  const other = await registerApp(desk.modules, user);
  assert.deepEqual(await ask(desk.modules, other, redeem(code)), {
    refused: 'code_of_other_client',
  });
  assert.ok(isIssued(await ask(desk.modules, registered, redeem(code))));
});

test('a failed authentication, a wrong resource and a wrong redirect URI spend nothing', async () => {
  const { registered, code } = await start(desk);
  const wrong = { app: registered.app, secret: mintCredential('gate', 'cs', randomBytes).value };
  assert.deepEqual(await ask(desk.modules, wrong, redeem(code)), { refused: 'wrong_secret' });
  const elsewhere = redeem(code, { resource: 'https://other.example.com' });
  assert.deepEqual(await ask(desk.modules, registered, elsewhere), { refused: 'resource_unknown' });
  const uri = redeem(code, { redirect_uri: `${CALLBACK}/` });
  assert.deepEqual(await ask(desk.modules, registered, uri), { refused: 'redirect_uri_mismatch' });
  assert.deepEqual(
    await ask(desk.modules, registered, { grant_type: 'authorization_code', code }),
    {
      refused: 'redirect_uri_mismatch',
    },
  );
  assert.ok(isIssued(await ask(desk.modules, registered, redeem(code))));
});

test('a code lives for a minute, to the second', async () => {
  const { registered, code } = await start(desk);
  const late = await start(desk);
  desk.time.now += 59;
  assert.ok(isIssued(await ask(desk.modules, registered, redeem(code))));
  desk.time.now += 1;
  assert.deepEqual(await ask(desk.modules, late.registered, redeem(late.code)), {
    refused: 'code_expired',
  });
});

test('nobody gets tokens for a user who was suspended, left the account or took it back meanwhile', async () => {
  const origin = { source: 'cli', client: 'cli/test', address: null, actorId: null } as const;
  const suspended = await start(desk);
  await desk.modules.accounts.setSuspended({
    userId: suspended.user.id,
    isSuspended: true,
    origin,
  });
  const outcome = await ask(desk.modules, suspended.registered, redeem(suspended.code));
  // The developer is suspended too: the app itself no longer works.
  assert.deepEqual(outcome, { refused: 'client_inactive' });

  const left = await start(desk);
  const { id: userId, accountId } = left.user;
  await desk.modules.accounts.changeRole({ userId, accountId, role: null, origin });
  assert.deepEqual(await ask(desk.modules, left.registered, redeem(left.code)), {
    refused: 'user_gone',
  });

  const back = await start(desk);
  const key = {
    userId: back.user.id,
    clientId: back.registered.app.id,
    accountId: back.user.accountId,
  };
  const grant = await desk.modules.storage.grants.find(key);
  const ended = { grantId: grant?.id ?? '', userId: back.user.id, appName: 'x', origin };
  assert.equal(await desk.modules.authorization.consent.disconnect(ended), true);
  assert.deepEqual(await ask(desk.modules, back.registered, redeem(back.code)), {
    refused: 'code_replayed',
  });
});

test('there is a refresh token only with offline', async () => {
  const { registered, code } = await start(desk, {}, { scopes: ['asset.read'] });
  const issued = await ask(desk.modules, registered, redeem(code));
  assert.ok(isIssued(issued));
  assert.equal(issued.refreshToken, null);
});

test('a public client without PKCE works behind its switch alone, and a challenge that was sent still counts', async () => {
  const legacy = { ...PUBLIC, allowsMissingPkce: true };
  const plain = await start(desk, legacy);
  assert.ok(isIssued(await ask(desk.modules, plain.registered, redeem(plain.code))));
  const sent = await start(desk, legacy, { challenge: newPkce().challenge });
  assert.deepEqual(await ask(desk.modules, sent.registered, redeem(sent.code)), {
    refused: 'verifier_missing',
  });
});

test('a type of client may use its own grant types alone', async () => {
  const user = await desk.user();
  const service = await registerApp(desk.modules, user, { type: 'service' });
  const web = await registerApp(desk.modules, user);
  const credentials = { grant_type: 'client_credentials' };
  assert.ok(isIssued(await ask(desk.modules, service, credentials)));
  assert.deepEqual(await ask(desk.modules, web, credentials), {
    refused: 'grant_type_not_allowed',
  });
  assert.deepEqual(await ask(desk.modules, service, redeem('x')), {
    refused: 'grant_type_not_allowed',
  });
  for (const name of ['password', 'implicit', 'toString', ''])
    assert.ok('refused' in (await ask(desk.modules, web, { grant_type: name })));
});

test('a service gets what it is registered for, never offline, never more', async () => {
  const user = await desk.user();
  const service = await registerApp(desk.modules, user, { type: 'service' });
  const ask_ = (scope?: string) =>
    ask(desk.modules, service, {
      grant_type: 'client_credentials',
      ...(scope !== undefined && { scope }),
    });
  const all = await ask_();
  assert.ok(isIssued(all));
  assert.deepEqual(all.scopes, ['account.read', 'asset.read']);
  assert.equal(all.refreshToken, null);
  assert.deepEqual(await ask_('asset.delete'), { refused: 'scope_not_registered' });
  assert.deepEqual(await ask_('everything'), { refused: 'scope_unknown' });
});

test('a code whose redirect URI, or whose missing challenge, is allowed no more is worth nothing', async () => {
  const { apps } = desk.modules.storage;
  // Written past the act that ends such codes, as one would be that was answered at that very moment.
  const moved = await start(desk);
  await apps.update(
    moved.registered.app.id,
    { redirectUris: ['https://other.example.com/cb'] },
    desk.time.now,
  );
  assert.deepEqual(await ask(desk.modules, moved.registered, redeem(moved.code)), {
    refused: 'code_terms_changed',
  });
  const bare = await start(desk, { ...PUBLIC, allowsMissingPkce: true });
  await apps.update(bare.registered.app.id, { allowsMissingPkce: false }, desk.time.now);
  assert.deepEqual(await ask(desk.modules, bare.registered, redeem(bare.code)), {
    refused: 'code_terms_changed',
  });
});

test('a service that is registered for offline by an older rule gets none', async () => {
  const service = await registerApp(desk.modules, await desk.user(), { type: 'service' });
  const scopes = ['account.read', 'offline'];
  await desk.modules.storage.apps.update(service.app.id, { scopes }, desk.time.now);
  const issued = await ask(desk.modules, service, { grant_type: 'client_credentials' });
  assert.ok(isIssued(issued));
  assert.deepEqual([issued.scopes, issued.refreshToken], [['account.read'], null]);
  const id = issued.accessToken.slice('gate_oat_'.length).slice(0, 12);
  assert.deepEqual((await desk.modules.storage.accessTokens.byId(id))?.scopes, ['account.read']);
});

test('a second redemption that had read the code before the first one is a replay like any other', async () => {
  const { registered, code } = await start(desk);
  const { tokenEndpoint } = desk.modules.authorization;
  const { codes } = tokenEndpoint.storage;
  const id = parseCredential('gate', code)?.id ?? '';
  const before = await codes.standing(id);
  const first = await ask(desk.modules, registered, redeem(code));
  assert.ok(isIssued(first));
  assert.equal((await desk.modules.checker.check(first.accessToken, FIRST)).outcome, 'active');
  // What it had read is what was so before.
  const reads = [before];
  const standing: typeof codes.standing = async (asked) => reads.shift() ?? codes.standing(asked);
  const storage = { ...tokenEndpoint.storage, codes: { ...codes, standing } };
  const late = { ...desk.modules.authorization, tokenEndpoint: { ...tokenEndpoint, storage } };
  const modules = { ...desk.modules, authorization: late };
  assert.deepEqual(await ask(modules, registered, redeem(code)), { refused: 'code_replayed' });
  assert.equal((await desk.modules.checker.check(first.accessToken, FIRST)).outcome, 'refused');
});
