/**
 * How the person of a session proved who they are, in its row. A version before `amr` may serve beside this one: it leaves
 * `amr` alone, reads `proved_at`, and says there and in `proved_by` what was proved last.
 */
import { sql, type RawBuilder, type Selectable } from 'kysely';
import type { Amr } from '../identity/types.ts';
import type { Engine } from './engine.ts';
import type { Schema } from './schema.ts';

type Row = Selectable<Schema['sessions']>;
type ProofColumns = Pick<Row, 'amr' | 'created_at' | 'proved_at' | 'proved_by'>;

/** Methods as `proved_by` and the events name them; any other has its own name there. */
const WORDS: readonly (readonly [method: string, word: string])[] = [
  ['pwd', 'password'],
  ['email', 'e-mail'],
];
const wordOf = (method: string): string => WORDS.find(([name]) => name === method)?.[1] ?? method;
const methodOf = (word: string): string => WORDS.find(([, name]) => name === word)?.[0] ?? word;

export const writeAmr = (amr: Amr): string => JSON.stringify(amr);

export function readAmr({ amr, created_at, proved_at, proved_by }: ProofColumns): Amr {
  // Without `amr` the session is from before: whoever began it gave the password.
  const own: Amr = amr === null ? { pwd: created_at } : JSON.parse(amr);
  if (proved_at === null || proved_by === null) return own;
  const method = methodOf(proved_by);
  return { ...own, [method]: Math.max(own[method] ?? proved_at, proved_at) };
}

/** One statement, so that two methods proved at once are both kept. */
export const addProof = (
  engine: Engine['name'],
  { method, at }: { readonly method: string; readonly at: number },
) => ({
  amr: merged(engine, writeAmr({ [method]: at })),
  proved_at: at,
  proved_by: wordOf(method),
});

/** RFC 7396 on SQLite and `||` on PostgreSQL: the same for objects of numbers. */
const merged = (engine: Engine['name'], added: string): RawBuilder<string> =>
  engine === 'sqlite'
    ? sql`json_patch(coalesce(amr, json_object('pwd', created_at)), ${added})`
    : sql`(coalesce(amr::jsonb, jsonb_build_object('pwd', created_at)) || ${added}::jsonb)::text`;
