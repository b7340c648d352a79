/**
 * Answers that are whole when they are given: a status, a list of headers and a text, in one write. For what is
 * answered ten thousand times a second; everything else goes through Fastify's `send`, which takes bodies of any kind.
 */
import type { FastifyReply } from 'fastify';
import type { RequestLog } from '../request-log.ts';

/** Names and values in turn, names in lower case. */
export type HeaderList = readonly string[];

/** What every answer of a server has in common. */
export interface AnswerCommons {
  readonly headers: HeaderList;
  readonly log: RequestLog | null;
  /** Set while the process is about to end: every answer is the last one of its connection. */
  isDraining: boolean;
}

declare module 'fastify' {
  interface FastifyInstance {
    readonly answerCommons: AnswerCommons;
  }
}

/** Ours alone: what a client says there is not read. */
export const REQUEST_ID = 'x-request-id';

interface WholeAnswer {
  readonly status: number;
  /** All but what every answer carries: what was set on the reply before is not sent. */
  readonly headers: HeaderList;
  readonly text: string;
}

/** Ends the request. A function and no decoration, because Fastify gives addresses that it cannot parse a bare reply. */
export function answerWhole(reply: FastifyReply, { status, headers, text }: WholeAnswer): void {
  const { request } = reply;
  if (reply.sent) {
    request.log.warn({ status }, 'a request was answered before; this answer is dropped');
    return;
  }
  const { headers: common, log, isDraining } = reply.server.answerCommons;
  const length = String(Buffer.byteLength(text));
  const { raw } = reply;
  if (isDraining) raw.shouldKeepAlive = false;
  // Before Fastify lets go of it: what cannot be written is still Fastify's to answer.
  raw.writeHead(status, [...common, REQUEST_ID, request.id, ...headers, 'content-length', length]);
  reply.hijack();
  raw.end(text);
  log?.end(request, status);
}

export const listOf = (headers: Readonly<Record<string, string>>): HeaderList =>
  Object.entries(headers).flat();

export const recordOf = (headers: HeaderList): Record<string, string> =>
  Object.fromEntries(
    headers.flatMap((name, at) => (at % 2 === 0 ? [[name, headers[at + 1] ?? '']] : [])),
  );
