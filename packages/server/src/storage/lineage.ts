/** What a token made and what it replaced: found, and ended, in one statement through any number of rotations. */
import type { ExpressionBuilder } from 'kysely';
import type { DeveloperTokenStore } from '../developer-tokens/ports.ts';
import type { DeveloperToken } from '../developer-tokens/types.ts';
import { noteSecrets, noteTokens, SECRET_IDS } from './changed-rows.ts';
import type { Database, ScopedHandle } from './engine.ts';
import { tokenReader } from './rows.ts';
import type { Schema } from './schema.ts';

/** Not revoked, not exposed, not expired: the condition of every change. */
export const isLive = (now: number) => (eb: ExpressionBuilder<Schema, 'developer_tokens'>) =>
  eb.and([
    eb('developer_tokens.revoked_at', 'is', null),
    eb('developer_tokens.exposed_at', 'is', null),
    eb.or([
      eb('developer_tokens.expires_at', 'is', null),
      eb('developer_tokens.expires_at', '>', now),
    ]),
  ]);

/**
 * What a token and the tokens before it in its rotations made, as the table `lineage`; `line` is the token and those before
 * it. A token that is reached brings its successor along: whoever held it could have rotated it. The starting token's own
 * successors are no part of it, unless the token itself, or something that is reached, made them: they take over from it.
 */
const lineageOf = (db: Database, id: string) =>
  db
    .withRecursive('line(id)', (cte) =>
      cte
        .selectFrom('developer_tokens')
        .select('developer_tokens.id')
        .where('developer_tokens.id', '=', id)
        .union((eb) =>
          eb
            .selectFrom('developer_tokens as t')
            .innerJoin('line', 'line.id', 't.id')
            .where('t.replaces_id', 'is not', null)
            .select((inner) => inner.ref('t.replaces_id').$notNull().as('id')),
        ),
    )
    .withRecursive('successors(id)', (cte) =>
      cte
        .selectFrom('developer_tokens')
        .select('developer_tokens.id')
        .where('replaces_id', '=', id)
        .union((eb) =>
          eb
            .selectFrom('developer_tokens as t')
            .innerJoin('successors', 'successors.id', 't.replaces_id')
            .select('t.id'),
        ),
    )
    .withRecursive('lineage(id)', (cte) =>
      cte
        .selectFrom('developer_tokens')
        .select('developer_tokens.id')
        .where('made_by_id', 'in', (eb) => eb.selectFrom('line').select('line.id'))
        .where('developer_tokens.id', 'not in', (eb) => eb.selectFrom('line').select('line.id'))
        .where((eb) =>
          eb.or([
            eb('made_by_id', '=', id),
            eb(
              'developer_tokens.id',
              'not in',
              eb.selectFrom('successors').select('successors.id'),
            ),
          ]),
        )
        .union((eb) =>
          eb
            .selectFrom('developer_tokens as t')
            .innerJoin('lineage', (join) =>
              join.on((on) =>
                on.or([
                  on('t.made_by_id', '=', on.ref('lineage.id')),
                  on('t.replaces_id', '=', on.ref('lineage.id')),
                ]),
              ),
            )
            .where('t.id', '!=', id)
            .select('t.id'),
        ),
    );

/** Ids alone, and rows by their ids: no planner can guess how many there are, and then looks through every token. */
async function idsIn(db: Database, id: string, table: Part): Promise<readonly string[]> {
  const rows = await lineageOf(db, id).selectFrom(table).select('id').execute();
  return rows.map((row) => row.id);
}

type Part = 'lineage' | 'line';

/** A statement takes so many values. */
const MOST_AT_ONCE = 500;

/** What some statement answers about so many ids at a time. */
async function ofIds<Row>(
  ids: readonly string[],
  run: (some: readonly string[]) => Promise<readonly Row[]>,
): Promise<readonly Row[]> {
  const all: Row[] = [];
  for (let start = 0; start < ids.length; start += MOST_AT_ONCE)
    all.push(...(await run(ids.slice(start, start + MOST_AT_ONCE))));
  return all;
}

/** The live secrets of apps that a token, those before it, or anything of their lineage, made. */
async function secretsOf(db: Database, id: string) {
  const makers = (await Promise.all([idsIn(db, id, 'line'), idsIn(db, id, 'lineage')])).flat();
  return ofIds(makers, (some) =>
    db
      .selectFrom('client_secrets')
      .innerJoin('apps', 'apps.id', 'client_secrets.app_id')
      .where('client_secrets.revoked_at', 'is', null)
      .where('client_secrets.made_by_id', 'in', some)
      .select(['client_secrets.id', 'apps.id as appId', 'apps.name as appName'])
      .execute(),
  );
}

const revokeIn = (
  handle: ScopedHandle,
  { id, table }: { id: string; table: Part },
  now: number,
): Promise<readonly DeveloperToken[]> =>
  handle.write(async (db) => {
    const rows = await ofIds(await idsIn(db, id, table), (some) =>
      db
        .updateTable('developer_tokens')
        .set({ revoked_at: now, updated_at: now })
        .where('id', 'in', some)
        .where('id', '!=', id)
        .where(isLive(now))
        .returningAll()
        .execute(),
    );
    noteTokens(db, rows);
    return rows.map(tokenReader(handle));
  });

type Lineage = Pick<DeveloperTokenStore, 'revokeMadeBy' | 'revokeReplaced' | 'revokeSecretsMadeBy'>;

export const lineageWrites = (handle: ScopedHandle): Lineage => ({
  revokeMadeBy: (id, now) => revokeIn(handle, { id, table: 'lineage' }, now),
  revokeReplaced: (id, now) => revokeIn(handle, { id, table: 'line' }, now),
  revokeSecretsMadeBy: (id, now) =>
    handle.write(async (db) => {
      const found = await secretsOf(db, id);
      const ids = found.map((secret) => secret.id);
      const ended = await ofIds(ids, (some) =>
        db
          .updateTable('client_secrets')
          .set({ revoked_at: now })
          .where('id', 'in', some)
          .where('revoked_at', 'is', null)
          .returning(SECRET_IDS)
          .execute(),
      );
      noteSecrets(db, ended);
      const ends = new Set(ended.map((secret) => secret.id));
      // Rows of SQLite have no prototype.
      return found.filter((secret) => ends.has(secret.id)).map((secret) => ({ ...secret }));
    }),
});

export const lineageReads = ({
  read,
  ...names
}: ScopedHandle): Pick<DeveloperTokenStore, 'lineage'> => ({
  async lineage(id, now) {
    const live = async (part: Part): Promise<readonly DeveloperToken[]> => {
      const rows = await ofIds(await idsIn(read, id, part), (some) =>
        read
          .selectFrom('developer_tokens')
          .where('id', 'in', some)
          .where('id', '!=', id)
          .where(isLive(now))
          .selectAll()
          .execute(),
      );
      return rows.map(tokenReader(names)).toSorted(newestFirst);
    };
    const [made, replaced, secrets] = await Promise.all([
      live('lineage'),
      live('line'),
      secretsOf(read, id),
    ]);
    const byName = secrets.toSorted((one, other) => (one.appName < other.appName ? -1 : 1));
    return { made, replaced, secrets: byName.map((secret) => ({ ...secret })) };
  },
});

const newestFirst = (one: DeveloperToken, other: DeveloperToken): number =>
  other.createdAt - one.createdAt || (one.id < other.id ? -1 : 1);
