/** application/x-www-form-urlencoded, strictly: the WHATWG algorithm, but malformed input is an error and not a guess. */
import { Refusal } from './failure.ts';

export type Fields = Record<string, string | string[]>;

/** Besides those that name scopes. */
const MOST_FIELDS = 1000;

const malformed = (message: string): Refusal =>
  new Refusal({ statusCode: 400, code: 'malformed_form', message });

/**
 * Repeated fields become arrays. The answer has no prototype, so that no field name can mean anything else. `more`: fields that
 * a form may have beyond the usual.
 */
export function parseUrlEncoded(text: string, more = 0): Fields {
  const fields: Fields = Object.create(null);
  const pairs = text.split('&').filter((pair) => pair !== '');
  if (pairs.length > MOST_FIELDS + more) throw malformed('The form has too many fields.');
  for (const pair of pairs) {
    const equals = pair.indexOf('=');
    const name = decode(equals === -1 ? pair : pair.slice(0, equals));
    const value = equals === -1 ? '' : decode(pair.slice(equals + 1));
    addField(fields, name, value);
  }
  return fields;
}

export function addField(fields: Fields, name: string, value: string): void {
  const before = fields[name];
  if (before === undefined) fields[name] = value;
  else if (Array.isArray(before)) before.push(value);
  else fields[name] = [before, value];
}

const ENCODED = /[%+]/;

function decode(text: string): string {
  if (!ENCODED.test(text)) return text;
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw malformed('The form has a broken percent-encoding.');
  }
}
