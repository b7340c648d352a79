/** Erases what is held about a person, in batches that each stand alone: whatever is done twice or half is done again. */
import { readNotice } from '../rows.ts';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { sql, type RawBuilder, type UpdateResult } from 'kysely';
import type { PersonalDataStore, PersonalSubject } from '../../identity/accounts/personal-data.ts';
import { noteClient, noteUser } from '../changed-rows.ts';
import type { Database, Handle } from '../engine.ts';
import { NO_TEXTS } from '../../oauth/clients/fields.ts';
import { endFirstGrants } from '../ending-grants.ts';
import { ERASED_NAME, type TableOfPerson } from './table.ts';
import { PERSONAL_DATA } from './tables.ts';

const BATCH = 200;

type Eraser = Pick<
  PersonalDataStore,
  'erase' | 'appsOf' | 'endApp' | 'bury' | 'forgetLastMessages'
>;

export const personEraser = (handle: Handle): Eraser => ({
  async erase(subject, keptDetails) {
    for (const [table, entry] of Object.entries<TableOfPerson>(PERSONAL_DATA))
      await eraseTable(handle, { table, entry, subject });
    await eraseApps(handle, subject);
    await eraseEventsAbout(handle, subject, keptDetails);
    await eraseActsOnOthers(handle, subject);
    await eraseMails(handle, subject);
  },
  async appsOf(userId) {
    const apps = handle.read.selectFrom('apps').select('id').where('owner_id', '=', userId);
    const rows = await apps.where('deleted_at', 'is', null).execute();
    return rows.map(({ id }) => id);
  },
  endApp: (id, at) => handle.write((db) => endApp(db, id, at)),
  bury: (id, at) => handle.write((db) => bury(db, id, at)),
  forgetLastMessages: (writtenBefore) =>
    handle.write(async (db) => {
      await sql`delete from outbox where notice like '{"kind":"deletion-done"%'
        and (sent_at is not null or created_at < ${writtenBefore})`.execute(db);
    }),
});

/** Repeats a batch until it changes nothing; other work runs between two of them. */
async function repeat(handle: Handle, batch: (db: Database) => Promise<bigint>): Promise<void> {
  while ((await handle.write(batch)) > 0n) await nextTurn();
}

/** How many rows an update changed. */
const updated = async (update: {
  executeTakeFirst(): Promise<UpdateResult | undefined>;
}): Promise<bigint> => (await update.executeTakeFirst())?.numUpdatedRows ?? 0n;

const changed = async (db: Database, statement: RawBuilder<unknown>): Promise<bigint> =>
  (await statement.execute(db)).numAffectedRows ?? 0n;

const names = (list: readonly string[]) => sql.join(list.map((name) => sql.ref(name)));

interface Work {
  readonly table: string;
  readonly entry: TableOfPerson;
  readonly subject: PersonalSubject;
}

async function eraseTable(handle: Handle, { table, entry, subject }: Work): Promise<void> {
  const { erasure, belongs, key } = entry;
  if (belongs === null) return;
  const some = (also: RawBuilder<unknown>) =>
    sql`(${names(key)}) in (select ${names(key)} from ${sql.table(table)} where ${belongs(subject)} ${also} limit ${BATCH})`;
  if (erasure.kind === 'delete')
    await repeat(handle, (db) =>
      changed(db, sql`delete from ${sql.table(table)} where ${some(sql``)}`),
    );
  if (erasure.kind !== 'clear') return;
  // Only what is left to clear: a batch that changes nothing is the last.
  const set = Object.entries(erasure.set).flatMap(([name, value]) =>
    value === undefined ? [] : [{ name: sql.ref(name), value }],
  );
  const differs = sql.join(
    set.map(({ name, value }) => sql`${name} is distinct from ${value}`),
    sql` or `,
  );
  const values = sql.join(set.map(({ name, value }) => sql`${name} = ${value}`));
  await repeat(handle, (db) =>
    changed(db, sql`update ${sql.table(table)} set ${values} where ${some(sql`and (${differs})`)}`),
  );
}

/** The name stays where other people's logs and connections have it; nobody else ever saw what they did not use. */
const eraseApps = (handle: Handle, { id }: PersonalSubject): Promise<void> =>
  repeat(handle, (db) => {
    const used = sql`exists (select 1 from grants where client_id = apps.id and user_id <> ${id})`;
    return updated(
      db
        .updateTable('apps')
        .set((eb) => ({
          name: sql<string>`case when ${used} then name else 'Erased app' end`,
          search_name: sql<string>`case when ${used} then search_name else 'erased app' end`,
          ...NO_TEXTS,
          redirect_uris: '',
          jwks: null,
          creation_key: eb.ref('id'),
        }))
        .where('id', 'in', (eb) =>
          eb
            .selectFrom('apps')
            .select('id')
            .where('owner_id', '=', id)
            .where('deleted_at', 'is not', null)
            .whereRef('creation_key', '<>', 'id')
            .limit(BATCH),
        ),
    );
  });

