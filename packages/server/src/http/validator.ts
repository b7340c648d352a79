/**
 * Checks what comes in against a route's schemas. Bodies are taken as they are; of a query string, which knows only text,
 * plain decimal figures become numbers and nothing else does: `?page=true` is no page.
 */
import type { FastifySchemaCompiler } from 'fastify';
import type { TSchema } from 'typebox';
import { Compile } from 'typebox/schema';

export const compileValidator: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
  const checker = Compile(schema);
  const numbers = httpPart === 'querystring' ? integersOf(schema) : [];
  return (value: unknown) => {
    const read = numbers.length === 0 ? value : readNumbers(value, numbers);
    return checker.Check(read) ? { value: read } : { error: checker.Errors(read)[1] };
  };
};

function integersOf(schema: TSchema): readonly string[] {
  const { properties = {} } = schema as {
    properties?: Readonly<Record<string, { type?: string }>>;
  };
  return Object.keys(properties).filter((name) => properties[name]?.type === 'integer');
}

const FIGURE = /^-?\d{1,15}$/;

function readNumbers(value: unknown, names: readonly string[]): unknown {
  const read: Record<string, unknown> = { ...(value as object) };
  for (const name of names) {
    const text = read[name];
    if (typeof text === 'string' && FIGURE.test(text)) read[name] = Number(text);
  }
  return read;
}
