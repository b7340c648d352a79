/** Turns GATEHOUSE_* variables into settings, with the types that the schema gives their keys. */
import { Type, type TSchema } from 'typebox';
import { SettingsSchema } from './schema.ts';
import { complaintsAbout } from './validate.ts';
import { SETTING_VARIABLES } from './variables.ts';

export interface Override {
  readonly section: string;
  readonly key: string;
  readonly value: unknown;
}

export interface Overrides {
  readonly overrides: readonly Override[];
  readonly problems: readonly string[];
}

export function readOverrides(set: ReadonlyMap<string, string>): Overrides {
  const overrides: Override[] = [];
  const problems: string[] = [];
  for (const [variable, [section, key]] of Object.entries(SETTING_VARIABLES)) {
    const text = set.get(variable);
    if (text === undefined) continue;
    const schema = schemaAt(section, key);
    const value = convert(text.trim(), schema);
    problems.push(
      ...complaintsAbout(schema, value).map(({ message }) => `${variable}: ${message}`),
    );
    overrides.push({ section, key, value });
  }
  return { overrides, problems };
}

function schemaAt(section: string, key: string): TSchema {
  const found = child(child(SettingsSchema, section), key);
  if (found === undefined) throw new Error(`no setting ${section}.${key}`);
  return found;
}

function child(schema: TSchema | undefined, key: string): TSchema | undefined {
  const inner = schema === undefined ? undefined : somethingOf(schema);
  if (inner === undefined || !Type.IsObject(inner)) return undefined;
  return Object.hasOwn(inner.properties, key) ? inner.properties[key] : undefined;
}

const somethingOf = (schema: TSchema): TSchema =>
  Type.IsUnion(schema) ? (schema.anyOf.find((part) => !Type.IsNull(part)) ?? schema) : schema;

/** What cannot be converted stays a text, which the schema then refuses with what it expected. */
function convert(text: string, schema: TSchema): unknown {
  const kind = somethingOf(schema);
  if (Type.IsInteger(kind)) return /^\d{1,15}$/.test(text) ? Number(text) : text;
  if (Type.IsBoolean(kind)) return text === 'true' ? true : text === 'false' ? false : text;
  if (Type.IsArray(kind)) return text.split(/[\s,]+/).filter((item) => item !== '');
  return text;
}
