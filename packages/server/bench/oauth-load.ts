/**
 * The load generator of the OAuth endpoints, a process of its own: keep-alive connections over bare sockets. Each walks
 * its own script, one exchange at a time, either as fast as it is answered or when the next is due.
 */
import type { Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { awake } from './awake.ts';
import { exchange, open } from './bare-http.ts';
import { startWalk, type Script, type Walk } from './oauth-scripts.ts';

export interface OAuthLoad {
  readonly port: number;
  readonly connections: number;
  readonly milliseconds: number;
  readonly script: Script;
  /** `null`: as fast as answers come. Otherwise this many a second begin, whether earlier ones were answered or not. */
  readonly perSecond: number | null;
}

export interface OAuthLoadResult {
  readonly completed: number;
  readonly milliseconds: number;
  /** From the moment when each was due to the end of its answer; milliseconds, sorted. Empty without a rate. */
  readonly latencies: readonly number[];
  /** Where each chain has come to. */
  readonly chains: readonly string[];
}

process.on('message', (load: OAuthLoad) => {
  awake(() => run(load)).then(
    (result) => process.send?.({ result }),
    (error: unknown) => process.send?.({ error: String(error) }),
  );
});
process.on('disconnect', () => process.exit());

interface Connection {
  readonly socket: Socket;
  readonly walk: Walk;
}

async function run(load: OAuthLoad): Promise<OAuthLoadResult> {
  const connections = await Promise.all(
    Array.from({ length: load.connections }, async (_, index) => ({
      socket: await open(load.port),
      walk: startWalk(load.script, index),
    })),
  );
  const start = performance.now();
  const result = await (load.perSecond === null
    ? flatOut(connections, load.milliseconds)
    : atRate(connections, load.milliseconds, load.perSecond));
  const milliseconds = performance.now() - start;
  for (const { socket } of connections) socket.destroy();
  const chains = connections.map(({ walk }) => walk.at);
  return { ...result, milliseconds, chains };
}

type Outcome = Pick<OAuthLoadResult, 'completed' | 'latencies'>;

async function flatOut(connections: readonly Connection[], milliseconds: number): Promise<Outcome> {
  const end = performance.now() + milliseconds;
  let completed = 0;
  const work = async (connection: Connection): Promise<void> => {
    while (performance.now() < end) {
      await step(connection);
      completed += 1;
    }
  };
  await Promise.all(connections.map(work));
  return { completed, latencies: [] };
}

/** Those that are due and find no connection free wait, and their waiting counts. */
async function atRate(
  connections: readonly Connection[],
  milliseconds: number,
  perSecond: number,
): Promise<Outcome> {
  const free = [...connections];
  const due: number[] = [];
  const under: Promise<void>[] = [];
  const latencies: number[] = [];
  const work = async (connection: Connection): Promise<void> => {
    for (let at = due.shift(); at !== undefined; at = due.shift()) {
      await step(connection);
      latencies.push(performance.now() - at);
    }
    free.push(connection);
  };
  const start = performance.now();
  let begun = 0;
  for (let now = start; now < start + milliseconds; now = performance.now()) {
    for (; begun < ((now - start) / 1000) * perSecond; begun++) {
      due.push(now);
      const connection = free.pop();
      if (connection !== undefined) under.push(work(connection));
    }
    await wait(1);
  }
  await Promise.all(under);
  return { completed: latencies.length, latencies: latencies.toSorted((a, b) => a - b) };
}

/** One unit of the script: one exchange, or several that belong together. */
async function step({ socket, walk }: Connection): Promise<void> {
  for (let request: string | null = walk.begin(); request !== null;)
    request = walk.next(await exchange(socket, request));
}
