/** One line of the log for every answer: the route's pattern and never the URL, whose path and query can carry what must not be kept. */
import { elapsedMilliseconds } from '../kit/clock.ts';
import type { FastifyBaseLogger, FastifyRequest } from 'fastify';

declare module 'fastify' {
  interface FastifyRequest {
    /** When the request was read, by `elapsedMilliseconds`; 0 once its line is written, and where no log is kept. */
    begunAt: number;
  }
}

export interface RequestLog {
  begin(request: FastifyRequest): void;
  /** Called when the answer is handed to the network; what is answered twice has one line. */
  end(request: FastifyRequest, status: number): void;
}

/** Routes, methods and statuses there are some hundreds of; a client that invents methods must not fill the memory. */
const MOST_KINDS = 2000;

/** What many lines share is written once: only name and time of a request are its own. */
export function createRequestLog(logger: FastifyBaseLogger): RequestLog {
  const kinds = new Map<string, FastifyBaseLogger>();

  function loggerOf(method: string, route: string | null, status: number): FastifyBaseLogger {
    const name = `${status} ${method} ${route}`;
    const known = kinds.get(name);
    if (known !== undefined) return known;
    const made = logger.child({ method, route, status });
    if (kinds.size < MOST_KINDS) kinds.set(name, made);
    return made;
  }

  return {
    begin(request) {
      request.begunAt = elapsedMilliseconds();
    },
    end(request, status) {
      if (request.begunAt === 0) return;
      const ms = Math.round((elapsedMilliseconds() - request.begunAt) * 10) / 10;
      request.begunAt = 0;
      loggerOf(request.method, request.routeOptions.url ?? null, status).info(
        { reqId: request.id, ms },
        'request',
      );
    },
  };
}
