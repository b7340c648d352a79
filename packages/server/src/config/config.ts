/** The effective configuration: one frozen value, built once at start. Its names and types follow from the table of settings. */
import type { TSchema } from 'typebox';
import type { ScopeDefinition } from '../catalogue/catalogue.ts';
import type { Role } from '../identity/types.ts';
import type { MasterSecrets } from '../keys/keys.ts';
import type { SmtpServer } from '../mail/smtp.ts';
import { ROWS, type Settings, type ValueOf } from './schema.ts';
import type { Secret, Section, Setting } from './setting.ts';
import type { SETTINGS } from './settings.ts';
import { isSection } from './validate.ts';

type Camel<Name> = Name extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<Camel<Tail>>}`
  : Name;

/** `idle_hours` is `idleSeconds`. */
type NameOf<Key, Row> =
  Row extends Setting<TSchema, infer From, infer Into>
    ? Key extends `${infer Stem}_${From}`
      ? Camel<`${Stem}_${Into}`>
      : Camel<Key>
    : Camel<Key>;

type Frozen<Value> = Value extends readonly (infer Item)[] ? readonly Item[] : Value;

type SectionsOf<Table> = {
  readonly [
    Name in keyof Table as Table[Name] extends Section ? Camel<Name> : never
  ]: Table[Name] extends Section<infer Keys, infer Absence>
    ? | { readonly [Key in keyof Keys as NameOf<Key, Keys[Key]>]: Frozen<ValueOf<Keys[Key]>> }
      | (Absence extends string ? null : never)
    : never;
};

export type Config = SectionsOf<typeof SETTINGS> & {
  /** What users type, without a trailing slash: `https://developer.example.com`. */
  readonly server: { readonly baseUrl: string };
  /** What the settings of mail come to; `null` without a URL. Secret. */
  readonly mail: { readonly smtp: SmtpServer | null };
  /** From which every key of the installation is derived. */
  readonly masterSecrets: MasterSecrets;
  readonly scopes: readonly ScopeDefinition[];
  /** Named choices on the new-token page. */
  readonly presets: readonly { readonly name: string; readonly scopes: readonly string[] }[];
  /** The scopes each role may hold. */
  readonly roles: Readonly<Record<Role, readonly string[]>>;
};

export const camelCase = (name: string): string =>
  name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

/** As the type `NameOf` says. */
export function nameInConfig(key: string, row: Setting | Secret): string {
  if (row.kind === 'secret' || row.conversion === undefined) return camelCase(key);
  return camelCase(`${key.slice(0, -(row.unit ?? '').length)}${row.conversion.into}`);
}

function valueInConfig(row: Setting, value: unknown): unknown {
  if (typeof value === 'number') return value * (row.conversion?.factor ?? 1);
  if (row.isCaseless !== true) return Array.isArray(value) ? [...value] : value;
  return Array.isArray(value) ? value.map(lowerCase) : lowerCase(value);
}

const lowerCase = (text: unknown): string => String(text).toLowerCase();

/** `secrets` by their variables. */
export function toSections(
  settings: Settings,
  secrets: ReadonlyMap<string, string>,
): SectionsOf<typeof SETTINGS> {
  const all: Readonly<Record<string, unknown>> = settings;
  const sections = ROWS.flatMap(([name, row]) => {
    const values = all[name];
    if (row.kind !== 'section') return [];
    if (!isSection(values)) return [[camelCase(name), null]];
    const converted = Object.entries(row.keys).map(([key, inner]) => [
      nameInConfig(key, inner),
      inner.kind === 'secret'
        ? (secrets.get(inner.variable) ?? null)
        : valueInConfig(inner, values[key]),
    ]);
    return [[camelCase(name), Object.fromEntries(converted)]];
  });
  // The same names and values as in the type, which follows from the same table.
  return Object.fromEntries(sections) as SectionsOf<typeof SETTINGS>;
}

/** Freezes a value and all that it holds. Typed arrays cannot be frozen and are left as they are. */
export function deepFreeze<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  for (const inner of Object.values(value)) deepFreeze(inner);
  return Object.freeze(value);
}
