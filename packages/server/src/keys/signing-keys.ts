/**
 * Signing keys: made within a minute of the first start, or when somebody asks for one, shared by all processes through the database, their private halves sealed with
 * the master secret. Of each algorithm one key signs and the next one is published already, so that whoever verifies knows it
 * before it is used. A former one stays published until nothing that it signed lives.
 */
import type { CryptoKey, JWK, JWTPayload } from 'jose';
import { days, hours, minutes, type Clock } from '../kit/clock.ts';
import { seal, unseal } from '../kit/seal.ts';
import { unsealBy, type DerivedKeys } from './keys.ts';
import type { SigningAlgorithm, SigningKey, SigningKeyStore } from './ports.ts';

/** Made for every installation. */
export const SIGNING_ALGORITHMS: readonly SigningAlgorithm[] = ['RS256', 'ES256'];
/** Made when an operator asks for it (RFC 8037), and kept from then on. */
export const ADDED_ALGORITHMS: readonly SigningAlgorithm[] = ['EdDSA'];

/** How long a key signs. */
export const ROTATION_SECONDS = days(90);
/** Whoever verifies may remember the published keys for that long. */
export const PUBLICATION_SECONDS = minutes(10);
/** Nothing that is signed here lives longer. */
export const LONGEST_SIGNED_SECONDS = hours(24);
/** After that, a key that is over is deleted. */
const KEPT_SECONDS = days(90);
/** What a process remembers of the keys: no longer than what it remembers of tokens. */
const REMEMBERED_MILLISECONDS = 800;
const RSA_BITS = 2048;

export type KeyState = 'next' | 'signs' | 'verifies' | 'withdrawn' | 'over';

export interface KnownKey {
  readonly id: string;
  readonly algorithm: SigningAlgorithm;
  readonly state: KeyState;
  /** The master secrets that are set open it. */
  readonly isReadable: boolean;
  readonly createdAt: number;
  readonly activeAt: number;
  readonly withdrawnAt: number | null;
}

export interface SigningKeys {
  /** Makes what is missing, and deletes what is over. Safe in several processes at once. */
  keep(): Promise<void>;
  /** A JSON Web Key Set (RFC 7517 section 5) of public halves. */
  published(): Promise<{ readonly keys: readonly JWK[] }>;
  /** A signed JWT (RFC 7519); `type` is the `typ` of its header. Throws `NoSigningKey`. */
  sign(algorithm: SigningAlgorithm, type: string, claims: JWTPayload): Promise<string>;
  list(): Promise<readonly KnownKey[]>;
  /** The next key of each algorithm signs from now on, or as soon as everybody can know it. */
  rotate(): Promise<void>;
  /** Keeps keys of an algorithm from now on. */
  add(algorithm: SigningAlgorithm): Promise<void>;
  /** The key is neither used nor published any more. Answers `false` when there is none. */
  withdraw(id: string): Promise<boolean>;
}

/** None was made yet, or none can be opened with the master secrets that are set. */
export class NoSigningKey extends Error {}

export interface SigningKeysOptions {
  readonly store: SigningKeyStore;
  readonly keys: DerivedKeys;
  readonly clock: Clock;
  /** Milliseconds that passed. */
  readonly elapsed: () => number;
}

