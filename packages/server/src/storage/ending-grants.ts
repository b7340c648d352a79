/**
 * Grants of deleted apps end in steps: many people may have connected one, and a transaction about all of them would hold up
 * everybody. From the deletion on, the app's row decides: every read leaves such grants out, or takes the deletion for their end.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { sql, type RawBuilder } from 'kysely';
import { minutes } from '../kit/clock.ts';
import { RowRefused, writeSurvivors } from '../kit/survivors.ts';
import { isTemporary } from '../kit/temporary.ts';
import { MOST_A_STEP } from './delete-over.ts';
import { countOfEnded, isOfKeptAccess } from './ended-access.ts';
import type { Database, Handle } from './engine.ts';
import { revokeGrants } from './grants.ts';

interface Deleted {
  readonly appId: string;
  /** When it was deleted. */
  readonly at: number;
}

const liveOfApp = (appId: string) =>
  sql<boolean>`client_id = ${appId} and revoked_at is null and ${isOfKeptAccess('grants')}`;

/** Ends the first grants of an app, within the transaction that deletes it. Answers how many lived. */
export async function endFirstGrants(db: Database, { appId, at }: Deleted): Promise<number> {
  const { rows } = await sql<{ total: number | string }>`select
    coalesce((select sum(total) from list_counts where list = 'app_grants' and owner = ${appId}), 0)
      - ${countOfEnded({ clientId: appId }, 'with')} as total`.execute(db);
  const step = await nextStep(db, liveOfApp(appId), null);
  if (step.ids.length > 0) await revokeGrants(db, step.ids, at);
  return Number(rows[0]?.total ?? 0);
}

/** A transaction that read the app before its deletion may add a grant so much later. */
const LATEST_SECONDS = minutes(10);

const APPS_AT_ONCE = 100;

/** Ends what is left of the grants of deleted apps. A grant that the database refuses to end keeps no other. */
export async function endGrantsOfDeleted(
  handle: Handle,
  now: number,
  onDropped: (grantId: string) => void,
): Promise<void> {
  for (let after = ''; ;) {
    const apps = await handle.read
      .selectFrom('apps')
      .select(['id', 'deleted_at'])
      .where('deleted_at', 'is not', null)
      .where('grants_ended_at', 'is', null)
      .where('id', '>', after)
      .orderBy('id')
      .limit(APPS_AT_ONCE)
      .execute();
    for (const { id, deleted_at: at } of apps) {
      const which = sql<boolean>`client_id = ${id} and revoked_at is null`;
      await endInSteps(handle, { which, at: at ?? now }, onDropped);
      if (at !== null && at + LATEST_SECONDS <= now) await noteEnd(handle, id, now);
    }
    const last = apps.at(-1);
    if (last === undefined || apps.length < APPS_AT_ONCE) return;
    after = last.id;
  }
}

interface Ending {
  readonly which: RawBuilder<boolean>;
  readonly at: number;
}

/** Ends grants, a few of them in each transaction. */
export async function endInSteps(
  handle: Handle,
  { which, at }: Ending,
  onDropped: (grantId: string) => void,
): Promise<void> {
  const write = (ids: readonly string[]): Promise<void> =>
    handle
      .write(async (db) => void (await revokeGrants(db, ids, at)))
      .catch((error: unknown) => {
        throw isTemporary(error) ? error : new RowRefused(error);
      });
  let step = await nextStep(handle.read, which, null);
  while (step.last !== null) {
    const left = await writeSurvivors(step.ids, { write, onDropped });
    if (left !== null) throw left.error;
    await nextTurn();
    step = await nextStep(handle.read, which, step.last);
  }
}

const noteEnd = (handle: Handle, id: string, now: number): Promise<unknown> =>
  handle.write((db) =>
    db
      .updateTable('apps')
      .set({ grants_ended_at: now })
      .where('id', '=', id)
      .where(
        sql<boolean>`not exists (select 1 from grants g where g.client_id = apps.id and g.revoked_at is null)`,
      )
      .execute(),
  );

interface Live {
  readonly id: string;
  readonly updated_at: number;
  /** The grant, its live families and its unused codes. PostgreSQL counts in texts. */
  readonly size: number | string;
}

type Key = Pick<Live, 'id' | 'updated_at'>;

interface Step {
  readonly ids: readonly string[];
  /** Where the next step begins; `null`: nothing was left. */
  readonly last: Key | null;
  /** There are no more. */
  readonly isAll: boolean;
}

/** Each grant has a family at least, as a rule. */
const GRANTS_A_STEP = MOST_A_STEP / 2;

/** As many grants as change at most `MOST_A_STEP` rows together, or one that has more by itself. In the order of an index. */
export async function nextStep(
  db: Database,
  which: RawBuilder<boolean>,
  after: Key | null,
): Promise<Step> {
  const beyond =
    after === null ? sql`` : sql`and (updated_at, id) > (${after.updated_at}, ${after.id})`;
  const { rows } = await sql<Live>`select id, updated_at,
      1 + (select count(*) from token_families f where f.grant_id = grants.id and f.revoked_at is null)
        + (select count(*) from authorization_codes c where c.grant_id = grants.id and c.redeemed_at is null) as size
    from grants where ${which} ${beyond}
    order by updated_at, id limit ${GRANTS_A_STEP}`.execute(db);
  let left = MOST_A_STEP;
  const fits = rows.filter(({ size }, at) => (left -= Number(size)) >= 0 || at === 0);
  const isAll = rows.length < GRANTS_A_STEP && fits.length === rows.length;
  return { ids: fits.map(({ id }) => id), last: fits.at(-1) ?? null, isAll };
}
