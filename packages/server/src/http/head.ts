/**
 * The head of a request, as far as HTTP itself says what it may be (RFC 9112 section 3.2): one `Host` with nothing but a host
 * and a port, a header that stands for one thing sent once, an address that starts with `/`. What two readers could read in
 * two ways is refused. Node refuses a missing `Host` and contradicting lengths itself.
 */
import type { IncomingMessage } from 'node:http';
import { Refusal } from './failure.ts';

/** Node keeps the first of several and drops the others, or joins them. */
const SINGLE: ReadonlySet<string> = new Set([
  'host',
  'authorization',
  'proxy-authorization',
  'content-type',
  'content-length',
  'content-encoding',
  'transfer-encoding',
  'expect',
  'origin',
  'referer',
  'user-agent',
  'idempotency-key',
  'sec-fetch-site',
  'sec-fetch-dest',
  'sec-fetch-mode',
]);

const HOST = /^(?:[A-Za-z0-9._~-]+|\[[0-9A-Fa-f:.]+\])(?::\d{0,5})?$/;

const refuse = (message: string): Refusal =>
  new Refusal({ statusCode: 400, code: 'bad_request', message });

const WRONG_HOST = refuse('The header Host must be a host name or address, and a port.');
const WRONG_ADDRESS = refuse('The address must start with /.');

export type FaultOfHead = (request: IncomingMessage) => Refusal | null;

/** What is wrong with a head; `null` when nothing is. */
export function createFaultOfHead(): FaultOfHead {
  // Nearly all requests name the same one.
  let lastGood = '';
  return ({ headers, rawHeaders, url }) => {
    const { host } = headers;
    if (host !== undefined && host !== lastGood) {
      if (!HOST.test(host)) return WRONG_HOST;
      lastGood = host;
    }
    const repeated = repeatedOf(headers, rawHeaders);
    if (repeated !== null) return refuse(`The header ${repeated} was sent more than once.`);
    return url?.startsWith('/') === false && url !== '*' ? WRONG_ADDRESS : null;
  };
}

function repeatedOf(
  headers: IncomingMessage['headers'],
  rawHeaders: readonly string[],
): string | null {
  // Each name once: nothing to look for.
  if (Object.keys(headers).length * 2 === rawHeaders.length) return null;
  const seen = new Set<string>();
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = (rawHeaders[at] ?? '').toLowerCase();
    if (!SINGLE.has(name)) continue;
    if (seen.has(name)) return canonical(name);
    seen.add(name);
  }
  return null;
}

const canonical = (name: string): string =>
  name.replaceAll(/(^|-)[a-z]/g, (letter) => letter.toUpperCase());

/** `http://host/path` as a proxy is asked: RFC 9112 section 3.2.2 lets any server be asked so, and its host stands above `Host`. */
export function toOriginForm(request: IncomingMessage): string {
  const { url = '/' } = request;
  if (url.startsWith('/')) return url;
  const [, host = '', path = ''] = /^https?:\/\/([^/?#]*)([/?][^#]*)?$/i.exec(url) ?? [];
  if (!HOST.test(host)) return url;
  request.headers.host = host;
  return path.startsWith('/') ? path : `/${path}`;
}
