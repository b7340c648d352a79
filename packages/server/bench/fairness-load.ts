/**
 * One caller of the fairness bench, a process of its own: so many keep-alive connections, one request at a time on each, until it
 * is told to stop or has sent enough. Answers how long each request took.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { exchange, open } from './bare-http.ts';

export interface FairnessLoad {
  readonly port: number;
  readonly connections: number;
  /** Sent in turn. */
  readonly requests: readonly string[];
  /** In all; `null`: until `stop`. */
  readonly count: number | null;
  /** Between an answer and the next request of its connection. */
  readonly pauseMilliseconds: number;
}

export interface FairnessResult {
  readonly latencies: readonly number[];
  readonly statuses: Readonly<Record<string, number>>;
}

const state = { isStopped: false };

process.on('message', (message: FairnessLoad | 'stop') => {
  if (message === 'stop') {
    state.isStopped = true;
    return;
  }
  state.isStopped = false;
  run(message).then(
    (result) => process.send?.({ result }),
    (error: unknown) => process.send?.({ error: String(error) }),
  );
});
process.on('disconnect', () => process.exit());

async function run(load: FairnessLoad): Promise<FairnessResult> {
  const latencies: number[] = [];
  const statuses: Record<string, number> = {};
  let sent = 0;
  const hasMore = (): boolean => !state.isStopped && (load.count === null || sent < load.count);
  const converse = async (): Promise<void> => {
    const socket = await open(load.port);
    while (hasMore()) {
      const request = load.requests[sent++ % load.requests.length] ?? '';
      const start = performance.now();
      const status = (await exchange(socket, request)).slice(9, 12);
      latencies.push(performance.now() - start);
      statuses[status] = (statuses[status] ?? 0) + 1;
      if (load.pauseMilliseconds > 0) await wait(load.pauseMilliseconds);
    }
    socket.destroy();
  };
  await Promise.all(Array.from({ length: load.connections }, converse));
  return { latencies, statuses };
}
