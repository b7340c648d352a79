/**
 * A read of the database that began before a change, and ends after it, must not bring back what was so before: neither to the
 * memory of the checker or of the client directory, nor to who asks after the change. The reads are held by the test.
 */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import { createClientDirectory, type ClientDirectory } from '../../src/apps/directory.ts';
import { createCatalogues, NO_CATALOGUE } from '../../src/catalogue/catalogues.ts';
import type { CacheLimits } from '../../src/checker/cache.ts';
import { createChecker, type Checker } from '../../src/checker/checker.ts';
import type { AccessFact } from '../../src/changes/changes.ts';
import type { CredentialFacts } from '../../src/checker/ports.ts';
import { mintCredential } from '../../src/oauth/tokens/format.ts';
import { opaqueTokens } from '../../src/oauth/tokens/readers.ts';
import type { Client, RegisteredClient } from '../../src/oauth/vocabulary.ts';
import { until } from '../support/until.ts';
import { FIRST, ONLY_FIRST } from '../support/first-resource.ts';

/** Reads that find what is so when they begin, and end when the test says so. */
function heldReads<Found>(found: Found) {
  const waiting: (() => void)[] = [];
  let count = 0;
  return {
    found,
    read(): Promise<Found> {
      const { found: seen } = this;
      count += 1;
      return new Promise((resolve) => waiting.push(() => resolve(seen)));
    },
    /** Ends one of them, counted from the oldest that is held. */
    end: (place = 0): void => waiting.splice(place, 1)[0]?.(),
    count: (): number => count,
  };
}

const access = mintCredential('gate', 'oat', randomBytes);

const FACTS: CredentialFacts = {
  id: access.id,
  secretHash: access.hash,
  description: 'an app',
  scopes: ['asset.read'],
  resources: ONLY_FIRST,
  createdAt: 1000,
  expiresAt: null,
  disabledAt: null,
  revokedAt: null,
  exposedAt: null,
  userId: 'person',
  userSuspendedAt: null,
  accountId: 'account',
  role: 'owner',
  app: {
    id: 'app',
    name: 'an app',
    ownerId: 'developer',
    scopes: ['asset.read'],
    stoppedAt: null,
    grantId: 'grant',
    familyId: 'family',
    secretId: 'secret',
    withdrawnAt: null,
    unconfirmed: null,
  },
};

function checkerOver(
  reads: { read(): Promise<CredentialFacts | null> },
  limits?: CacheLimits,
): Checker {
  const roles = { member: ['asset.read'] };
  return createChecker({
    source: { find: () => reads.read() },
    readers: [opaqueTokens('gate')],
    catalogues: createCatalogues({ ...NO_CATALOGUE, roles }),
    clock: () => 2000,
    elapsed: () => 0,
    ...(limits !== undefined && { limits }),
  });
}

/** Everything that the verdict about a token of an app depends on. */
const FACTS_THAT_CHANGE = (id: Ids): Readonly<Record<string, AccessFact>> => ({
  'the token': { kind: 'access_token', tokenId: id.token, ...id, familyId: id.family },
  'a developer token with its id': { kind: 'developer_token', tokenId: id.token, ...id },
  'its user': { kind: 'user', userId: id.userId },
  'the owner of its app': { kind: 'user', userId: id.owner },
  'the role of its user': { kind: 'membership', ...id },
  'its app': { kind: 'client', clientId: id.clientId },
  'its secret': { kind: 'secret', secretId: id.secret, clientId: id.clientId },
  'its grant': { kind: 'grant', grantId: id.grant, ...id },
  'its family': { kind: 'family', familyId: id.family, grantId: id.grant, ...id },
});

interface Ids {
  readonly token: string;
  readonly userId: string;
  readonly accountId: string;
  readonly owner: string;
  readonly clientId: string;
  readonly secret: string;
  readonly grant: string;
  readonly family: string;
}

const OWN = FACTS_THAT_CHANGE({
  token: access.id,
  userId: 'person',
  accountId: 'account',
  owner: 'developer',
  clientId: 'app',
  secret: 'secret',
  grant: 'grant',
  family: 'family',
});

