/**
 * Typed reading of form fields from a parsed body of unknown shape. What no browser would send is refused with 400;
 * whether a value makes sense is for the module that asked.
 */
import { Refusal } from './failure.ts';
import { isNotText } from './not-text.ts';

export interface TextRule {
  /** Most UTF-16 units, after trimming. */
  readonly max?: number;
  /** Most values of a field that is repeated. */
  readonly most?: number;
  /** Passwords keep their spaces. */
  readonly trim?: boolean;
}

const DEFAULT_MAX = 1000;
const MOST_VALUES = 1000;

const refuse = (name: string, what: string): Refusal =>
  new Refusal({
    statusCode: 400,
    code: 'malformed_form',
    message: `The field "${name}" ${what}.`,
  });

/** The single value of a field; empty when it was not sent. */
export function text(form: unknown, name: string, rule: TextRule = {}): string {
  const value = valueOf(form, name);
  if (value === undefined) return '';
  if (typeof value !== 'string') throw refuse(name, 'must be one text');
  return checked(name, value, rule);
}

/** Every value of a field that can be repeated, in the order sent, without empty ones. */
export function texts(form: unknown, name: string, rule: TextRule = {}): readonly string[] {
  const value = valueOf(form, name);
  const values = value === undefined ? [] : Array.isArray(value) ? value : [value];
  if (values.length > (rule.most ?? MOST_VALUES)) throw refuse(name, 'is repeated too often');
  return values
    .map((item: unknown) => {
      if (typeof item !== 'string') throw refuse(name, 'must be text');
      return checked(name, item, rule);
    })
    .filter((item) => item !== '');
}

/** A checkbox: sent means ticked, whatever its value, unless that is empty. */
export const flag = (form: unknown, name: string): boolean => text(form, name) !== '';

/** One of a fixed set of values, or `null`. */
export function choice<Value extends string>(
  form: unknown,
  name: string,
  values: readonly Value[],
): Value | null {
  const value = text(form, name);
  return values.find((known) => known === value) ?? null;
}

function valueOf(form: unknown, name: string): unknown {
  if (typeof form !== 'object' || form === null || !Object.hasOwn(form, name)) return undefined;
  return Object.getOwnPropertyDescriptor(form, name)?.value;
}

function checked(name: string, value: string, rule: TextRule): string {
  const result = rule.trim === false ? value : value.trim();
  if (result.length > (rule.max ?? DEFAULT_MAX)) throw refuse(name, 'is too long');
  if (isNotText(result)) {
    throw refuse(name, 'has characters that are not text');
  }
  return result;
}
