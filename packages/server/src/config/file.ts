/** Reads gatehouse.yaml into a plain value and remembers on which line each key stands. Never judges the keys. */
import { isMap, isNode, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import type { Document, Node } from 'yaml';
import { codeOf, readBounded, Unreadable } from '../kit/bounded-file.ts';
import { ConfigError, type Path } from './problem.ts';

export interface ConfigFile {
  readonly value: Readonly<Record<string, unknown>>;
  /** `gatehouse.yaml:12:3` of the key, or of the nearest one around it that the file has. */
  locate(path: Path): string;
  has(path: Path): boolean;
}

const LARGEST_FILE = 1_048_576;

export function readConfigFile(path: string, shownAs: string): ConfigFile {
  const bytes = readBytes(path, shownAs);
  try {
    return parseConfigFile(new TextDecoder('utf-8', { fatal: true }).decode(bytes), shownAs);
  } catch (error) {
    if (error instanceof TypeError) throw new ConfigError([`${shownAs}: not UTF-8 text`]);
    throw error;
  }
}

function readBytes(path: string, shownAs: string): Uint8Array {
  try {
    return readBounded(path, { mostBytes: LARGEST_FILE });
  } catch (error) {
    if (error instanceof Unreadable) throw new ConfigError([`${shownAs}: ${error.message}`]);
    throw new ConfigError([`${shownAs}: cannot be read (${codeOf(error)})`]);
  }
}

export function parseConfigFile(text: string, shownAs: string): ConfigFile {
  const lines = new LineCounter();
  const at = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${shownAs}:${Math.max(line, 1)}:${Math.max(col, 1)}`;
  };
  const document = parse(text, lines, shownAs);
  const problems = [...document.errors, ...document.warnings].map(
    (error) => `${at(error.pos[0])} ${sayFault(error)}`,
  );
  const { version } = document.directives.yaml;
  // In an older one other words are numbers, dates and booleans.
  if (version !== '1.2') problems.push(`${at(0)} found YAML ${version}, expected YAML 1.2`);
  if (problems.length > 0) throw new ConfigError(problems);
  const value = toValue(document, shownAs);
  if (value !== null && (typeof value !== 'object' || Array.isArray(value))) {
    throw new ConfigError([`${at(0)} expected sections such as "server:" with keys below them`]);
  }
  const root = document.contents;
  return {
    value: { ...value },
    locate: (path) => at(offsetOf(document, root, path).offset),
    has: (path) => offsetOf(document, root, path).isExact,
  };
}

/** The parser recurses: nesting deeper than the stack is the author's mistake too. */
function parse(text: string, lines: LineCounter, shownAs: string): Document.Parsed {
  try {
    return parseDocument(text, {
      lineCounter: lines,
      prettyErrors: true,
      stringKeys: true,
      // A map or a set of JavaScript has no keys that could be judged: only the types of JSON are read.
      resolveKnownTags: false,
    });
  } catch (error) {
    throw notYaml(error, shownAs);
  }
}

function toValue(document: Document.Parsed, shownAs: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    throw notYaml(error, shownAs);
  }
}

const notYaml = (error: unknown, shownAs: string): ConfigError =>
  new ConfigError([
    `${shownAs}: cannot be read as YAML (${error instanceof Error ? sayFault(error) : 'unknown'})`,
  ]);

/** Without what the file says there, which follows a colon and may be a secret. */
const sayFault = ({ message }: Error): string =>
  (message.split('\n')[0] ?? '').replace(/ at line .*$/, '').replace(/: .*$/, '');

interface Place {
  readonly offset: number;
  readonly isExact: boolean;
}

function offsetOf(document: Document.Parsed, root: Node | null, path: Path): Place {
  let node: unknown = root;
  let offset = root?.range?.[0] ?? 0;
  for (const key of path) {
    const step = stepInto(document, node, key);
    if (step === null) return { offset, isExact: false };
    node = step.value;
    offset = step.offset ?? offset;
  }
  return { offset, isExact: true };
}

function stepInto(document: Document.Parsed, from: unknown, key: string | number) {
  const node = isNode(from) && 'resolve' in from ? from.resolve(document) : from;
  if (isSeq(node) && typeof key === 'number') {
    const item = node.items[key];
    return isNode(item) ? { value: item, offset: item.range?.[0] } : null;
  }
  if (!isMap(node)) return null;
  const pair = node.items.find((item) => isScalar(item.key) && item.key.value === key);
  if (pair === undefined || !isNode(pair.key)) return null;
  return { value: pair.value, offset: pair.key.range?.[0] };
}
