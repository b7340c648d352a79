/**
 * Listens at every address of a host and closes within a stated time. Fastify alone serves the second address of `localhost`
 * from a server that it does not wait for at the end; here every connection belongs to the one server and its limits.
 */
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { createServer, Server as SocketServer } from 'node:net';
import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises';
import type { RequestListener, Server } from 'node:http';
import type { FastifyInstance } from 'fastify';

export interface Listener {
  /** Takes no more requests, finishes those under way and hangs up on what is left after `graceSeconds`. Quietly: once nobody waits to be taken. */
  close(graceSeconds: number, isQuiet?: boolean): Promise<void>;
}

/** Why a port could not be listened at, and whose port that is. */
export class ListenFailed extends Error {
  readonly listener: 'server' | 'metrics';

  constructor(listener: 'server' | 'metrics', cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.listener = listener;
  }
}

const SWEEP_MILLISECONDS = 50;
/** After the end of listening, connections on which nothing is under way are left open for so long. */
const IDLE_MILLISECONDS = 500;
const QUIET_MILLISECONDS = 20;
const MOST_QUIET_TRIES = 20;

interface Place {
  readonly port: number;
  /** Hears of connections that could not be accepted, for want of file descriptors say; the listener goes on. */
  readonly onError?: (error: Error) => void;
}

export async function listen(
  server: FastifyInstance,
  { host, ...place }: Place & { readonly host: string },
): Promise<Listener> {
  const found = await lookup(host, { all: true });
  const addresses = [...new Set(found.map(({ address }) => address))];
  return listenAt(server, { addresses, ...place });
}

export async function listenAt(
  server: FastifyInstance,
  { addresses, port, onError = () => undefined }: Place & { readonly addresses: readonly string[] },
): Promise<Listener> {
  const [first = '127.0.0.1', ...others] = addresses;
  await server.listen({ host: first, port });
  const doors: SocketServer[] = [];
  for (const address of others) {
    const door = await openDoor(server, { host: address, port });
    if (door !== null) doors.push(door);
  }
  // Without a listener such an error would end the process.
  for (const door of [server.server, ...doors]) door.on('error', onError);
  return {
    close: (graceSeconds, isQuiet = false) => close(server, doors, { graceSeconds, isQuiet }),
  };
}

/** `null` where the machine has no such address: names are often resolved to an IPv6 that is switched off. */
async function openDoor(
  server: FastifyInstance,
  at: { host: string; port: number },
): Promise<SocketServer | null> {
  // As http.Server makes its own: a client may stop sending and still read.
  const door = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    server.server.emit('connection', socket);
  });
  try {
    door.listen(at);
    await once(door, 'listening');
    return door;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT') return null;
    throw error;
  }
}

/**
 * The listener first, and idle connections only later: their clients may be writing a request at this moment, and a
 * connection that is closed on it looks like a crash to them. What they ask until then is answered, as their last request.
 */
async function close(
  server: FastifyInstance,
  doors: readonly SocketServer[],
  { graceSeconds, isQuiet }: { graceSeconds: number; isQuiet: boolean },
): Promise<void> {
  const { server: http } = server;
  let sweep: NodeJS.Timeout | undefined;
  const idle = setTimeout(() => {
    sweep = setInterval(() => http.closeIdleConnections(), SWEEP_MILLISECONDS);
  }, IDLE_MILLISECONDS);
  const cut = setTimeout(() => http.closeAllConnections(), graceSeconds * 1000);
  try {
    if (isQuiet) await Promise.all(await closeQuietly(http, doors));
    else await Promise.all([http, ...doors].map(closed));
  } finally {
    clearTimeout(idle);
    clearInterval(sweep);
    clearTimeout(cut);
    await server.close();
  }
}

/**
 * With its listener the kernel resets the connections that wait to be taken. Requests are held back for a moment, so that
 * nobody who waits for an answer connects anew, until no connection came for a while: then none is waiting. Answers a promise
 * for each door, which waits for the end of its last connection.
 */
async function closeQuietly(
  http: Server,
  doors: readonly SocketServer[],
): Promise<readonly Promise<void>[]> {
  let connections = 0;
  const count = (): void => void (connections += 1);
  http.on('connection', count);
  const release = holdRequests(http);
  for (let tries = 0, before = -1; before !== connections && tries < MOST_QUIET_TRIES; tries++) {
    before = connections;
    await wait(QUIET_MILLISECONDS);
    // After that the connections of the queue have been taken.
    await nextTurn();
  }
  const closing = [http, ...doors].map(closed);
  http.off('connection', count);
  release();
  return closing;
}

/** Answers what lets them go. */
function holdRequests(http: Server): () => void {
  // Typed as any function; these were added for this event.
  const listeners = http.listeners('request') as RequestListener[];
  const held: Parameters<RequestListener>[] = [];
  http.removeAllListeners('request');
  http.on('request', (...request) => held.push(request));
  return () => {
    http.removeAllListeners('request');
    for (const listener of listeners) http.on('request', listener);
    for (const request of held) http.emit('request', ...request);
  };
}

/** Not `http.Server.close`, which closes idle connections at once. Resolves when the last connection has ended. */
const closed = (door: SocketServer): Promise<void> =>
  new Promise((resolve) => {
    SocketServer.prototype.close.call(door, () => resolve());
  });
