/** Turns what the schema compiler found into field names and words. */
import type { FastifySchemaValidationError } from 'fastify/types/schema.js';

/** Several findings may concern one field (each branch of "a number or null"); the last sums them up. */
export function fieldErrors(
  findings: readonly FastifySchemaValidationError[],
): Record<string, string> {
  // Names are a stranger's: `__proto__` is one of them.
  const errors = new Map<string, string>();
  for (const finding of findings) {
    const parent = finding.instancePath.slice(1).replaceAll('/', '.');
    const named = namesIn(finding.params);
    if (named.length === 0) errors.set(parent === '' ? 'body' : parent, wordsFor(finding));
    for (const name of named) {
      errors.set(parent === '' ? name : `${parent}.${name}`, wordsFor(finding));
    }
  }
  return Object.fromEntries(errors);
}

/** Fields that are absent or surplus are named in the parameters, not in the path. */
function namesIn(params: Readonly<Record<string, unknown>>): readonly string[] {
  const names = params['requiredProperties'] ?? params['additionalProperties'];
  return Array.isArray(names) ? names.map(String) : [];
}

function wordsFor({ keyword, message, params }: FastifySchemaValidationError): string {
  if (keyword === 'required') return 'is required';
  if (keyword === 'additionalProperties') return 'is not known here';
  if (keyword === 'boolean') return 'is not allowed here';
  if (keyword === 'enum') return `must be one of ${[params['allowedValues']].flat().join(', ')}`;
  if (keyword === 'anyOf') return 'must be a positive whole number or null';
  return typeof message === 'string' ? message : `fails ${keyword} ${JSON.stringify(params)}`;
}
