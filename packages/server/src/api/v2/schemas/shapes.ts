/** Building blocks of the schemas: absent values are null and never missing, times are ISO 8601 with milliseconds. */
import { Type, type TObject, type TProperties } from 'typebox';

export const Text = Type.String();
export const Flag = Type.Boolean();
export const Count = Type.Integer();
export const Time = Type.String({ format: 'date-time' });
export const Texts = Type.Array(Type.String());

// A list of types instead of "anyOf": the serialiser turns it into a plain comparison.
export const TextOrNull = Type.Unsafe<string | null>({ type: ['string', 'null'] });
export const TimeOrNull = Type.Unsafe<string | null>({
  type: ['string', 'null'],
  format: 'date-time',
});

/** An object that names its kind in `_type`; it becomes a component of the OpenAPI document under `name`. */
export function resource<Fields extends TProperties>(
  name: string,
  type: string | readonly string[],
  fields: Fields,
): TObject<Fields & { _type: ReturnType<typeof typeTag> }> {
  return Type.Object({ _type: typeTag(type), ...fields }, { $id: name });
}

const typeTag = (type: string | readonly string[]) =>
  Type.Unsafe<string>({ type: 'string', enum: [type].flat() });