/** Reads on from row to row, because what is personal in a row only a program can tell. */
async function walk<Row extends { readonly id: string }>(
  handle: Handle,
  read: (after: string) => { execute(): Promise<readonly Row[]> },
  batch: (db: Database, rows: readonly Row[]) => Promise<void>,
): Promise<void> {
  for (let after = ''; ;) {
    const rows = await read(after).execute();
    if (rows.length > 0) await handle.write((db) => batch(db, rows));
    const last = rows.at(-1);
    if (last === undefined || rows.length < BATCH) return;
    after = last.id;
    await nextTurn();
  }
}

const eraseEventsAbout = (
  handle: Handle,
  { id }: PersonalSubject,
  kept: ReadonlySet<string>,
): Promise<void> =>
  walk(
    handle,
    (after) =>
      handle.read
        .selectFrom('events')
        .select(['id', 'details', 'address', 'actor_id'])
        .where('user_id', '=', id)
        .where('id', '>', after)
        .orderBy('id')
        .limit(BATCH),
    async (db, rows) => {
      const toChange = rows.flatMap((row) => {
        const details = keepOf(row.details, kept);
        const isOwn = row.actor_id === null || row.actor_id === id;
        const isDone = details === row.details && (row.address === null || !isOwn);
        return isDone ? [] : [{ id: row.id, details }];
      });
      if (toChange.length === 0) return;
      // One statement for the batch: no two details need be alike.
      const details = toChange.map((row) => sql`when ${row.id} then ${row.details}`);
      await db
        .updateTable('events')
        .set({
          details: sql<string>`case id ${sql.join(details, sql` `)} end`,
          address: sql<
            string | null
          >`case when actor_id is null or actor_id = ${id} then null else address end`,
        })
        .where(
          'id',
          'in',
          toChange.map((row) => row.id),
        )
        .execute();
    },
  );

function keepOf(text: string, kept: ReadonlySet<string>): string {
  const details: Record<string, unknown> = JSON.parse(text);
  return JSON.stringify(
    Object.fromEntries(Object.entries(details).filter(([key]) => kept.has(key))),
  );
}

/** What somebody did as an operator is told to those whom it concerned; where they sat is theirs. */
const eraseActsOnOthers = (handle: Handle, { id }: PersonalSubject): Promise<void> =>
  repeat(handle, (db) =>
    updated(
      db
        .updateTable('events')
        .set({ address: null })
        .where('id', 'in', (eb) =>
          eb
            .selectFrom('events')
            .select('id')
            .where('actor_id', '=', id)
            .where(sql<boolean>`(user_id is null or user_id <> actor_id)`)
            .where('address', 'is not', null)
            .limit(BATCH),
        ),
    ),
  );

const eraseMails = (handle: Handle, { email }: PersonalSubject): Promise<void> =>
  walk(
    handle,
    (after) =>
      handle.read
        .selectFrom('outbox')
        .select(['id', 'notice'])
        .where('id', '>', after)
        .orderBy('id')
        .limit(BATCH),
    async (db, rows) => {
      const theirs = rows.filter(({ notice }) => {
        const { to, kind } = readNotice(notice);
        // What cannot be read may still hold the address.
        if (kind === 'unreadable') return notice.includes(email);
        return to === email && kind !== 'deletion-done';
      });
      if (theirs.length === 0) return;
      const ids = theirs.map(({ id }) => id);
      await db.deleteFrom('outbox').where('id', 'in', ids).execute();
    },
  );

async function endApp(db: Database, id: string, at: number): Promise<number | null> {
  const ended = await updated(
    db
      .updateTable('apps')
      .set({ deleted_at: at, updated_at: at })
      .where('id', '=', id)
      .where('deleted_at', 'is', null),
  );
  if (ended === 0n) return null;
  noteClient(db, id);
  await db
    .updateTable('client_secrets')
    .set({ revoked_at: at })
    .where('app_id', '=', id)
    .where('revoked_at', 'is', null)
    .execute();
  await db
    .updateTable('access_tokens')
    .set({ revoked_at: at })
    .where('client_id', '=', id)
    .where('family_id', 'is', null)
    .where('revoked_at', 'is', null)
    .execute();
  return endFirstGrants(db, { appId: id, at });
}

/** What cannot be an address of anybody: nobody can sign up with it, or be sent anything. */
const buriedEmail = (id: string): string => `erased:${id}`;

async function bury(db: Database, id: string, at: number): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('users')
    .set({
      email: buriedEmail(id),
      name: ERASED_NAME,
      search_name: '',
      bio: null,
      location: null,
      password_hash: null,
      email_verified_at: null,
      is_operator: 0,
      first_sign_in_at: null,
      last_seen_at: null,
      deletion_heir_id: null,
      erased_at: at,
      updated_at: at,
    })
    .where('id', '=', id)
    .where('erasure_started_at', 'is not', null)
    .where('erased_at', 'is', null)
    .executeTakeFirst();
  const isBuried = numUpdatedRows === 1n;
  if (isBuried) noteUser(db, id);
  return isBuried;
}
