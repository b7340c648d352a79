import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { opaqueTokens } from '../../src/oauth/tokens/readers.ts';
import { createChecker, type Checker } from '../../src/checker/checker.ts';
import type { CredentialFacts, CredentialSource } from '../../src/checker/ports.ts';
import {
  assembleCredential,
  ID_LENGTH,
  mintCredential,
  SECRET_LENGTH,
  type MintedCredential,
} from '../../src/oauth/tokens/format.ts';
import { createCatalogues, NO_CATALOGUE } from '../../src/catalogue/catalogues.ts';
import { FIRST, ONLY_FIRST } from '../support/first-resource.ts';

const catalogues = createCatalogues({
  ...NO_CATALOGUE,
  roles: {
    owner: ['asset.read', 'asset.update'],
    admin: ['asset.read', 'asset.update'],
    member: ['asset.read', 'asset.update'],
    viewer: ['asset.read'],
  },
});

const factsOf = (
  minted: MintedCredential,
  changes: Partial<CredentialFacts> = {},
): CredentialFacts => ({
  id: minted.id,
  secretHash: minted.hash,
  description: 'nightly export',
  scopes: ['asset.read', 'asset.update'],
  resources: ONLY_FIRST,
  createdAt: 1000,
  expiresAt: null,
  disabledAt: null,
  revokedAt: null,
  exposedAt: null,
  userId: 'user',
  userSuspendedAt: null,
  accountId: 'account',
  role: 'owner',
  app: null,
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
      async find(_kind, id) {
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
    readers: [opaqueTokens('gate')],
    catalogues,
    clock: () => Math.floor(now.milliseconds / 1000),
    elapsed: () => now.milliseconds,
  });
  const minted = mintCredential('gate', 'pat', randomBytes);
  made.facts.set(minted.id, factsOf(minted));
  return { checker, made, minted, now };
}

test('an active token answers with the scopes that its role may hold', async () => {
  const { checker, made, minted } = setUp();
  made.facts.set(minted.id, factsOf(minted, { role: 'viewer' }));
  const verdict = await checker.check(minted.value, FIRST);
  assert.equal(verdict.outcome, 'active');
  assert.deepEqual(verdict.outcome === 'active' && verdict.scopes, ['asset.read']);
});

test('garbage is refused without a read', async () => {
  const { checker, made, minted } = setUp();
  for (const garbage of ['', 'x', 'gate_pat_', `${minted.value}x`, minted.value.slice(1)]) {
    const verdict = await checker.check(garbage, FIRST);
    assert.equal(verdict.outcome === 'refused' && verdict.reason, 'token_malformed');
  }
  assert.equal(made.reads, 0);
});

