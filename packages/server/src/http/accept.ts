/** Proactive negotiation between a page and JSON (RFC 9110 section 12.5.1). */

interface Range {
  readonly type: string;
  /** 0 to 1; 0 is a refusal. */
  readonly quality: number;
}

const QUALITY = /^q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/i;

function rangeOf(text: string): Range {
  const [type = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
  const [, quality = '1'] = parameters.map((part) => QUALITY.exec(part)).find(Boolean) ?? [];
  return { type, quality: Number(quality) };
}

/** Of the most specific range that a type is in; 0 when it is in none. */
function qualityOf(ranges: readonly Range[], type: string): number {
  const [family = ''] = type.split('/', 1);
  for (const name of [type, `${family}/*`, '*/*']) {
    const found = ranges.find((range) => range.type === name);
    if (found !== undefined) return found.quality;
  }
  return 0;
}

const HTML = ['text/html', 'application/xhtml+xml'];
const JSON_TYPE = 'application/json';

interface Wanted {
  /** How much somebody wants a page; 0 when none is named. */
  readonly html: number;
  /** The same, and for what is not named. */
  readonly json: number;
  readonly isJsonNamed: boolean;
}

function readAccept(accept: string): Wanted {
  const ranges = accept.split(',', 50).map(rangeOf);
  const named = ranges.filter(({ type }) => HTML.includes(type) || type === 'text/*');
  return {
    html: Math.max(0, ...named.map(({ quality }) => quality)),
    json: qualityOf(ranges, JSON_TYPE),
    isJsonNamed: ranges.some(({ type }) => type === JSON_TYPE),
  };
}

/**
 * Whether somebody wants a page: browsers name HTML when a person goes somewhere. Programs say nothing, anything or JSON, and so
 * do scripts of pages.
 */
export function prefersHtml(accept: string | undefined): boolean {
  if (accept === undefined) return false;
  const { html, json } = readAccept(accept);
  return html > 0 && html >= json;
}

/** Whether somebody says that they want JSON, and want it more than a page. */
export function prefersJson(accept: string | undefined): boolean {
  if (accept === undefined) return false;
  const { html, json, isJsonNamed } = readAccept(accept);
  return isJsonNamed && json > html;
}

/** The first of these content codings that is accepted by name or by `*`; `null`: send it as it is (RFC 9110 section 12.5.3). */
export function acceptedCoding<Coding extends string>(
  acceptEncoding: string | undefined,
  offered: readonly Coding[],
): Coding | null {
  const ranges = (acceptEncoding ?? '').split(',', 50).map(rangeOf);
  const quality = (coding: string): number =>
    [coding, '*'].map((name) => ranges.find(({ type }) => type === name)).find(Boolean)?.quality ??
    0;
  return offered.find((coding) => quality(coding) > 0) ?? null;
}
