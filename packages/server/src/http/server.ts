/**
 * Owns the HTTP plumbing that every module shares: limits, timeouts, parsing, request ids, logs and the way failures are told.
 * Depends on Fastify and its plugins. Never knows what a route is for.
 */
import formbody from '@fastify/formbody';
import Fastify, { LogController } from 'fastify';
import type {
  FastifyBaseLogger,
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
  FastifyServerOptions,
  onRequestHookHandler,
} from 'fastify';
import { systemMilliseconds } from '../kit/clock.ts';
import { randomBytes } from '../kit/random.ts';
import { boundBodies, NO_FIXED_LIMIT } from './body-limit.ts';
import { createIsTrusted } from './client-address.ts';
import { boundConnections, withinDescriptors, type ConnectionLimits } from './connections.ts';
import { failureOf, plainFailure, reportFailure, toError } from './failure.ts';
import type { TellFailure } from './failure.ts';
import { createFaultOfHead, toOriginForm } from './head.ts';
import { NO_MORE, type FormRoom } from './form-room.ts';
import { baseHeaders } from './headers.ts';
import { createKnownPaths, type KnownPaths } from './known-paths.ts';
import { parseMultipart } from './multipart.ts';
import { assertText, faultOfAddress } from './not-text.ts';
import { addRequestFacts } from './request-facts.ts';
import { createRequestIds } from './fast/request-id.ts';
import { createRequestLog, type RequestLog } from './request-log.ts';
import { createRequestLogger } from './fast/request-logger.ts';
import { boundUnreadBodies } from './unread-body.ts';
import { parseUrlEncoded, type Fields } from './url-encoded.ts';
import { compileValidator } from './validator.ts';
import { listOf, REQUEST_ID, type AnswerCommons } from './fast/whole-answer.ts';

export interface ServerSettings {
  readonly baseUrl: string;
  readonly bodyLimitBytes: number;
  readonly requestTimeoutSeconds: number;
  /** Addresses and CIDR ranges whose X-Forwarded-* headers are believed; empty: nobody's. */
  readonly trustedProxies: readonly string[];
  readonly mostConnections: number;
  readonly mostConnectionsPerAddress: number;
}

export interface ServerOptions {
  readonly config: ServerSettings;
  readonly logger: FastifyBaseLogger;
  /** What forms may have now beyond the configured limits; nothing unless said otherwise. */
  readonly room?: () => FormRoom;
  /** One log line a request. */
  readonly logRequests?: boolean;
  /** Writes every refusal and failure that a handler did not write itself; plain JSON unless told otherwise. */
  readonly tellFailure?: TellFailure;
}

const MAX_HEADER_BYTES = 16 * 1024;
const MAX_HEADER_COUNT = 100;
const KEEP_ALIVE_SECONDS = 72;

/**
 * Given as factories, so that Fastify loads neither of its own. Answers are what their handlers make: schemas describe
 * them, and writing them by schema takes twice as long as `JSON.stringify`.
 */
export const SCHEMAS = {
  compilersFactory: {
    buildValidator: () => compileValidator,
    buildSerializer: () => () => (answer: unknown) => JSON.stringify(answer),
  },
  // The declared types are those of the compilers that are replaced.
} as unknown as NonNullable<FastifyServerOptions['schemaController']>;

