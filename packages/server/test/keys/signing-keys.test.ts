/** Signing keys as whoever verifies sees them: at /oauth2/jwks, on both databases, in several processes. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import {
  createLocalJWKSet,
  createRemoteJWKSet,
  decodeProtectedHeader,
  jwtVerify,
  type JSONWebKeySet,
} from 'jose';
import type { MasterSecrets } from '../../src/keys/keys.ts';
import type { SigningAlgorithm } from '../../src/keys/ports.ts';
import {
  LONGEST_SIGNED_SECONDS,
  PUBLICATION_SECONDS,
  ROTATION_SECONDS,
  SIGNING_ALGORITHMS,
} from '../../src/keys/signing-keys.ts';
import { openApp } from '../../src/compose/app.ts';
import { readConfig } from '../../src/config/read.ts';
import { createLogger } from '../../src/http/logger.ts';
import { sharedPostgres } from '../support/postgres.ts';
import { newInstallation, type EngineName, type Installation } from '../catalogue/installation.ts';
import type { Place } from '../oauth/place.ts';

const ENGINES: readonly EngineName[] = ['sqlite', 'postgres'];
const OLD = randomBytes(32);
const NEW = randomBytes(32);

for (const engine of ENGINES)
  describe(engine, () => {
    let installation: Installation;
    let place: Place;
    let neighbour: Place | undefined;

    const start = async (secrets: MasterSecrets): Promise<Place> => {
      const started = await installation.start(['asset.read'], (config) => ({
        ...config,
        masterSecrets: secrets,
      }));
      return started;
    };
    const keysAt = async ({ base }: Place): Promise<JSONWebKeySet> => {
      const answer = await fetch(`${base}/oauth2/jwks`);
      assert.equal(answer.status, 200);
      assert.match(answer.headers.get('content-type') ?? '', /^application\/jwk-set\+json/);
      assert.equal(answer.headers.get('cache-control'), `public, max-age=${PUBLICATION_SECONDS}`);
      assert.equal(answer.headers.get('access-control-allow-origin'), '*');
      return (await answer.json()) as JSONWebKeySet;
    };
    const idsAt = async (at: Place): Promise<readonly string[]> =>
      (await keysAt(at)).keys.map(({ kid = '' }) => kid).toSorted();
    const sign = (at: Place, algorithm: SigningAlgorithm = 'ES256'): Promise<string> =>
      at.modules.signingKeys.sign(algorithm, 'test+jwt', { sub: 'somebody' });
    const stateOf = async (id: string): Promise<string | undefined> =>
      (await place.modules.signingKeys.list()).find((key) => key.id === id)?.state;
    const signing = async (): Promise<string> =>
      (await place.modules.signingKeys.list()).find(
        ({ algorithm, state }) => algorithm === 'ES256' && state === 'signs',
      )?.id ?? '';
    /** What a process remembers of the keys is over. */
    async function pass(seconds: number): Promise<void> {
      installation.time.now += seconds;
      await place.modules.signingKeys.keep();
    }

    before(async () => {
      installation = await newInstallation(engine);
      place = await start([OLD]);
    });
    after(async () => {
      await neighbour?.stop();
      await place.stop();
      await installation.remove();
    });

    test('none is made before the server listens', async () => {
      const directory = await mkdtemp(join(tmpdir(), 'gatehouse-keys-'));
      const databaseUrl =
        engine === 'sqlite' ? null : await (await sharedPostgres()).createMigrated();
      const config = readConfig({ env: {}, directory });
      const app = await openApp({
        config: { ...config, storage: { ...config.storage, databaseUrl } },
        logger: createLogger({ level: 'silent' }),
      });
      assert.deepEqual(await app.storage.signingKeys.all(), []);
      await app.close();
      await rm(directory, { recursive: true, force: true });
    });

    test('of each algorithm one key signs and the next is published, public halves alone', async () => {
      const { keys } = await keysAt(place);
      assert.deepEqual(
        keys.map(({ alg = '' }) => alg).toSorted(),
        SIGNING_ALGORITHMS.flatMap((alg): readonly string[] => [alg, alg]).toSorted(),
      );
      for (const key of keys) {
        assert.equal(key.use, 'sig');
        for (const secret of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k']) assert.ok(!(secret in key));
      }
      for (const algorithm of SIGNING_ALGORITHMS) {
        const remote = createRemoteJWKSet(new URL(`${place.base}/oauth2/jwks`));
        const { payload } = await jwtVerify(await sign(place, algorithm), remote, {
          typ: 'test+jwt',
          algorithms: [algorithm],
        });
        assert.equal(payload.sub, 'somebody');
      }
    });

    test('private halves are not in the database', async () => {
      for (const { sealedKey } of await place.modules.storage.signingKeys.all()) {
        assert.doesNotMatch(sealedKey, /[{"]/);
        assert.doesNotMatch(Buffer.from(sealedKey, 'base64url').toString('latin1'), /"(d|kty)"/);
      }
    });

    test('processes that begin together make the same keys', async () => {
      const before = await idsAt(place);
      await Promise.all([1, 2, 3].map(() => place.modules.signingKeys.keep()));
      assert.deepEqual(await idsAt(place), before);
      if (engine === 'sqlite') return;
      neighbour = await start([OLD]);
      assert.deepEqual(await idsAt(neighbour), before);
      await jwtVerify(await sign(neighbour), createLocalJWKSet(await keysAt(place)));
    });

    test('by schedule the next key signs, and the former one verifies as long as what it signed lives', async () => {
      const signed = await sign(place);
      const former = await signing();
      const published = await keysAt(place);
      await pass(ROTATION_SECONDS);
      assert.notEqual(await signing(), former);
      assert.equal(await stateOf(former), 'verifies');
      // Whoever read the keys before the rotation knows the one that signs now.
      await jwtVerify(await sign(place), createLocalJWKSet(published));
      await jwtVerify(signed, createLocalJWKSet(await keysAt(place)));
      await pass(LONGEST_SIGNED_SECONDS + PUBLICATION_SECONDS);
      assert.ok(!(await idsAt(place)).includes(former));
      assert.equal((await keysAt(place)).keys.length, 4);
    });

    test('a rotation by hand waits until everybody can have read the next key', async () => {
      const former = await signing();
      await place.modules.signingKeys.rotate();
      const second = await signing();
      assert.notEqual(second, former);
      await place.modules.signingKeys.rotate();
      assert.equal(await signing(), second, 'the one after it was published just now');
      await pass(PUBLICATION_SECONDS);
      assert.notEqual(await signing(), second);
    });

    test('a key that leaked is gone at once, and the next one signs', async () => {
      const leaked = await signing();
      const next = (await place.modules.signingKeys.list()).find(
        ({ algorithm, state }) => algorithm === 'ES256' && state === 'next',
      )?.id;
      if (neighbour !== undefined) await idsAt(neighbour);
      const signed = await sign(place);
      assert.equal(await place.modules.signingKeys.withdraw(leaked), true);
      assert.equal(await place.modules.signingKeys.withdraw('nobody'), false);
      const set = await keysAt(place);
      assert.ok(!set.keys.some(({ kid }) => kid === leaked));
      await assert.rejects(jwtVerify(signed, createLocalJWKSet(set)), /no applicable key/);
      await jwtVerify(await sign(place), createLocalJWKSet(set));
      assert.equal(set.keys.filter(({ alg }) => alg === 'ES256').length >= 2, true);
      assert.equal(decodeProtectedHeader(await sign(place)).kid, next);
      if (neighbour === undefined) return;
      installation.time.now += 1;
      assert.ok(!(await idsAt(neighbour)).includes(leaked), 'other processes hear within a second');
      assert.equal(decodeProtectedHeader(await sign(neighbour)).kid, next);
    });

    test('two processes never make the same one twice, and none can be put off', async () => {
      const { signingKeys } = place.modules.storage;
      const [known] = await signingKeys.all();
      assert.ok(known !== undefined);
      assert.equal(await signingKeys.insert({ ...known, id: 'another' }), false);
      await signingKeys.activate(known.id, known.activeAt + 1);
      assert.deepEqual((await signingKeys.all())[0], known);
    });

    test('a new master secret opens them, and its predecessor can go', async () => {
      await neighbour?.stop();
      neighbour = undefined;
      const signed = await sign(place);
      const before = await idsAt(place);
      await place.stop();
      place = await start([NEW, OLD]);
      await place.modules.signingKeys.keep();
      await place.stop();
      place = await start([NEW]);
      assert.deepEqual(await idsAt(place), before);
      await jwtVerify(signed, createLocalJWKSet(await keysAt(place)));
      await jwtVerify(await sign(place), createLocalJWKSet(await keysAt(place)));
      const known = await place.modules.signingKeys.list();
      assert.ok(known.every(({ isReadable }) => isReadable));
    });

    test('under a foreign master secret nothing is signed, and nothing lost', async () => {
      await place.stop();
      place = await start([randomBytes(32)]);
      await assert.rejects(sign(place), /no master secret that is set opens the signing key/);
      await place.stop();
      place = await start([NEW]);
      await jwtVerify(await sign(place), createLocalJWKSet(await keysAt(place)));
    });
  });