/** The same of another token, in the same account. */
const OF_ANOTHER = FACTS_THAT_CHANGE({
  token: 'another',
  userId: 'another',
  accountId: 'account',
  owner: 'another',
  clientId: 'another',
  secret: 'another',
  grant: 'another',
  family: 'another',
});

const CHECKER_CHANGES: readonly (readonly [string, (checker: Checker) => void])[] = [
  ...Object.entries(OWN).map(
    ([what, fact]) => [what, ({ reader }: Checker) => reader.onChange(fact)] as const,
  ),
  ['everything', ({ reader }) => reader.onAnything()],
  [
    'the app, and then of more than are told apart',
    ({ reader }) => {
      reader.onChange({ kind: 'client', clientId: 'app' });
      for (let index = 0; index < 10_001; index++)
        reader.onChange({ kind: 'client', clientId: `another ${index}` });
    },
  ],
];

describe('the checker', () => {
  for (const [what, change] of CHECKER_CHANGES) {
    test(`a read that began before a change of ${what} is neither given to who asks after it, nor remembered`, async () => {
      const reads = heldReads<CredentialFacts | null>(FACTS);
      const checker = checkerOver(reads);
      const early = checker.check(access.value, FIRST);
      reads.found = { ...FACTS, revokedAt: 1999 };
      change(checker);
      const late = Promise.resolve(checker.check(access.value, FIRST));
      reads.end();
      assert.equal((await early).outcome, 'active', 'asked before the change');
      await until(() => reads.count() === 2, 'the second read');
      reads.end();
      assert.equal((await late).outcome, 'refused');
      const last = checker.check(access.value, FIRST);
      assert.ok(!(last instanceof Promise), 'what was read after the change is remembered');
      assert.equal(last.outcome, 'refused');
    });

    test(`a read that ends after a change of ${what}, before anybody asks again, is not remembered`, async () => {
      const reads = heldReads<CredentialFacts | null>(FACTS);
      const checker = checkerOver(reads);
      const early = checker.check(access.value, FIRST);
      change(checker);
      reads.end();
      await early;
      reads.found = { ...FACTS, revokedAt: 1999 };
      const late = checker.check(access.value, FIRST);
      assert.ok(late instanceof Promise, 'read again');
      reads.end();
      assert.equal((await late).outcome, 'refused');
    });
  }

  test('what was remembered long before a change is forgotten as what was remembered just before', async () => {
    const reads = heldReads<CredentialFacts | null>(FACTS);
    // So few that what comes next moves the entry to the older half of the memory.
    const checker = checkerOver(reads, { maxAgeMilliseconds: 800, maxEntries: 2 });
    const check = async (value: string) => {
      const verdict = checker.check(value, FIRST);
      reads.end();
      return (await verdict).outcome;
    };
    const other = mintCredential('gate', 'oat', randomBytes);
    for (const [what, fact] of Object.entries(OWN)) {
      reads.found = FACTS;
      assert.equal(await check(access.value), 'active');
      reads.found = { ...FACTS, id: other.id, secretHash: other.hash, app: null };
      assert.equal(await check(other.value), 'active');
      assert.ok(!(checker.check(access.value, FIRST) instanceof Promise), 'still remembered');
      reads.found = { ...FACTS, revokedAt: 1999 };
      checker.reader.onChange(fact);
      assert.equal(await check(access.value), 'refused', what);
      checker.reader.onAnything();
    }
  });

  test('a change of what the token does not depend on leaves the read, and what it found, to everybody', async () => {
    const reads = heldReads<CredentialFacts | null>(FACTS);
    const checker = checkerOver(reads);
    const early = checker.check(access.value, FIRST);
    for (const fact of Object.values(OF_ANOTHER)) checker.reader.onChange(fact);
    checker.reader.onChange({ kind: 'membership', userId: 'person', accountId: 'another' });
    const late = checker.check(access.value, FIRST);
    reads.end();
    assert.deepEqual([(await early).outcome, (await late).outcome], ['active', 'active']);
    assert.ok(!(checker.check(access.value, FIRST) instanceof Promise));
    assert.equal(reads.count(), 1);
  });

  test('what is found without a token is not given to who asks after the token was made known', async () => {
    const reads = heldReads<CredentialFacts | null>(null);
    const checker = checkerOver(reads);
    const early = checker.check(access.value, FIRST);
    reads.found = FACTS;
    for (const fact of Object.values(OWN)) if ('tokenId' in fact) checker.reader.onChange(fact);
    const late = Promise.resolve(checker.check(access.value, FIRST));
    reads.end();
    assert.equal((await early).outcome, 'refused');
    await until(() => reads.count() === 2, 'the second read');
    reads.end();
    assert.equal((await late).outcome, 'active');
  });
});