export function createSigningKeys(options: SigningKeysOptions): SigningKeys {
  const { store, clock } = options;
  const remembered = remember(options);
  const changed = async (act: Promise<unknown>): Promise<void> => {
    await act;
    remembered.forget();
  };
  let keeping: Promise<void> | undefined;
  /** Once for all who ask meanwhile. */
  const keep = (): Promise<void> => {
    keeping ??= changed(keepAll(options)).finally(() => (keeping = undefined));
    return keeping;
  };
  /** A server that just started has made none yet, and a withdrawn one may have no successor yet. */
  async function known(isEnough: (found: readonly SigningKey[]) => boolean) {
    const found = await remembered.keys();
    if (isEnough(found)) return found;
    await keep();
    return remembered.keys();
  }
  return {
    keep,
    async published() {
      const now = clock();
      const all = await known(({ length }) => length > 0);
      const shown = all.filter((key) => PUBLISHED.has(stateOf(key, all, now)));
      return { keys: shown.map(({ publicKey }) => JSON.parse(publicKey) as JWK) };
    },
    async sign(algorithm, type, claims) {
      const { SignJWT } = await import('jose');
      await known(
        (found) =>
          current(found, algorithm, clock()) !== undefined ||
          !algorithmsOf(found).includes(algorithm),
      );
      const signer = await remembered.signer(algorithm);
      const header = { alg: algorithm, kid: signer.id, typ: type };
      return new SignJWT(claims).setProtectedHeader(header).sign(signer.key);
    },
    async list() {
      const all = await store.all();
      const now = clock();
      return all.map((key) => {
        const { id, algorithm, createdAt, activeAt, withdrawnAt } = key;
        const isReadable = unsealBy(options.keys, key.sealedKey) !== null;
        const state = stateOf(key, all, now);
        return { id, algorithm, state, isReadable, createdAt, activeAt, withdrawnAt };
      });
    },
    rotate: () => changed(rotateAll(options)),
    add: (algorithm) => changed(keepAlgorithm(options, algorithm)),
    async withdraw(id) {
      const all = await store.all();
      const key = all.find((one) => one.id === id);
      if (key === undefined) return false;
      await changed(withdraw(options, key));
      return true;
    },
  };
}

async function keepAll(options: SigningKeysOptions): Promise<void> {
  const { store, clock } = options;
  for (const algorithm of algorithmsOf(await store.all())) await keepAlgorithm(options, algorithm);
  await resealAll(options);
  await store.delete((await store.all()).filter(isForgotten(clock())).map(({ id }) => id));
}

const algorithmsOf = (known: readonly SigningKey[]): readonly SigningAlgorithm[] => [
  ...new Set([...SIGNING_ALGORITHMS, ...known.map(({ algorithm }) => algorithm)]),
];

const PUBLISHED: ReadonlySet<KeyState> = new Set(['next', 'signs', 'verifies']);

/** Its time to sign came before it was withdrawn. */
const hasBegun = ({ activeAt, withdrawnAt }: SigningKey, now: number): boolean =>
  activeAt <= now && (withdrawnAt === null || withdrawnAt >= activeAt);

/** The one that signs: the newest that has begun. When that one is withdrawn none does: what was replaced never signs again. */
function current(
  known: readonly SigningKey[],
  algorithm: SigningAlgorithm,
  now: number,
): SigningKey | undefined {
  const newest = known
    .filter((key) => key.algorithm === algorithm && hasBegun(key, now))
    .toSorted((left, right) => right.sequence - left.sequence)[0];
  return newest?.withdrawnAt === null ? newest : undefined;
}

const upcoming = (
  known: readonly SigningKey[],
  algorithm: SigningAlgorithm,
  now: number,
): SigningKey | undefined =>
  known.find(
    (key) => key.algorithm === algorithm && key.withdrawnAt === null && key.activeAt > now,
  );

function stateOf(key: SigningKey, known: readonly SigningKey[], now: number): KeyState {
  if (key.withdrawnAt !== null) return 'withdrawn';
  if (key.activeAt > now) return 'next';
  const endedAt = endOf(key, known, now);
  if (endedAt === null) return 'signs';
  return endedAt + LONGEST_SIGNED_SECONDS + PUBLICATION_SECONDS > now ? 'verifies' : 'over';
}

/** When a later key took its place; `null` while none did. */
function endOf(key: SigningKey, known: readonly SigningKey[], now: number): number | null {
  const later = known.filter(
    (one) => one.algorithm === key.algorithm && one.sequence > key.sequence && hasBegun(one, now),
  );
  return later.length === 0 ? null : Math.min(...later.map(({ activeAt }) => activeAt));
}

const isForgotten =
  (now: number) =>
  (key: SigningKey, _at: number, known: readonly SigningKey[]): boolean => {
    const endedAt = key.withdrawnAt ?? endOf(key, known, now);
    return endedAt !== null && endedAt + KEPT_SECONDS <= now;
  };

