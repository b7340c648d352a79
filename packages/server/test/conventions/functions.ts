/** Every function of a source file with its length and number of parameters, and its casts, read from the syntax tree. */
import {
  parseSync,
  Visitor,
  type ArrowFunctionExpression,
  type Function,
  type TSType,
} from 'oxc-parser';
import type { SourceFile } from './source.ts';

export interface Measured {
  /** Where it begins: `src/compose/app.ts:31`. */
  readonly place: string;
  /** Lines of its own: a table of small functions is as long as its lines that begin them. */
  readonly lines: number;
  readonly parameters: number;
}

export interface Syntax {
  readonly functions: readonly Measured[];
  /** Places where the type `any` is written. */
  readonly anys: readonly string[];
  /** Places where a cast makes one type of any other: `as never`, `as unknown as X`. */
  readonly blindCasts: readonly string[];
}

export function syntaxOf({ path, text }: SourceFile): Syntax {
  const { program, errors } = parseSync(path, text);
  if (errors.length > 0) throw new Error(`${path} cannot be parsed`);
  const lineOf = lineFinder(text);
  const spans: Span[] = [];
  const anys: string[] = [];
  const blindCasts: string[] = [];
  const measure = ({ start, end, params }: Function | ArrowFunctionExpression): void => {
    spans.push({ first: lineOf(start), last: lineOf(end), parameters: params.length });
  };
  new Visitor({
    FunctionDeclaration: measure,
    FunctionExpression: measure,
    ArrowFunctionExpression: measure,
    TSAsExpression: ({ start, expression, typeAnnotation }) => {
      if (expression.type === 'TSAsExpression' || isNever(typeAnnotation))
        blindCasts.push(`${path}:${lineOf(start)}`);
    },
    TSAnyKeyword: ({ start }) => {
      anys.push(`${path}:${lineOf(start)}`);
    },
  }).visit(program);
  const functions = spans.map((span) => ({
    place: `${path}:${span.first}`,
    lines: ownLines(span, spans),
    parameters: span.parameters,
  }));
  return { functions, anys, blindCasts };
}

/** Nothing has the type `never`, so a cast to it, or to a list of it, says nothing about the value. */
const isNever = (type: TSType): boolean =>
  type.type === 'TSNeverKeyword' || (type.type === 'TSArrayType' && isNever(type.elementType));

/** A function with its first and last line. */
interface Span {
  readonly first: number;
  readonly last: number;
  readonly parameters: number;
}

function ownLines(span: Span, all: readonly Span[]): number {
  const lines = new Set<number>();
  for (let line = span.first; line <= span.last; line++) lines.add(line);
  const inside = all.filter(
    (other) => other !== span && other.first >= span.first && other.last <= span.last,
  );
  for (const { first, last } of inside) {
    for (let line = first + 1; line <= last; line++) lines.delete(line);
  }
  return lines.size;
}

/** Answers the line of an offset, counted from 1. */
function lineFinder(text: string): (offset: number) => number {
  const ends = [...text.matchAll(/\n/g)].map(({ index }) => index);
  return (offset) => {
    let low = 0;
    let high = ends.length;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if ((ends[middle] ?? 0) < offset) low = middle + 1;
      else high = middle;
    }
    return low + 1;
  };
}
