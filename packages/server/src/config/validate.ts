/** Compares a value with the schema and says what was found and what was expected, key by key. TypeBox judges the leaves. */
import { Type, type TSchema } from 'typebox';
import { Check } from 'typebox/schema';
import { didYouMean } from '../kit/closest.ts';
import { dotted, found, type Complaint, type Path } from './problem.ts';
import { hintForSecret } from './secrets.ts';

export function complaintsAbout(schema: TSchema, value: unknown, path: Path = []): Complaint[] {
  if (Type.IsUnion(schema)) return complaintsAboutUnion(schema, value, path);
  if (Type.IsObject(schema) && isSection(value)) return complaintsAboutKeys(schema, value, path);
  if (Type.IsArray(schema) && Array.isArray(value))
    return complaintsAboutItems(schema, value, path);
  if (Check(schema, value)) return [];
  return [{ path, message: `found ${found(value)}, expected ${expectation(schema)}` }];
}

/** Every union of the schema is "this or null". */
export const somethingOf = (schema: TSchema): TSchema =>
  Type.IsUnion(schema) ? (schema.anyOf.find((part) => !Type.IsNull(part)) ?? schema) : schema;

function complaintsAboutUnion(schema: TSchema, value: unknown, path: Path): Complaint[] {
  if (value === null) return [];
  return complaintsAbout(somethingOf(schema), value, path).map((complaint) =>
    complaint.path === path && complaint.message.includes(', expected ')
      ? { path, message: `${complaint.message} or null` }
      : complaint,
  );
}

interface ObjectSchema {
  readonly properties: Readonly<Record<string, TSchema>>;
  readonly required?: readonly string[];
}

function complaintsAboutKeys(
  { properties, required = [] }: ObjectSchema,
  value: Readonly<Record<string, unknown>>,
  path: Path,
): Complaint[] {
  const missing = required
    .filter((name) => !Object.hasOwn(value, name))
    .map((name) => ({ path, message: `found no "${name}", which is required` }));
  const inside = Object.entries(value).flatMap(([name, item]) => {
    const schema = Object.hasOwn(properties, name) ? properties[name] : undefined;
    const place = [...path, name];
    if (schema !== undefined) return complaintsAbout(schema, item, place);
    return [{ path: place, message: unknownKey(place, Object.keys(properties)) }];
  });
  return [...missing, ...inside];
}

function unknownKey(path: Path, names: readonly string[]): string {
  const known = names.map((name) => dotted([...path.slice(0, -1), name]));
  const meant = didYouMean(dotted(path), known);
  return (
    hintForSecret(path) ??
    `unknown key${meant === '' ? `, expected one of ${names.join(', ')}` : meant}`
  );
}

function complaintsAboutItems(
  schema: { readonly items: TSchema; readonly minItems?: number; readonly uniqueItems?: boolean },
  value: readonly unknown[],
  path: Path,
): Complaint[] {
  const complaints = value.flatMap((item, at) =>
    complaintsAbout(schema.items, item, [...path, at]),
  );
  if (value.length < (schema.minItems ?? 0)) {
    complaints.push({ path, message: 'found an empty list, expected at least one entry' });
  }
  if (schema.uniqueItems !== true) return complaints;
  const seen = new Set<unknown>();
  value.forEach((item, at) => {
    if (typeof item !== 'string' || !seen.has(item)) return void seen.add(item);
    complaints.push({ path: [...path, at], message: `found ${found(item)} a second time` });
  });
  return complaints;
}

function expectation(schema: TSchema): string {
  const { minimum, maximum, patternErrorMessage }: Readonly<Record<string, unknown>> = {
    ...schema,
  };
  if (Type.IsInteger(schema)) return `a whole number from ${String(minimum)} to ${String(maximum)}`;
  if (Type.IsBoolean(schema)) return 'true or false';
  if (Type.IsEnum(schema)) return alternatives(schema.enum.map(String));
  if (Type.IsObject(schema)) return `a section with ${Object.keys(schema.properties).join(', ')}`;
  if (Type.IsArray(schema)) return 'a list';
  return String(patternErrorMessage);
}

const alternatives = (names: readonly string[]): string =>
  names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} or ${names.at(-1) ?? ''}`;

export const isSection = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
