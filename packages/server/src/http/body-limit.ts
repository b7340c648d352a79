/**
 * Bounds bodies by a limit that may change while the server runs: those of Fastify are fixed when a route is registered.
 * Whoever announces a longer body is refused before it is read, and whoever announces nothing as soon as it is longer.
 */
import { Transform } from 'node:stream';
import type { FastifyInstance, preParsingAsyncHookHandler, RequestPayload } from 'fastify';
import { Refusal } from './failure.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Bytes, where it differs from the server's. */
    bodyLimit?: () => number;
  }
}

/** For Fastify, which must not refuse what is within the limits here. */
export const NO_FIXED_LIMIT = Number.MAX_SAFE_INTEGER;

const BODILESS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/** For every route that is registered from now on. */
export function boundBodies(server: FastifyInstance, limit: () => number): void {
  const bound: preParsingAsyncHookHandler = async (request, _reply, payload) => {
    const most = (request.routeOptions.config.bodyLimit ?? limit)();
    const { 'content-length': announced, 'content-type': type = '' } = request.headers;
    if (Number(announced) <= most) return payload;
    const [mediaType = ''] = type.split(';', 1);
    if (announced !== undefined && server.hasContentTypeParser(mediaType.trim())) throw tooLarge();
    // What nobody parses is refused for its type, and bounded if somebody does.
    return counted(payload, most);
  };
  server.addHook('onRoute', (route) => {
    if ([route.method].flat().every((method) => BODILESS.has(method))) return;
    route.preParsing = bound;
  });
}

const tooLarge = (): Refusal =>
  new Refusal({ statusCode: 413, code: 'too_large', message: 'The request is too large.' });

function counted(body: RequestPayload, most: number): RequestPayload {
  let bytes = 0;
  const passed = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      if (bytes > most) done(tooLarge());
      else done(null, chunk);
    },
  });
  // Also when nobody reads it yet, or any more: an error that nobody hears ends the process.
  passed.on('error', () => undefined);
  body.once('error', (error) => passed.destroy(error));
  return body.pipe(passed);
}
