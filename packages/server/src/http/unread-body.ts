/**
 * Answers that are given before the body was read: to strangers, to wrong methods and types, to what is too large. Node
 * would read the rest, however long, to keep the connection. Here a body that may be long costs its sender the connection:
 * the answer says `Connection: close`, a bounded part of the rest is read, so that the answer is not lost in a reset
 * (RFC 9112 section 9.6), and then the connection ends.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** What is no longer is read for the sake of the connection. */
const SHORT_BYTES = 65_536;
/** Of longer ones this much at the most after the answer, and for so long. */
const MOST_LINGERING_BYTES = 1_048_576;
const LINGERING_MILLISECONDS = 2000;

const lingering = new WeakSet<Socket>();

/** Whether the connection has had its last answer: nothing that still comes on it is a request. */
export const isLingering = (socket: Socket): boolean => lingering.has(socket);

/** For every request of the server. Call before other listeners of `request` are added, or it comes too late. */
export function boundUnreadBodies(server: Server): void {
  server.prependListener('request', watch);
  // With this listener Node leaves it to us to say 100: not before somebody wants the body.
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    continueWhenRead(request, response);
    server.emit('request', request, response);
  });
}

function watch(request: IncomingMessage, response: ServerResponse): void {
  if (!mayBeLong(request)) return;
  const { shouldKeepAlive } = response;
  response.shouldKeepAlive = false;
  request.once('end', () => {
    response.shouldKeepAlive = shouldKeepAlive;
  });
  // Before Node's own listener, which reads all that is left.
  response.prependListener('finish', () => {
    if (!request.complete) linger(request);
  });
}

function mayBeLong({ headers }: IncomingMessage): boolean {
  const length = headers['content-length'];
  if (length === undefined) return headers['transfer-encoding'] !== undefined;
  // Who waits for a 100 and is refused sends the body or not: nobody can tell what comes next.
  return Number(length) > SHORT_BYTES || headers.expect !== undefined;
}

function linger(request: IncomingMessage): void {
  const { socket } = request;
  lingering.add(socket);
  let left = MOST_LINGERING_BYTES;
  const end = (): void => void socket.destroy();
  request.on('data', (chunk: Buffer) => {
    left -= chunk.length;
    // Not ended at once: a reset would overtake the answer. What still comes stays in the buffers of the kernel.
    if (left < 0) request.pause();
  });
  request.once('end', end);
  request.once('error', end);
  // Marks the body as being read, so that Node does not throw the rest of it away uncounted.
  request.read(0);
  request.resume();
  // Node calls it after the last answer. It would reset a connection on which something unread has arrived.
  socket.destroySoon = () => void socket.end();
  const timer = setTimeout(end, LINGERING_MILLISECONDS).unref();
  socket.once('close', () => clearTimeout(timer));
}

function continueWhenRead(request: IncomingMessage, response: ServerResponse): void {
  const isRead = (event: string | symbol): void => {
    if (event !== 'data') return;
    request.off('newListener', isRead);
    if (!response.headersSent) response.writeContinue();
  };
  request.on('newListener', isRead);
}