const registered = (secretId: string): RegisteredClient => ({
  // The directory looks at nothing else.
  client: { id: 'app', ownerId: 'developer', accountId: 'account' } as Client,
  secrets: [{ id: secretId, hash: new Uint8Array(32) }],
});

const DIRECTORY_FACTS = (
  clientId: string,
  userId: string,
  accountId: string,
): readonly AccessFact[] => [
  { kind: 'client', clientId },
  { kind: 'secret', secretId: 'secret', clientId },
  { kind: 'user', userId },
  { kind: 'membership', userId, accountId },
];

const DIRECTORY_CHANGES: readonly (readonly [string, (directory: ClientDirectory) => void])[] = [
  ...DIRECTORY_FACTS('app', 'developer', 'account').map(
    (fact) => [fact.kind, ({ reader }: ClientDirectory) => reader.onChange(fact)] as const,
  ),
  ['everything', ({ reader }) => reader.onAnything()],
];

const secretOf = (found: RegisteredClient | null): string | undefined => found?.secrets[0]?.id;

describe('the client directory', () => {
  for (const [what, change] of DIRECTORY_CHANGES) {
    test(`a read that began before a change of ${what} is neither given to who asks after it, nor remembered`, async () => {
      const reads = heldReads<RegisteredClient | null>(registered('revoked'));
      const directory = createClientDirectory({ byId: () => reads.read() }, () => 0);
      const early = directory.byId('app');
      reads.found = registered('new');
      change(directory);
      const late = directory.byId('app');
      reads.end(1);
      assert.equal(secretOf(await late), 'new');
      reads.end();
      assert.equal(secretOf(await early), 'revoked', 'asked before the change');
      assert.equal(secretOf(await directory.byId('app')), 'new');
      assert.equal(reads.count(), 2);
    });

    test(`a read that ends after a change of ${what}, before anybody asks again, is not remembered`, async () => {
      const reads = heldReads<RegisteredClient | null>(registered('revoked'));
      const directory = createClientDirectory({ byId: () => reads.read() }, () => 0);
      const early = directory.byId('app');
      change(directory);
      reads.end();
      await early;
      reads.found = registered('new');
      const late = directory.byId('app');
      assert.ok(late instanceof Promise, 'read again');
      reads.end();
      assert.equal(secretOf(await late), 'new');
    });

    test(`what was remembered before a change of ${what} is read again`, async () => {
      const reads = heldReads<RegisteredClient | null>(registered('revoked'));
      const directory = createClientDirectory({ byId: () => reads.read() }, () => 0);
      const first = directory.byId('app');
      reads.end();
      await first;
      assert.ok(!(directory.byId('app') instanceof Promise), 'remembered');
      reads.found = registered('new');
      change(directory);
      const late = directory.byId('app');
      reads.end();
      assert.equal(secretOf(await late), 'new');
    });
  }

  test('a change of another client, or of another owner, leaves the read alone', async () => {
    const reads = heldReads<RegisteredClient | null>(registered('same'));
    const directory = createClientDirectory({ byId: () => reads.read() }, () => 0);
    const early = directory.byId('app');
    for (const fact of [
      ...DIRECTORY_FACTS('another', 'another', 'account'),
      ...Object.values(OWN).filter(({ kind }) => /token|family|grant/.test(kind)),
      { kind: 'membership', userId: 'developer', accountId: 'another' } as const,
    ])
      directory.reader.onChange(fact);
    reads.end();
    await early;
    assert.ok(!(directory.byId('app') instanceof Promise));
  });
});
