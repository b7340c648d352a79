/**
 * Which methods a path has, for who comes with another (RFC 9110 section 15.5.6). Looked at when no route matched, and
 * never else.
 */
import type { RouteOptions } from 'fastify';
import { Refusal, type KnownPath } from './failure.ts';

/** What a person may try instead; `OPTIONS` is for browsers. */
const ASKED: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']);
/** Fastify's own limit; what is longer is found by no method. */
const MOST_PARAMETER = 100;

const notAllowed = (known: KnownPath): Refusal =>
  new Refusal({
    statusCode: 405,
    code: 'method_not_allowed',
    message: `This address takes only ${known.methods.filter((method) => ASKED.has(method)).join(', ')}.`,
    known,
  });

const noSuchPage = (): Refusal =>
  new Refusal({ statusCode: 404, code: 'not_found', message: 'There is nothing here.' });

interface Pattern {
  readonly segments: readonly string[];
  readonly methods: string[];
  readonly config: RouteOptions['config'];
}

export interface KnownPaths {
  /** A hook for `onRoute`. */
  add(route: Pick<RouteOptions, 'method' | 'url' | 'config'>): void;
  /** What a request that no route matched is told; `known` when a route has its path. */
  refusal(request: { readonly url: string }): Refusal;
}

export function createKnownPaths(): KnownPaths {
  const patterns = new Map<string, Pattern>();

  let longest = 0;

  function find(url: string): KnownPath | null {
    const segments = segmentsOf(url, longest);
    const found = [...patterns.values()].filter((pattern) => isMet(pattern, segments));
    const [first] = found.filter(({ methods }) => methods.some((method) => ASKED.has(method)));
    if (first === undefined) return null;
    const methods = [...new Set(found.flatMap((pattern) => pattern.methods))];
    return { methods, family: first.config?.family, access: first.config?.access?.kind };
  }

  return {
    add({ method, url, config }) {
      const pattern = patterns.get(url) ?? { segments: url.split('/'), methods: [], config };
      patterns.set(url, pattern);
      longest = Math.max(longest, pattern.segments.length);
      pattern.methods.push(...[method].flat());
    },
    refusal({ url }) {
      const known = find(url);
      return known === null ? noSuchPage() : notAllowed(known);
    },
  };
}

/** One more than `most` at the most: what is longer is found nowhere, and not worth its decoding. */
function segmentsOf(url: string, most: number): readonly string[] {
  const [path = ''] = url.split(/[?#]/, 1);
  try {
    return path.split('/', most + 1).map(decodeURIComponent);
  } catch {
    return [];
  }
}

function isMet({ segments: pattern }: Pattern, segments: readonly string[]): boolean {
  const isOpen = pattern.at(-1) === '*';
  const fixed = isOpen ? pattern.slice(0, -1) : pattern;
  if (isOpen ? segments.length < pattern.length : segments.length !== pattern.length) return false;
  return fixed.every((part, index) => isSegmentMet(part, segments[index] ?? ''));
}

const isSegmentMet = (part: string, segment: string): boolean =>
  part.startsWith(':') ? segment !== '' && segment.length <= MOST_PARAMETER : part === segment;
