/** The rules of the ring, on keys in memory and a clock of the test's own. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { decodeProtectedHeader } from 'jose';
import { deriveKeys } from '../../src/keys/keys.ts';
import type { SigningKey, SigningKeyStore } from '../../src/keys/ports.ts';
import {
  createSigningKeys,
  LONGEST_SIGNED_SECONDS,
  NoSigningKey,
  PUBLICATION_SECONDS,
  ROTATION_SECONDS,
  SIGNING_ALGORITHMS,
} from '../../src/keys/signing-keys.ts';

const START = 1_000_000;
const DAY = 86_400;

class MemoryKeys implements SigningKeyStore {
  keys: SigningKey[] = [];
  inserted = 0;
  isAway = false;

  all(): Promise<readonly SigningKey[]> {
    if (this.isAway) return Promise.reject(new Error('away'));
    return Promise.resolve(this.keys.toSorted((one, other) => other.sequence - one.sequence));
  }
  insert(key: SigningKey): Promise<boolean> {
    this.inserted += 1;
    const isTaken = this.keys.some(
      ({ algorithm, sequence }) => algorithm === key.algorithm && sequence === key.sequence,
    );
    if (!isTaken) this.keys.push(key);
    return Promise.resolve(!isTaken);
  }
  activate(id: string, activeAt: number): Promise<void> {
    return this.#change(id, { activeAt });
  }
  withdraw(id: string, withdrawnAt: number): Promise<void> {
    return this.#change(id, { withdrawnAt });
  }
  reseal(id: string, sealedKey: string): Promise<void> {
    return this.#change(id, { sealedKey });
  }
  delete(ids: readonly string[]): Promise<void> {
    this.keys = this.keys.filter(({ id }) => !ids.includes(id));
    return Promise.resolve();
  }
  #change(id: string, changes: Partial<SigningKey>): Promise<void> {
    this.keys = this.keys.map((key) => (key.id === id ? { ...key, ...changes } : key));
    return Promise.resolve();
  }
}

function newRing() {
  const store = new MemoryKeys();
  const time = { now: START };
  const ring = createSigningKeys({
    store,
    keys: deriveKeys([new Uint8Array(32).fill(7)], 'signing key'),
    clock: () => time.now,
    elapsed: () => time.now * 1000,
  });
  const ids = async (state: string, algorithm = 'ES256'): Promise<readonly string[]> =>
    (await ring.list())
      .filter((key) => key.state === state && key.algorithm === algorithm)
      .map(({ id }) => id);
  const only = async (state: string): Promise<string> => {
    const found = await ids(state);
    assert.equal(found.length, 1, `${state}: ${found.join()}`);
    return found[0] ?? '';
  };
  const signer = async (): Promise<string | undefined> =>
    decodeProtectedHeader(await ring.sign('ES256', 'test+jwt', {})).kid;
  const published = async (): Promise<readonly (string | undefined)[]> =>
    (await ring.published()).keys.map(({ kid }) => kid);
  const pass = async (seconds: number): Promise<void> => {
    time.now += seconds;
    await ring.keep();
  };
  return { store, time, ring, ids, only, signer, published, pass };
}

describe('the ring', () => {
  test('lets the next key sign once the one that signs is withdrawn, and none that was replaced before', async () => {
    const { ring, only, signer, published, pass } = newRing();
    await ring.keep();
    const first = await only('signs');
    await pass(ROTATION_SECONDS);
    const [leaked, next] = [await only('signs'), await only('next')];
    await ring.withdraw(leaked);
    assert.equal(await signer(), next);
    assert.equal(await only('signs'), next);
    assert.ok(!(await published()).includes(leaked));
    assert.equal(await only('verifies'), first, 'what it signed still lives');
  });

  test('of which the next key is withdrawn gets another next one, and never uses it', async () => {
    const { ring, only, signer, published, pass } = newRing();
    await ring.keep();
    const [first, leaked] = [await only('signs'), await only('next')];
    await ring.withdraw(leaked);
    const next = await only('next');
    assert.notEqual(next, leaked);
    assert.equal(await signer(), first);
    assert.ok(!(await published()).includes(leaked));
    await pass(ROTATION_SECONDS - 1);
    assert.equal(await signer(), first);
    await pass(1 + PUBLICATION_SECONDS);
    assert.equal(await signer(), next);
  });

  test('signs with the one that signs while its next key, withdrawn late, has a successor to come', async () => {
    const { ring, only, signer, pass } = newRing();
    await ring.keep();
    const first = await only('signs');
    await pass(ROTATION_SECONDS - 10);
    await ring.withdraw(await only('next'));
    await pass(20);
    assert.equal(await signer(), first, 'the new next one is not published long enough');
    await pass(PUBLICATION_SECONDS);
    assert.notEqual(await signer(), first);
  });

  test('publishes the next key before it signs, also when its time has come and gone', async () => {
    const { store, time, ring, only } = newRing();
    await ring.keep();
    await store.delete([await only('next')]);
    // Nobody kept them for that long.
    time.now += 2 * ROTATION_SECONDS;
    await ring.keep();
    const made = await only('next');
    const { activeAt } = store.keys.find(({ id }) => id === made) ?? {};
    assert.equal(activeAt, time.now + PUBLICATION_SECONDS);
  });

  test('publishes a former key until nothing that it signed lives and no cache has it, and no longer', async () => {
    const { ring, ids, only, published, pass } = newRing();
    await ring.keep();
    const former = await only('signs');
    await pass(ROTATION_SECONDS);
    await pass(LONGEST_SIGNED_SECONDS + PUBLICATION_SECONDS - 1);
    assert.deepEqual(await ids('verifies'), [former]);
    assert.ok((await published()).includes(former));
    await pass(1);
    assert.deepEqual(await ids('over'), [former]);
    assert.ok(!(await published()).includes(former));
  });

  test('forgets a key 90 days after its end, replaced or withdrawn', async () => {
    const { store, ring, only, pass } = newRing();
    await ring.keep();
    const former = await only('signs');
    await pass(ROTATION_SECONDS);
    const leaked = await only('signs');
    await ring.withdraw(leaked);
    const has = (id: string): boolean => store.keys.some((key) => key.id === id);
    await pass(90 * DAY - 1);
    assert.deepEqual([has(former), has(leaked)], [true, true]);
    await pass(1);
    assert.deepEqual([has(former), has(leaked)], [false, false]);
  });

  test('makes each key once for all who ask at the same time', async () => {
    const { store, ring } = newRing();
    await Promise.all([ring.keep(), ring.keep(), ring.published(), ring.published()]);
    assert.equal(store.inserted, 2 * SIGNING_ALGORITHMS.length);
  });

  test('does not remember that the database was away', async () => {
    const { store, ring } = newRing();
    store.isAway = true;
    await assert.rejects(ring.published(), /away/);
    store.isAway = false;
    assert.equal((await ring.published()).keys.length, 2 * SIGNING_ALGORITHMS.length);
  });

  test('signs also when the process that withdrew a key ended before it let the next one sign', async () => {
    const { store, time, ring, only, signer } = newRing();
    await ring.keep();
    const [leaked, next] = [await only('signs'), await only('next')];
    await store.withdraw(leaked, time.now);
    time.now += 1;
    assert.equal(await signer(), next);
  });

  test('makes EdDSA on request, and keeps it from then on', async () => {
    const { ring, ids, published, pass } = newRing();
    await ring.keep();
    await assert.rejects(ring.sign('EdDSA', 'test+jwt', {}), NoSigningKey);
    await ring.add('EdDSA');
    await ring.add('EdDSA');
    const [signing] = await ids('signs', 'EdDSA');
    assert.equal((await ids('next', 'EdDSA')).length, 1);
    const { alg, kid } = decodeProtectedHeader(await ring.sign('EdDSA', 'test+jwt', {}));
    assert.deepEqual([alg, kid], ['EdDSA', signing]);
    assert.equal((await published()).length, 6);
    await pass(ROTATION_SECONDS);
    assert.deepEqual(await ids('verifies', 'EdDSA'), [signing]);
    await pass(PUBLICATION_SECONDS);
    await ring.rotate();
    assert.equal((await ids('verifies', 'EdDSA')).length, 2);
  });
});

test('keys of each purpose and of each master secret are different, and the same at each start', () => {
  const [one, other] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
  const hex = (key: Uint8Array): string => Buffer.from(key).toString('hex');
  const ring = deriveKeys([one, other], 'csrf');
  assert.deepEqual(ring.all.map(hex), [
    hex(deriveKeys([one], 'csrf').current),
    hex(deriveKeys([other], 'csrf').current),
  ]);
  assert.equal(ring.current, ring.all[0]);
  assert.notEqual(hex(ring.current), hex(deriveKeys([one], 'page ticket').current));
  // HKDF of RFC 5869 with SHA-256, no salt, and the purpose as its info: what a release made, the next one reads.
  assert.equal(hex(ring.current), CSRF_OF_ONES);
});

const CSRF_OF_ONES = '968c0dc06170513468b558e3cc1eb67a593ca3392be4322776bbdab5990eb741';