test('a right id with a wrong secret learns no more than an unknown id', async () => {
  const { checker, made, minted } = setUp();
  const other = mintCredential('gate', 'pat', randomBytes);
  made.facts.set(other.id, factsOf(minted, { id: other.id, revokedAt: 5 }));
  assert.deepEqual(await checker.check(other.value, FIRST), {
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
    const verdict = await checker.check(minted.value, FIRST);
    assert.equal(verdict.outcome === 'refused' && verdict.reason, reason);
  });
}

test('facts are read once and served from memory for less than a second', async () => {
  const { checker, made, minted, now } = setUp();
  await checker.check(minted.value, FIRST);
  const again = checker.check(minted.value, FIRST);
  assert.ok(!(again instanceof Promise));
  assert.equal(made.reads, 1);
  now.milliseconds += 1000;
  await checker.check(minted.value, FIRST);
  assert.equal(made.reads, 2);
});

test('a token expires on the second, also when its facts are remembered', async () => {
  const { checker, made, minted, now } = setUp();
  made.facts.set(minted.id, factsOf(minted, { expiresAt: 2001 }));
  assert.equal((await checker.check(minted.value, FIRST)).outcome, 'active');
  now.milliseconds = 2_000_999;
  made.facts.set(minted.id, factsOf(minted, { expiresAt: 2001 }));
  assert.equal((await checker.check(minted.value, FIRST)).outcome, 'active');
  now.milliseconds = 2_001_000;
  assert.equal((await checker.check(minted.value, FIRST)).outcome, 'refused');
});

const changed = ({ reader }: Checker, tokenId: string): void =>
  reader.onChange({ kind: 'developer_token', tokenId, userId: 'u', accountId: 'a' });

test('a revocation is never answered from memory', async () => {
  const { checker, made, minted } = setUp();
  await checker.check(minted.value, FIRST);
  made.facts.set(minted.id, factsOf(minted, { revokedAt: 2000 }));
  changed(checker, minted.id);
  assert.equal((await checker.check(minted.value, FIRST)).outcome, 'refused');
});

test('a read that began before a revocation is not remembered after it', async () => {
  const { checker, made, minted } = setUp();
  let open = (): void => undefined;
  made.gate = new Promise((resolve) => {
    open = resolve;
  });
  const early = checker.check(minted.value, FIRST);
  made.facts.set(minted.id, factsOf(minted, { revokedAt: 2000 }));
  changed(checker, minted.id);
  open();
  await early;
  made.gate = undefined;
  assert.equal((await checker.check(minted.value, FIRST)).outcome, 'refused');
});

function held(made: Desk): () => void {
  let open = (): void => undefined;
  made.gate = new Promise((resolve) => {
    open = resolve;
  });
  return open;
}

test('a hundred who ask for one token at once wait for one read', async () => {
  const { checker, made, minted } = setUp();
  const open = held(made);
  const asked = Array.from({ length: 100 }, async () => checker.check(minted.value, FIRST));
  open();
  const verdicts = await Promise.all(asked);
  assert.ok(verdicts.every(({ outcome }) => outcome === 'active'));
  assert.equal(made.reads, 1);
});

test('nobody who asks after a change waits for a read that began before it', async () => {
  for (const what of ['the token', 'anything']) {
    const { checker, made, minted } = setUp();
    const open = held(made);
    const early = checker.check(minted.value, FIRST);
    made.facts.set(minted.id, factsOf(minted, { revokedAt: 2000 }));
    if (what === 'anything') checker.reader.onAnything();
    else changed(checker, minted.id);
    const late = checker.check(minted.value, FIRST);
    open();
    await early;
    assert.equal((await late).outcome, 'refused', what);
  }
});

test('a read that hangs holds up nobody who comes a second later, and is not remembered', async () => {
  const { checker, made, minted, now } = setUp();
  const open = held(made);
  const early = checker.check(minted.value, FIRST);
  made.gate = undefined;
  made.facts.set(minted.id, factsOf(minted, { revokedAt: 2000 }));
  now.milliseconds += 1000;
  assert.equal((await checker.check(minted.value, FIRST)).outcome, 'refused');
  open();
  await early;
  assert.equal((await checker.check(minted.value, FIRST)).outcome, 'refused');
});

test('a failed read is told to all who waited for it, and tried again by the next', async () => {
  const { made, minted } = setUp();
  let isDown = true;
  const find: CredentialSource['find'] = async (kind, id) => {
    if (isDown) throw new Error('no database');
    return made.source.find(kind, id);
  };
  const time = { clock: () => 2000, elapsed: () => 2_000_000 };
  const checker = createChecker({
    source: { find },
    readers: [opaqueTokens('gate')],
    catalogues,
    ...time,
  });
  const asked = [checker.check(minted.value, FIRST), checker.check(minted.value, FIRST)];
  for (const verdict of asked) await assert.rejects(Promise.resolve(verdict), /no database/);
  isDown = false;
  assert.equal((await checker.check(minted.value, FIRST)).outcome, 'active');
});

test('storage that answers at once is answered at once, remembered, and fails at once', async () => {
  const { made, minted } = setUp();
  const facts = await made.source.find('pat', minted.id);
  assert.ok(facts !== null);
  let reads = 0;
  let isDown = false;
  const find: CredentialSource['find'] = (_kind, id) => {
    reads += 1;
    if (isDown) throw new Error('no database');
    return id === facts.id ? facts : null;
  };
  const time = { clock: () => 2000, elapsed: () => 2_000_000 };
  const checker = createChecker({
    source: { find },
    readers: [opaqueTokens('gate')],
    catalogues,
    ...time,
  });
  const outcomeOf = (value: string) => {
    const verdict = checker.check(value, FIRST);
    assert.ok(!(verdict instanceof Promise));
    return verdict.outcome;
  };
  assert.deepEqual(
    [outcomeOf(minted.value), outcomeOf(minted.value), reads],
    ['active', 'active', 1],
  );
  assert.equal(outcomeOf(mintCredential('gate', 'pat', randomBytes).value), 'refused');
  changed(checker, minted.id);
  isDown = true;
  assert.throws(() => checker.check(minted.value, FIRST), /no database/);
  isDown = false;
  assert.equal(outcomeOf(minted.value), 'active');
});

test('who holds the secret is told its kind, whatever kind was guessed before', async () => {
  const { checker, made } = setUp();
  // The same id, other secrets.
  const bytes = (size: number) => (size === ID_LENGTH ? new Uint8Array(size) : randomBytes(size));
  const guess = mintCredential('gate', 'pat', bytes);
  const real = mintCredential('gate', 'oat', bytes);
  made.facts.set(real.id, factsOf(real));
  assert.equal((await checker.check(guess.value, FIRST)).outcome, 'refused');
  const verdict = await checker.check(real.value, FIRST);
  assert.equal(verdict.outcome === 'active' && verdict.kind, 'oat');
  assert.equal(made.reads, 1);
});

test('whoever asks after a change does not wait for a read that began before it and never ends', async () => {
  const { checker, made, minted } = setUp();
  held(made);
  const early = checker.check(minted.value, FIRST);
  assert.ok(early instanceof Promise);
  made.facts.set(minted.id, factsOf(minted, { revokedAt: 2000 }));
  changed(checker, minted.id);
  made.gate = undefined;
  assert.equal((await checker.check(minted.value, FIRST)).outcome, 'refused');
});

test('a read of one kind of token answers nobody who asks for another kind with the same id', async () => {
  const { checker, made, minted } = setUp();
  const open = held(made);
  const { value } = assembleCredential('gate_oat_', minted.id, 'a'.repeat(SECRET_LENGTH));
  const first = checker.check(value, FIRST);
  const own = checker.check(minted.value, FIRST);
  assert.equal(made.reads, 2, 'each kind has a read of its own');
  open();
  await first;
  assert.equal((await own).outcome, 'active');
});
