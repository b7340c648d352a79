/** The kinds of rows of the table in `settings.ts`. */
import { Type, type Static, type TInteger, type TSchema } from 'typebox';
import type { TextKind } from './texts.ts';

/** What a number counts: the last word of its key, but for a `count`. */
export type Unit =
  'milliseconds' | 'seconds' | 'minutes' | 'hours' | 'days' | 'bytes' | 'mib' | 'port' | 'count';

/** From the unit of a key to the one of its name in `Config`. */
const CONVERSIONS = {
  minutes: { into: 'seconds', factor: 60 },
  hours: { into: 'seconds', factor: 3600 },
  days: { into: 'seconds', factor: 86_400 },
  mib: { into: 'bytes', factor: 1_048_576 },
} as const;
type Conversions = typeof CONVERSIONS;

export interface Setting<
  Schema extends TSchema = TSchema,
  From extends string = string,
  Into extends string = string,
> {
  readonly kind: 'setting';
  readonly schema: Schema;
  /** `null` where the schema refuses it: the optional section around it needs the key. */
  readonly default: Static<Schema> | null;
  readonly variable?: Variable;
  readonly unit?: From;
  /** Of a number. */
  readonly conversion?: { readonly into: Into; readonly factor: number };
  /** Lower case in `Config`. */
  readonly isCaseless?: boolean;
}

/** Comes from a variable, or from the file that the variable with `_FILE` names. Never stands in gatehouse.yaml. */
export interface Secret {
  readonly kind: 'secret';
  readonly variable: Variable;
  /** What is wrong with a text. Never repeats it. */
  readonly problem: (text: string) => string | null;
  /** What it holds. */
  readonly description: string;
}

type Variable = `GATEHOUSE_${string}`;
export type Keys = Readonly<Record<string, Setting | Secret>>;

export interface Section<K extends Keys = Keys, Absence extends string | null = string | null> {
  readonly kind: 'section';
  readonly description: string;
  readonly keys: K;
  /** What it means that the whole section is `null`; `null` where it cannot be. */
  readonly absence: Absence;
}

interface Options {
  readonly variable?: Variable;
  readonly isCaseless?: true;
}
interface NumberOptions<U extends Unit> extends Options {
  readonly unit: U;
  readonly range: readonly [minimum: number, maximum: number];
}

export const text = (
  value: string | null,
  { of, ...options }: Options & { readonly of: TextKind },
  description: string,
) => setting(of(description), value, options);

export const list = (
  { of, item, ...options }: Options & { readonly of: TextKind; readonly item: string },
  description: string,
) => setting(Type.Array(of(item), { description, uniqueItems: true }), [], options);

export const flag = (value: boolean, options: Options, description: string) =>
  setting(Type.Boolean({ description }), value, options);

export const choice = <const Name extends string>(
  value: NoInfer<Name>,
  { of, ...options }: Options & { readonly of: readonly Name[] },
  description: string,
) => setting(Type.Enum([...of], { description }), value, options);

/** A whole number that has the same unit in `Config`. */
export const whole = <U extends Unit>(
  value: number | null,
  { unit, range: [minimum, maximum], ...options }: NumberOptions<U>,
  description: string,
): Setting<TInteger, U, U> => ({
  kind: 'setting',
  schema: Type.Integer({ description, minimum, maximum }),
  default: value,
  unit,
  ...options,
});

/** A whole number that is in seconds or bytes in `Config`. */
export const converted = <U extends keyof Conversions>(
  value: number,
  options: NumberOptions<U>,
  description: string,
): Setting<TInteger, U, Conversions[U]['into']> => ({
  ...whole(value, options, description),
  conversion: CONVERSIONS[options.unit],
});

export const orNull = <Schema extends TSchema, From extends string, Into extends string>(
  inner: Setting<Schema, From, Into>,
) => ({ ...inner, schema: Type.Union([inner.schema, Type.Null()]) });

export const secret = (
  variable: Variable,
  problem: Secret['problem'],
  description: string,
): Secret => ({ kind: 'secret', variable, problem, description });

export const section = <const K extends Keys>(description: string, keys: K): Section<K, null> => ({
  kind: 'section',
  description,
  keys,
  absence: null,
});

export const optionalSection = <const K extends Keys>(
  description: string,
  absence: string,
  keys: K,
): Section<K, string> => ({ ...section(description, keys), absence });

export const setting = <Schema extends TSchema>(
  schema: Schema,
  value: Static<Schema> | null,
  options: Options = {},
): Setting<Schema, '', ''> => ({ kind: 'setting', schema, default: value, ...options });
