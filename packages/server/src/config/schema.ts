/** What gatehouse.yaml may say and what holds without it, made of the table. */
import { Type, type Static, type TSchema } from 'typebox';
import { Check } from 'typebox/schema';
import type { Keys, Secret, Section, Setting } from './setting.ts';
import { SETTINGS } from './settings.ts';

type Table = typeof SETTINGS;

/** A secret that is not set is `null`. */
export type ValueOf<Row> = Row extends Setting<infer Schema> ? Static<Schema> : string | null;

type InFile<K> = { [Name in keyof K as K[Name] extends Secret ? never : Name]: K[Name] };

/** Every setting with its value: the defaults with the file and the environment laid over them. */
export type Settings = {
  [Name in keyof InFile<Table>]: Table[Name] extends Section<infer K, infer Absence>
    ? { [Key in keyof InFile<K>]: ValueOf<K[Key]> } | (Absence extends string ? null : never)
    : ValueOf<Table[Name]>;
};

export const ROWS: readonly (readonly [string, Section | Setting | Secret])[] =
  Object.entries(SETTINGS);

interface Leaf {
  readonly path: readonly [string] | readonly [section: string, key: string];
  readonly row: Setting | Secret;
}

export const LEAVES: readonly Leaf[] = ROWS.flatMap(([name, row]): readonly Leaf[] =>
  row.kind === 'section'
    ? Object.entries(row.keys).map(([key, inner]) => ({ path: [name, key], row: inner }))
    : [{ path: [name], row }],
);

/** An optional section is nothing without such a key. */
export const isNeeded = ({ schema, default: value }: Setting): boolean =>
  value === null && !Check(schema, null);

/** Without its secrets, which are not in the file. */
const settingsOf = (keys: Keys): [string, Setting][] =>
  Object.entries(keys).flatMap(([key, row]) => (row.kind === 'secret' ? [] : [[key, row]]));

export const defaultsOf = ({ keys }: Section): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    settingsOf(keys).flatMap(([key, row]) => (isNeeded(row) ? [] : [[key, row.default]])),
  );

function schemaOf({ description, keys, absence }: Section): TSchema {
  const properties = settingsOf(keys).map(([key, row]) => [
    key,
    isNeeded(row) ? row.schema : Type.Optional(row.schema),
  ]);
  const options = { description, additionalProperties: false };
  const schema = Type.Object(Object.fromEntries(properties), options);
  if (absence === null) return schema;
  return Type.Union([schema, Type.Null()], {
    description: `${description.slice(0, -1)}; null for ${absence}.`,
  });
}

/** Every section and every key of a section may be left out; lists and `roles` come whole. */
export const FileSchema = Type.Object(
  Object.fromEntries(
    ROWS.flatMap(([name, row]) =>
      row.kind === 'secret'
        ? []
        : [[name, Type.Optional(row.kind === 'section' ? schemaOf(row) : row.schema)]],
    ),
  ),
  { description: 'Configuration of Gatehouse', additionalProperties: false },
);

export const DEFAULTS: Readonly<Record<string, unknown>> = Object.fromEntries(
  ROWS.flatMap(([name, row]) => {
    if (row.kind === 'secret') return [];
    if (row.kind === 'setting') return [[name, row.default]];
    return [[name, row.absence === null ? defaultsOf(row) : null]];
  }),
);
