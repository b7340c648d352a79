/** A whole server on either database, whose log refuses events of a type when it is told to. */
import { sql } from 'kysely';
import type { Event, EventType } from '../../src/audit/event.ts';
import type { Engine } from '../../src/storage/engine.ts';
import { openPostgres } from '../../src/storage/postgres.ts';
import { openSqlite } from '../../src/storage/sqlite.ts';
import { openPlace, type Person, type Place } from '../oauth/place.ts';
import type { EngineName } from '../storage/places.ts';
import { runCommand } from '../support/command.ts';
import { sharedPostgres } from '../support/postgres.ts';
import { encode, type Fields } from '../support/visitor.ts';

/** What an act came to: it was done, or it failed and says how. */
export type Done = { readonly isDone: boolean; readonly said: string };

export interface WrittenEvent {
  readonly resourceType: string | null;
  readonly details: Event['details'];
}

export interface Stage {
  readonly place: Place;
  /** The database itself. */
  readonly database: Engine;
  readonly operator: Person;
  /** A form of the pages, sent by somebody signed in. */
  form(person: Person, path: string, fields?: Fields): Promise<Done>;
  /** A form of the pages that nobody has to be signed in for. */
  open(person: Pick<Person, 'visitor'>, path: string, fields: Fields): Promise<Done>;
  api(token: string, method: string, path: string, body?: object): Promise<Done>;
  /** A command of the same installation. */
  command(...args: readonly string[]): Promise<Done>;
  /** From now on the database refuses events of this type; `null`: none. */
  refuse(type: EventType | null): Promise<void>;
  /** All rows of all tables, but for what is counted or noted of every request, or made by a job. */
  contents(): Promise<Readonly<Record<string, readonly string[]>>>;
  /** All events of the type. */
  written(type: EventType): Promise<readonly WrittenEvent[]>;
  close(): Promise<void>;
}

/** Counted before anything is judged, on purpose: a failure that could not be told counts too. */
const COUNTED = new Set([
  'signing_keys',
  'attempts',
  'token_uses',
  'token_addresses',
  'grant_uses',
  'list_counts',
]);
const NOTED = new Set([
  'last_used_at',
  'last_used_address',
  'last_used_agent',
  'last_seen_at',
  // Of a form that was kept: claimed, and released when it failed.
]);

export async function openStage(engine: EngineName): Promise<Stage> {
  const databaseUrl =
    engine === 'sqlite' ? undefined : await (await sharedPostgres()).createDatabase();
  const place = await openPlace(databaseUrl === undefined ? {} : { databaseUrl });
  const database =
    databaseUrl === undefined
      ? await openSqlite(place.modules.config.storage.dataDirectory)
      : openPostgres(databaseUrl);
  const boss = await place.person();
  await place.modules.storage.users.update(boss.user.id, { isOperator: true });
  const db = database.migrations;
  return {
    place,
    database,
    operator: boss,
    async form({ visitor }, path, fields = {}) {
      await visitor.get('/account');
      const csrf = visitor.hidden('/account/profile')?.['csrf'] ?? '';
      return doneOf(await visitor.send('POST', path, { body: encode({ csrf, ...fields }) }));
    },
    open: async ({ visitor }, path, fields) =>
      doneOf(await visitor.send('POST', path, { body: encode(fields) })),
    async api(token, method, path, body) {
      const answer = await fetch(place.base + path, {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      return doneOf({ status: answer.status, html: await answer.text() });
    },
    command: (...args) => command(place, args),
    refuse: (type) => refuse(database, type),
    contents: async () => {
      const tables = await db.introspection.getTables();
      const kept = tables.filter(({ name, isView }) => !isView && !COUNTED.has(name));
      const rows = await Promise.all(
        kept.map(async ({ name }) => [name, await rowsOf(database, name)] as const),
      );
      return Object.fromEntries(rows);
    },
    async written(type) {
      const { rows } = await sql<{ details: string; resource_type: string | null }>`
        select details, resource_type from events where type = ${type}
      `.execute(db);
      return rows.map(({ details, resource_type: resourceType }) => ({
        resourceType,
        details: JSON.parse(details) as Event['details'],
      }));
    },
    async close() {
      await database.close();
      await place.stop();
    },
  };
}

const doneOf = ({ status, html }: { status: number; html: string }): Done => ({
  isDone: status < 500 && ![401, 403, 404, 409, 429].includes(status),
  said: `${status} ${html.slice(0, 2000)}`,
});

async function rowsOf({ migrations }: Engine, table: string): Promise<readonly string[]> {
  const { rows } = await sql<Record<string, unknown>>`select * from ${sql.table(table)}`.execute(
    migrations,
  );
  return rows
    .map((row) => JSON.stringify(Object.entries(row).filter(([column]) => !NOTED.has(column))))
    .toSorted();
}

async function refuse({ name, migrations: db }: Engine, type: EventType | null): Promise<void> {
  const words = sql.lit(`no event of type ${type}`);
  if (name === 'sqlite') {
    await sql`drop trigger if exists refuse_event`.execute(db);
    if (type === null) return;
    await sql`create trigger refuse_event before insert on events when new.type = ${sql.lit(type)}
      begin select raise(abort, ${words}); end`.execute(db);
    return;
  }
  await sql`drop trigger if exists refuse_event on events`.execute(db);
  if (type === null) return;
  await sql`create or replace function refuse_event() returns trigger language plpgsql
    as $$ begin raise exception '%', ${words}; end $$`.execute(db);
  await sql`create trigger refuse_event before insert on events for each row
    when (new.type = ${sql.lit(type)}) execute function refuse_event()`.execute(db);
}

async function command({ modules }: Place, args: readonly string[]): Promise<Done> {
  const { code, said } = await runCommand(modules, args);
  return { isDone: code === 0, said: `${code} ${said}` };
}
