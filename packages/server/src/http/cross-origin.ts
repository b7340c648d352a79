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