export async function createServer(options: ServerOptions): Promise<FastifyInstance> {
  const { config, room = () => NO_MORE } = options;
  const headers = baseHeaders(config.baseUrl);
  const tellFailure = options.tellFailure ?? plainFailure;
  const fail = (error: unknown, request: FastifyRequest, reply: FastifyReply): unknown => {
    const failure = failureOf(error);
    reportFailure(request, failure, error);
    if (failure.statusCode === 413) void reply.header('connection', 'close');
    if (failure.known !== undefined) void reply.header('allow', failure.known.methods.join(', '));
    void reply.code(failure.statusCode);
    return tellFailure(failure, request, reply);
  };
  const log = options.logRequests === true ? createRequestLog(options.logger) : null;
  const commons: AnswerCommons = { headers: listOf(headers), log, isDraining: false };
  const server = Fastify({
    // Fastify listens to every answer for a logger of its own; ours is told without that.
    logger: false,
    logController: new LogController({ disableRequestLogging: true }),
    childLoggerFactory: (_none, bindings) => createRequestLogger(options.logger, bindings),
    genReqId: createRequestIds({ randomBytes, milliseconds: systemMilliseconds }),
    requestIdHeader: false,
    rewriteUrl: toOriginForm,
    trustProxy: config.trustedProxies.length > 0 ? [...config.trustedProxies] : false,
    bodyLimit: NO_FIXED_LIMIT,
    requestTimeout: config.requestTimeoutSeconds * 1000,
    keepAliveTimeout: KEEP_ALIVE_SECONDS * 1000,
    http: {
      maxHeaderSize: MAX_HEADER_BYTES,
      // Saves a stream for each of them; see `forgetTypeOfNothing`.
      optimizeEmptyRequests: true,
      headersTimeout: config.requestTimeoutSeconds * 1000,
      // Node looks for overdue requests this often; its own 30 s would make a short timeout meaningless.
      connectionsCheckingInterval: Math.min(config.requestTimeoutSeconds * 500, 5000),
    },
    schemaController: SCHEMAS,
    // Addresses that cannot be parsed: no hook runs for them.
    frameworkErrors: (error, request, reply) => {
      readFacts(request);
      log?.begin(request);
      if (commons.isDraining) reply.raw.shouldKeepAlive = false;
      void reply.headers(headers).header(REQUEST_ID, request.id);
      fail(error, request, reply);
      log?.end(request, reply.statusCode);
    },
  });
  server.server.maxHeadersCount = MAX_HEADER_COUNT;
  boundUnreadBodies(server.server);
  boundConnections(server.server, connectionLimits(config));
  const readFacts = addRequestFacts(server, config.trustedProxies);
  const paths = createKnownPaths();
  server.addHook('onRoute', (route) => paths.add(route));
  boundBodies(server, () => config.bodyLimitBytes + room().bytes);
  server.setErrorHandler(fail);
  addParsers(server);
  await server.register(formbody, {
    parser: (text: string) => parseUrlEncoded(text, room().fields),
  });
  addMultipart(server, room);
  if (log !== null) beginLog(server, log);
  server.addHook('onRequest', refuseUnread(paths));
  server.addHook('onRequest', forgetTypeOfNothing);
  server.decorate('answerCommons', commons);
  completeOthers(server, headers, commons);
  return server;
}

const connectionLimits = (config: ServerSettings): ConnectionLimits => ({
  ...withinDescriptors({
    most: config.mostConnections,
    mostPerAddress: config.mostConnectionsPerAddress,
  }),
  isExempt: createIsTrusted(config.trustedProxies),
});

function addParsers(server: FastifyInstance): void {
  const parseJson = server.getDefaultJsonParser('error', 'error');
  server.removeContentTypeParser(['application/json', 'text/plain']);
  server.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    // Many clients name JSON on requests without a body, above all DELETE.
    if (body === '') return done(null, undefined);
    const text = String(body);
    return parseJson(request, text, (error, parsed) => {
      if (error !== null) return done(error);
      try {
        assertText(text, parsed);
      } catch (refusal) {
        return done(toError(refusal));
      }
      done(null, parsed);
    });
  });
}

/** Read whole, so that the limit of bodies holds for this type too. */
function addMultipart(server: FastifyInstance, room: () => FormRoom): void {
  const parse = (request: FastifyRequest, body: string | Buffer): Promise<Fields> =>
    parseMultipart(request.headers['content-type'] ?? '', Buffer.from(body), room());
  server.addContentTypeParser('multipart/form-data', { parseAs: 'buffer' }, parse);
}

/** What is wrong whatever the body is. */
function refuseUnread(paths: KnownPaths): onRequestHookHandler {
  const faultOf = createFaultOfHead();
  return (request, _reply, done) => {
    const fault = faultOf(request.raw) ?? faultOfAddress(request.url);
    if (fault !== null) done(fault);
    else if (request.is404) done(paths.refusal(request));
    else done();
  };
}

/**
 * Node ends the stream of a request without a body before anybody listens, and a parser would wait for its end for ever.
 * The type of nothing says nothing: without it no parser is asked.
 */
const forgetTypeOfNothing: onRequestHookHandler = (request, _reply, done) => {
  const { headers } = request;
  if (
    headers['content-type'] !== undefined &&
    headers['content-length'] === undefined &&
    headers['transfer-encoding'] === undefined
  ) {
    delete headers['content-type'];
  }
  done();
};

function beginLog(server: FastifyInstance, log: RequestLog): void {
  server.decorateRequest('begunAt', 0);
  server.addHook('onRequest', (request, _reply, done) => {
    log.begin(request);
    done();
  });
}

/** For everything that Fastify sends what `answerWhole` does for its own. */
function completeOthers(
  server: FastifyInstance,
  headers: Readonly<Record<string, string>>,
  commons: AnswerCommons,
): void {
  server.addHook('onSend', async (request, reply) => {
    if (commons.isDraining) reply.raw.shouldKeepAlive = false;
    void reply.headers(headers).header(REQUEST_ID, request.id);
    commons.log?.end(request, reply.statusCode);
  });
}