/** One that signs and one that follows. */
async function keepAlgorithm(
  options: SigningKeysOptions,
  algorithm: SigningAlgorithm,
): Promise<void> {
  const { store, clock } = options;
  const now = clock();
  const known = await store.all();
  const signing = current(known, algorithm, now);
  const next = upcoming(known, algorithm, now);
  if (next !== undefined) {
    if (signing !== undefined) return;
    await store.activate(next.id, now);
    return keepAlgorithm(options, algorithm);
  }
  const last = Math.max(0, ...known.filter(isOf(algorithm)).map(({ sequence }) => sequence));
  const activeAt =
    signing === undefined
      ? now
      : Math.max(signing.activeAt + ROTATION_SECONDS, now + PUBLICATION_SECONDS);
  const made = await newKey(options, { algorithm, sequence: last + 1, activeAt });
  // Whether this process or another one made it, it is there now.
  await store.insert(made);
  if (signing === undefined) await keepAlgorithm(options, algorithm);
}

const isOf =
  (algorithm: SigningAlgorithm) =>
  (key: SigningKey): boolean =>
    key.algorithm === algorithm;

async function newKey(
  { keys, clock }: SigningKeysOptions,
  given: Pick<SigningKey, 'algorithm' | 'sequence' | 'activeAt'>,
): Promise<SigningKey> {
  const { algorithm } = given;
  // Loaded where it is used: most servers make a key once in months.
  const { calculateJwkThumbprint, exportJWK, generateKeyPair } = await import('jose');
  const pair = await generateKeyPair(algorithm, { extractable: true, modulusLength: RSA_BITS });
  const half = await exportJWK(pair.publicKey);
  const id = await calculateJwkThumbprint(half);
  return {
    id,
    ...given,
    publicKey: JSON.stringify({ ...half, kid: id, alg: algorithm, use: 'sig' }),
    sealedKey: seal(keys.current, JSON.stringify(await exportJWK(pair.privateKey))),
    createdAt: clock(),
    withdrawnAt: null,
  };
}

/** After the master secret was replaced, so that its predecessor can be left out. */
async function resealAll({ store, keys }: SigningKeysOptions): Promise<void> {
  const [, ...former] = keys.all;
  if (former.length === 0) return;
  for (const key of await store.all()) {
    if (unseal(keys.current, key.sealedKey) !== null) continue;
    const opened = unsealBy(keys, key.sealedKey);
    if (opened !== null) await store.reseal(key.id, seal(keys.current, opened));
  }
}

async function rotateAll(options: SigningKeysOptions): Promise<void> {
  const { store, clock } = options;
  for (const algorithm of algorithmsOf(await store.all())) {
    await keepAlgorithm(options, algorithm);
    const next = upcoming(await store.all(), algorithm, clock());
    if (next === undefined) continue;
    await store.activate(next.id, Math.max(clock(), next.createdAt + PUBLICATION_SECONDS));
    await keepAlgorithm(options, algorithm);
  }
}

/** The next one takes over at once, whoever may not have read it yet. */
async function withdraw(options: SigningKeysOptions, key: SigningKey): Promise<void> {
  await options.store.withdraw(key.id, options.clock());
  await keepAlgorithm(options, key.algorithm);
}

interface Signer {
  readonly id: string;
  readonly key: CryptoKey | Uint8Array;
}

/** Read from the database at most every so often; private halves are opened once. */
function remember({ store, keys, clock, elapsed }: SigningKeysOptions) {
  let found: { readonly at: number; readonly keys: Promise<readonly SigningKey[]> } | undefined;
  const opened = new Map<string, Signer>();
  const read = (): Promise<readonly SigningKey[]> => {
    const at = elapsed();
    if (found === undefined || at - found.at > REMEMBERED_MILLISECONDS) {
      found = { at, keys: store.all() };
      found.keys.catch(() => (found = undefined));
    }
    return found.keys;
  };
  return {
    keys: read,
    forget(): void {
      found = undefined;
    },
    async signer(algorithm: SigningAlgorithm): Promise<Signer> {
      const known = await read();
      const key = current(known, algorithm, clock());
      if (key === undefined) throw new NoSigningKey('no signing key was made yet');
      const signer = opened.get(key.id) ?? (await open(key, keys));
      for (const id of opened.keys()) if (!known.some((one) => one.id === id)) opened.delete(id);
      opened.set(key.id, signer);
      return signer;
    },
  };
}

async function open(key: SigningKey, keys: DerivedKeys): Promise<Signer> {
  const { id, algorithm } = key;
  const text = unsealBy(keys, key.sealedKey);
  if (text === null)
    throw new NoSigningKey(`no master secret that is set opens the signing key ${id}`);
  const { importJWK } = await import('jose');
  return { id, key: await importJWK(JSON.parse(text) as JWK, algorithm) };
}
