/**
 * The first line against forged requests: what the browser itself says about where a request comes from.
 * The second line is the token of csrf.ts. Neither is enough alone: old browsers say nothing, and tokens can leak.
 */
import type { onRequestAsyncHookHandler } from 'fastify';
import type { IncomingHttpHeaders } from 'node:http';
import { Refusal } from './failure.ts';

const SAFE: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/** A request with neither header does not come from a browser that matters, and carries no cookie by accident. */
export function isCrossOrigin(
  request: { readonly method: string; readonly headers: IncomingHttpHeaders },
  baseUrl: string,
): boolean {
  if (SAFE.has(request.method)) return false;
  const site = request.headers['sec-fetch-site'];
  if (site !== undefined) return site !== 'same-origin' && site !== 'none';
  const { origin, host } = request.headers;
  if (origin === undefined) return false;
  const originHost = hostOf(origin);
  return (
    originHost === null || (originHost !== host?.toLowerCase() && originHost !== hostOf(baseUrl))
  );
}

/**
 * Whether a link or form of this site led here. Fetch Metadata says so; without it (Safari before 16.4, plain HTTP to another
 * host than localhost) the referrer must, which our pages send to this site alone. An address that was typed, or opened from a
 * message, has neither: its sender may be anybody.
 */
export function isFromOwnPage(
  { headers }: { readonly headers: IncomingHttpHeaders },
  baseUrl: string,
): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin';
  const referrer = hostOf(headers.referer ?? '');
  return (
    referrer !== null && (referrer === headers.host?.toLowerCase() || referrer === hostOf(baseUrl))
  );
}

/** Whether the browser went here as a person does, in a tab: not for an image, a script or a frame. */
export function isNavigation({ headers }: { readonly headers: IncomingHttpHeaders }): boolean {
  return (headers['sec-fetch-dest'] ?? 'document') === 'document';
}

/** `null` for anything that is not an http(s) origin, the opaque origin `null` above all. */
function hostOf(origin: string): string | null {
  const url = URL.parse(origin);
  return url === null || !/^https?:$/.test(url.protocol) ? null : url.host;
}

export const refuseCrossOrigin =
  (baseUrl: string): onRequestAsyncHookHandler =>
  async (request) => {
    if (!isCrossOrigin(request, baseUrl)) return;
    throw new Refusal({
      statusCode: 403,
      code: 'cross_origin',
      message: 'This request came from another site and was not carried out.',
    });
  };
