/**
 * Chance in tests: how much of what could go on for ever is done, and the seed that repeats it. `npm test` does little of it
 * at every change; `npm run test:long` does much more. `TEST_SEED` repeats a run.
 */

/** Set by `long-run.ts`. */
export const LONG_VARIABLE = 'TEST_LONG';

export const SEED_VARIABLE = 'TEST_SEED';

/** Told by every test that chooses by it. */
export const SEED = Number(process.env[SEED_VARIABLE] ?? Date.now() % 2 ** 31);

export const toldSeed = `${SEED_VARIABLE}=${SEED}`;

const isLong = process.env[LONG_VARIABLE] !== undefined;

/** How often something is tried in a usual run, and in a long one. */
export const amount = (usual: number, { long }: { readonly long: number }): number =>
  isLong ? long : usual;

/** Mulberry32: numbers from 0 up to 1. */
export function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
