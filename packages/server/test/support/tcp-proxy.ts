/**
 * A network between Gatehouse and PostgreSQL that can be slow, silent or broken, from now on or at one moment. Counts what has
 * to wait for what: a statement that is sent after an answer came is one round trip later than what was answered.
 */
import { connect, createServer, type Socket } from 'node:net';
import { once } from 'node:events';

export type Fate =
  /** What was sent arrives; the answer never does. */
  | 'lose the answer'
  /** What was sent never arrives, and nothing is said. */
  | 'swallow'
  /** Reset before what was sent arrives. */
  | 'reset before'
  /** Reset after it arrived, before the answer. */
  | 'reset after';

export interface TcpProxy {
  /** The same database through it. */
  through(databaseUrl: string): string;
  /** Nothing passes any more, and no connection is closed. New connections are accepted and hear nothing. */
  silence(): void;
  /** As before: connections that were silent stay so. */
  recover(): void;
  /** Resets every connection. */
  cut(): void;
  /** Delays every answer. */
  slow(milliseconds: number): void;
  /** The next message to the server that contains the text meets that fate. */
  next(text: string, fate: Fate): void;
  /** Resolves when that message has met its fate. */
  sprung(): Promise<void>;
  /** How many round trips followed each other since the last call, and how many messages were sent. */
  takeTrips(): { readonly inTurn: number; readonly sent: number };
  readonly connections: number;
  close(): Promise<void>;
}

interface Line {
  readonly client: Socket;
  readonly server: Socket;
  isSilent: boolean;
  /** Round trips up to what was sent last. */
  depth: number;
}

export async function startTcpProxy(databaseUrl: string): Promise<TcpProxy> {
  const target = new URL(databaseUrl);
  const lines = new Set<Line>();
  let isSilent = false;
  let delay = 0;
  let trap: { readonly text: string; readonly fate: Fate } | null = null;
  let sprung = Promise.withResolvers<void>();
  let trips = { inTurn: 0, sent: 0 };

  function springs(chunk: Buffer): Fate | null {
    if (trap === null || !chunk.includes(trap.text)) return null;
    const { fate } = trap;
    trap = null;
    sprung.resolve();
    return fate;
  }

  function send(line: Line, chunk: Buffer): void {
    if (line.isSilent) return;
    line.depth = trips.inTurn + 1;
    trips.sent += 1;
    const fate = springs(chunk);
    if (fate === 'reset before') return reset(line);
    if (fate === 'lose the answer' || fate === 'swallow') line.isSilent = true;
    if (fate !== 'swallow') line.server.write(chunk);
    if (fate === 'reset after') line.server.once('data', () => reset(line));
  }

  function answer(line: Line, chunk: Buffer): void {
    if (line.isSilent) return;
    const deliver = (): void => {
      trips.inTurn = Math.max(trips.inTurn, line.depth);
      line.client.write(chunk);
    };
    if (delay === 0) deliver();
    else setTimeout(deliver, delay).unref();
  }

  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    const line: Line = { client, server: upstream, isSilent, depth: 0 };
    lines.add(line);
    client.on('data', (chunk: Buffer) => send(line, chunk));
    upstream.on('data', (chunk: Buffer) => answer(line, chunk));
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      socket.setNoDelay(true);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        lines.delete(line);
        if (!line.isSilent || socket === client) other.destroy();
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? String(address.port) : '';

  return {
    through: (url) => Object.assign(new URL(url), { port }).href,
    silence() {
      isSilent = true;
      for (const line of lines) line.isSilent = true;
    },
    recover: () => void (isSilent = false),
    cut: () => lines.forEach(reset),
    slow: (milliseconds) => void (delay = milliseconds),
    next(text, fate) {
      trap = { text, fate };
      sprung = Promise.withResolvers();
    },
    sprung: () => sprung.promise,
    takeTrips() {
      const taken = trips;
      trips = { inTurn: 0, sent: 0 };
      return taken;
    },
    get connections() {
      return lines.size;
    },
    async close() {
      server.close();
      lines.forEach(reset);
      await once(server, 'close');
    },
  };
}

function reset({ client, server }: Line): void {
  client.resetAndDestroy();
  server.resetAndDestroy();
}
