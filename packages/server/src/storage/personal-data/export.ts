/** Reads all that is held about a person, page by page, so that neither memory nor the event loop notices how much it is. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { sql } from 'kysely';
import type {
  ExportedRows,
  PersonalDataStore,
  PersonalSubject,
  PlainRow,
  PlainValue,
} from '../../identity/accounts/personal-data.ts';
import { splitScopes } from '../../catalogue/catalogue.ts';
import type { Handle, ScopedHandle } from '../engine.ts';
import { scopeReader } from '../oauth-rows.ts';
import { readNotice } from '../rows.ts';
import type { Schema } from '../schema.ts';
import type { Exported, TableOfPerson } from './table.ts';
import { PERSONAL_DATA } from './tables.ts';

const PAGE = 500;

type Row = Readonly<Record<string, unknown>>;

export const personReader = (handle: ScopedHandle): PersonalDataStore['read'] =>
  async function* (subject) {
    for (const [table, { belongs, exported }] of Object.entries<TableOfPerson>(PERSONAL_DATA)) {
      if ('notExported' in exported) continue;
      if (belongs === null) continue;
      yield* sectionOf(handle, {
        table,
        exported,
        condition: belongs(subject),
        ...(table === 'events' && { shape: withoutAddressOfOthers(subject) }),
      });
    }
    yield* actsOnOthers(handle, subject);
    yield* mailsTo(handle, subject);
  };

interface Section {
  readonly table: string;
  readonly exported: Exported<string>;
  readonly condition: ReturnType<NonNullable<TableOfPerson['belongs']>>;
  readonly isWanted?: (row: Row) => boolean;
  readonly shape?: (row: Row) => Row;
}

async function* sectionOf(handle: ScopedHandle, given: Section): AsyncGenerator<ExportedRows> {
  const { exported, isWanted = () => true, shape = (row) => row } = given;
  const { section, columns, order } = exported;
  let after: Row | null = null;
  for (;;) {
    const rows: readonly Row[] = await readPage(handle, given, after);
    const wanted = rows.filter(isWanted);
    if (after === null || wanted.length > 0)
      yield { section, rows: wanted.map((row) => plainRow(handle, shape(row), columns)) };
    after = rows.at(-1) ?? null;
    if (after === null || rows.length < PAGE || order.length === 0) return;
    await nextTurn();
  }
}

async function readPage(
  handle: Handle,
  { table, exported: { columns, order }, condition }: Section,
  after: Row | null,
): Promise<readonly Row[]> {
  const names = (list: readonly string[]) => sql.join(list.map((name) => sql.ref(name)));
  const read = [...new Set([...columns, ...order])];
  const beyond =
    after === null
      ? sql``
      : sql`and (${names(order)}) > (${sql.join(order.map((name) => sql`${after[name]}`))})`;
  const { rows } = await sql<Row>`select ${names(read)} from ${sql.table(table)}
    where ${condition} ${beyond} order by ${names(order)} limit ${PAGE}`.execute(handle.read);
  return rows;
}

/** Where an operator sat who did something to the person is the operator's own. */
const withoutAddressOfOthers =
  ({ id }: PersonalSubject) =>
  (row: Row): Row =>
    row['actor_id'] === null || row['actor_id'] === id ? row : { ...row, address: null };

/** What the person did to others, as an operator does; each row has the address that it came from. */
const actsOnOthers = (
  handle: ScopedHandle,
  { id }: PersonalSubject,
): AsyncGenerator<ExportedRows> =>
  sectionOf(handle, {
    table: 'events',
    exported: { ...exportedOf('events'), section: 'events_by_the_person' },
    condition: sql`actor_id = ${id} and (user_id is null or user_id <> actor_id)`,
  });

/** The outbox knows its readers only inside the messages. */
const mailsTo = (handle: ScopedHandle, { email }: PersonalSubject): AsyncGenerator<ExportedRows> =>
  sectionOf(handle, {
    table: 'outbox',
    exported: exportedOf('outbox'),
    condition: sql`true`,
    isWanted: ({ notice }) => readNotice(String(notice)).to === email,
  });

function exportedOf(table: keyof Schema): Exported<string> {
  const { exported }: TableOfPerson = PERSONAL_DATA[table];
  if ('notExported' in exported) throw new Error(`${table} is not exported`);
  return exported;
}

/** Written by this module from an object. */
const readObject = (text: unknown): Record<string, PlainValue> => JSON.parse(String(text));

/** Rows may name scopes as they were called when they were written; everybody is told the names of today. */
type Names = Pick<ScopedHandle, 'catalogues'>;

/** `3:asset.delete`: the revision of the app that brought it. */
function gainedScopes({ catalogues }: Names, text: string): readonly string[] {
  const { formerNames } = catalogues.current();
  const entries = splitScopes(text).map((entry) => {
    const name = entry.indexOf(':') + 1;
    return entry.slice(0, name) + formerNames.current(entry.slice(name));
  });
  return [...new Set(entries)];
}

type ReadText = (names: Names, text: string) => PlainValue;
const readScopes: ReadText = (names, text) => scopeReader(names)(text);
const LISTS: ReadonlyMap<string, ReadText> = new Map([
  ['scopes', readScopes],
  ['optional_scopes', readScopes],
  ['declined_scopes', readScopes],
  ['gained_scopes', gainedScopes],
  ['redirect_uris', (_names, text) => splitScopes(text)],
]);
const FLAGS = /^(is|may|allows|has)_/;

const plainRow = (names: Names, row: Row, columns: readonly string[]): PlainRow =>
  Object.fromEntries(columns.map((name) => [name, plainValue(names, name, row[name])]));

function plainValue(names: Names, name: string, value: unknown): PlainValue {
  if (value === null || value === undefined) return null;
  if (name === 'details') return readObject(value);
  if (name === 'notice') return withoutProof(readObject(value));
  if (typeof value === 'number') return plainNumber(name, value);
  if (typeof value === 'string') return LISTS.get(name)?.(names, value) ?? value;
  // Bytes are hashes: whoever names such a column has made a mistake that must not reach a file.
  throw new Error(`the column ${name} cannot be exported`);
}

function plainNumber(name: string, value: number): PlainValue {
  if (name.endsWith('_at')) return new Date(value * 1000).toISOString();
  if (name === 'day') return new Date(value * 86_400_000).toISOString().slice(0, 10);
  return FLAGS.test(name) ? value === 1 : value;
}

const withoutProof = ({ proofId: _proofId, ...rest }: Record<string, PlainValue>): PlainValue =>
  rest;
