/**
 * The load generator, a process of its own: keep-alive connections over bare sockets, one request at a time on each
 * (no pipelining). It writes prepared bytes and reads a status and a length, so that it uses less than any server.
 */
import type { Socket } from 'node:net';
import { awake } from './awake.ts';
import { isWhole, open } from './bare-http.ts';

export interface Load {
  readonly port: number;
  /** Sent in turn. */
  readonly requests: readonly string[];
  readonly count: number;
  readonly connections: number;
}

export interface LoadResult {
  readonly milliseconds: number;
  readonly statuses: Readonly<Record<string, number>>;
}

process.on('message', (load: Load) => {
  awake(() => run(load)).then(
    (result) => process.send?.({ result }),
    (error: unknown) => process.send?.({ error: String(error) }),
  );
});
process.on('disconnect', () => process.exit());

async function run(load: Load): Promise<LoadResult> {
  const sockets = await Promise.all(
    Array.from({ length: load.connections }, () => open(load.port)),
  );
  const statuses: Record<string, number> = {};
  let sent = 0;
  const next = (): string | undefined => {
    if (sent >= load.count) return undefined;
    return load.requests[sent++ % load.requests.length];
  };
  const tell = (status: string): void => {
    statuses[status] = (statuses[status] ?? 0) + 1;
  };
  const start = performance.now();
  await Promise.all(sockets.map((socket) => converse(socket, { next, tell })));
  const milliseconds = performance.now() - start;
  for (const socket of sockets) socket.destroy();
  return { milliseconds, statuses };
}

interface Exchange {
  readonly next: () => string | undefined;
  readonly tell: (status: string) => void;
}

function converse(socket: Socket, { next, tell }: Exchange): Promise<void> {
  return new Promise((resolve, reject) => {
    let text = '';
    const send = (): void => {
      const request = next();
      if (request === undefined) resolve();
      else socket.write(request, 'latin1');
    };
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('the server closed a connection')));
    socket.on('data', (chunk: string) => {
      text += chunk;
      if (!isWhole(text)) return;
      tell(text.slice(9, 12));
      text = '';
      send();
    });
    send();
  });
}
