/**
 * Listens at every address of a host and closes within a stated time. Fastify alone serves the second address of `localhost`
 * from a server that it does not wait for at the end; here every connection belongs to the one server and its limits.
 */
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { createServer, type Server as SocketServer } from 'node:net';
import type { FastifyInstance } from 'fastify';

export interface Listener {
  /** Takes no more requests, finishes those under way and hangs up on what is left after `graceSeconds`. */
  close(graceSeconds: number): Promise<void>;
}

const SWEEP_MILLISECONDS = 50;

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
  return { close: (graceSeconds) => close(server, doors, graceSeconds) };
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

async function close(
  server: FastifyInstance,
  doors: readonly SocketServer[],
  graceSeconds: number,
): Promise<void> {
  // A connection whose last answer promised to keep it alive would hold the process until it times out.
  const sweep = setInterval(() => server.server.closeIdleConnections(), SWEEP_MILLISECONDS);
  const cut = setTimeout(() => server.server.closeAllConnections(), graceSeconds * 1000);
  try {
    await Promise.all([server.close(), ...doors.map(closed)]);
  } finally {
    clearInterval(sweep);
    clearTimeout(cut);
  }
}

const closed = (door: SocketServer): Promise<void> =>
  new Promise((resolve) => {
    door.close(() => resolve());
  });
