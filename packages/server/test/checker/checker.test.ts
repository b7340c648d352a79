import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { createChecker } from '../../src/checker/checker.ts';
import type { CredentialFacts, CredentialSource } from '../../src/checker/ports.ts';
import { mintCredential, type MintedCredential } from '../../src/oauth/tokens/format.ts';

const roleScopes = {
  owner: new Set(['asset.read', 'asset.update']),
  admin: new Set(['asset.read', 'asset.update']),
  member: new Set(['asset.read', 'asset.update']),
  viewer: new Set(['asset.read']),
};

const factsOf = (
  minted: MintedCredential,
  changes: Partial<CredentialFacts> = {},
): CredentialFacts => ({
  id: minted.id,
  secretHash: minted.hash,
  description: 'nightly export',
  scopes: ['asset.read', 'asset.update'],
  createdAt: 1000,
  expiresAt: null,
  disabledAt: null,
  revokedAt: null,
  exposedAt: null,
  userId: 'user',
  userSuspendedAt: null,
  accountId: 'account',
  role: 'owner',
  ...changes,
});

interface Desk {
  source: CredentialSource;
  facts: Map<string, CredentialFacts>;
  reads: number;
  /** When set, reads wait for it. */
  gate: Promise<void> | undefined;
}

function desk(): Desk {
  const made: Desk = {
    facts: new Map(),
    reads: 0,
    gate: undefined,
    source: {
      async find(id) {
        made.reads += 1;
        const found = made.facts.get(id) ?? null;
        await made.gate;
        return found;
      },
    },
  };
  return made;
}

function setUp(now = { milliseconds: 2_000_000 }) {
  const made = desk();
  const checker = createChecker({
    source: made.source,
    brand: 'gate',
    roleScopes,
    milliseconds: () => now.milliseconds,
  });
  const minted = mintCredential('gate', 'pat', randomBytes);
  made.facts.set(minted.id, factsOf(minted));
  return { checker, made, minted, now };
}

test('an active token answers with the scopes that its role may hold', async () => {
  const { checker, made, minted } = setUp();
  made.facts.set(minted.id, factsOf(minted, { role: 'viewer' }));
  const verdict = await checker.check(minted.value);
  assert.equal(verdict.outcome, 'active');
  assert.deepEqual(verdict.outcome === 'active' && verdict.scopes, ['asset.read']);
});

test('garbage is refused without a read', async () => {
  const { checker, made, minted } = setUp();
  for (const garbage of ['', 'x', 'gate_pat_', `${minted.value}x`, minted.value.slice(1)]) {
    const verdict = await checker.check(garbage);
    assert.equal(verdict.outcome === 'refused' && verdict.reason, 'token_malformed');
  }
  assert.equal(made.reads, 0);
});

test('a right id with a wrong secret learns no more than an unknown id', async () => {
  const { checker, made, minted } = setUp();
  const other = mintCredential('gate', 'pat', randomBytes);
  made.facts.set(other.id, factsOf(minted, { id: other.id, revokedAt: 5 }));
  assert.deepEqual(await checker.check(other.value), {
    outcome: 'refused',
    reason: 'token_unknown',
    tokenId: null,
    at: null,
  });
});

const REFUSALS: readonly [Partial<CredentialFacts>, string][] = [
  [{ expiresAt: 2000 }, 'token_expired'],
  [{ disabledAt: 1 }, 'token_disabled'],
  [{ revokedAt: 1 }, 'token_revoked'],
  [{ exposedAt: 1, revokedAt: 1 }, 'token_exposed'],
  [{ userSuspendedAt: 1 }, 'user_suspended'],
  [{ role: null }, 'membership_removed'],
];

for (const [changes, reason] of REFUSALS) {
  test(`facts ${JSON.stringify(changes)} are refused as ${reason}`, async () => {
    const { checker, made, minted } = setUp();
    made.facts.set(minted.id, factsOf(minted, changes));
    const verdict = await checker.check(minted.value);
    assert.equal(verdict.outcome === 'refused' && verdict.reason, reason);
  });
}

test('facts are read once and served from memory for less than a second', async () => {
  const { checker, made, minted, now } = setUp();
  await checker.check(minted.value);
  const again = checker.check(minted.value);
  assert.ok(!(again instanceof Promise));
  assert.equal(made.reads, 1);
  now.milliseconds += 1000;
  await checker.check(minted.value);
  assert.equal(made.reads, 2);
});

test('a token expires on the second, also when its facts are remembered', async () => {
  const { checker, made, minted, now } = setUp();
  made.facts.set(minted.id, factsOf(minted, { expiresAt: 2001 }));
  assert.equal((await checker.check(minted.value)).outcome, 'active');
  now.milliseconds = 2_000_999;
  made.facts.set(minted.id, factsOf(minted, { expiresAt: 2001 }));
  assert.equal((await checker.check(minted.value)).outcome, 'active');
  now.milliseconds = 2_001_000;
  assert.equal((await checker.check(minted.value)).outcome, 'refused');
});

test('a revocation is never answered from memory', async () => {
  const { checker, made, minted } = setUp();
  await checker.check(minted.value);
  made.facts.set(minted.id, factsOf(minted, { revokedAt: 2000 }));
  checker.forget(minted.id);
  assert.equal((await checker.check(minted.value)).outcome, 'refused');
});

test('a read that began before a revocation is not remembered after it', async () => {
  const { checker, made, minted } = setUp();
  let open = (): void => undefined;
  made.gate = new Promise((resolve) => {
    open = resolve;
  });
  const early = checker.check(minted.value);
  made.facts.set(minted.id, factsOf(minted, { revokedAt: 2000 }));
  checker.forget(minted.id);
  open();
  await early;
  made.gate = undefined;
  assert.equal((await checker.check(minted.value)).outcome, 'refused');
});
