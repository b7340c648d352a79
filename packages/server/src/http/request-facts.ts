/**
 * What a request is about, read once when it arrives. A socket that was reset has no address any more, so nobody may ask
 * it later: the address of every connection is read when it is accepted, and a connection without one is closed.
 */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { createClientAddress } from './client-address.ts';
import { isLingering } from './unread-body.ts';

export interface RequestFacts {
  readonly id: string;
  readonly address: string;
  /** The header `User-Agent`; empty when it was not sent. */
  readonly agent: string;
}

declare module 'fastify' {
  interface FastifyRequest {
    readonly facts: RequestFacts;
  }
}

/** Reads the facts of a request into it; `false` when it came from nowhere, or after the last answer of its connection. */
export type ReadFacts = (request: FastifyRequest) => boolean;

/** Installs the reading for every request. The answer is for requests that no hook sees. */
export function addRequestFacts(
  server: FastifyInstance,
  trustedProxies: readonly string[],
): ReadFacts {
  const peers = new WeakMap<object, string>();
  const clientAddress = createClientAddress(trustedProxies);

  server.server.on('connection', (socket: Socket) => {
    const { remoteAddress } = socket;
    if (remoteAddress === undefined) socket.destroy();
    else peers.set(socket, remoteAddress);
  });

  /** Requests that are injected come without a connection. */
  const peerOf = ({ socket }: IncomingMessage): string | undefined =>
    peers.get(socket) ?? socket.remoteAddress;

  const read: ReadFacts = (request) => {
    const peer = peerOf(request.raw);
    if (peer === undefined || isLingering(request.raw.socket)) return false;
    const { 'x-forwarded-for': forwarded, 'user-agent': agent = '' } = request.headers;
    const said = Array.isArray(forwarded) ? forwarded.join(',') : forwarded;
    const facts = { id: request.id, address: clientAddress(peer, said), agent };
    // Fastify keeps what a hook sets there; everybody else only reads it.
    (request as { facts: RequestFacts }).facts = facts;
    return true;
  };

  // A place for what every request has before anybody can ask for it.
  server.decorateRequest('facts');
  server.addHook('onRequest', (request, reply, done) => {
    if (read(request)) return done();
    reply.hijack();
    request.raw.destroy();
  });
  return read;
}
