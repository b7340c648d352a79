/** A worker of `start-together.test.ts`: opens each installation at the same moment as all others. */
import { parentPort, workerData } from 'node:worker_threads';
import { openStorage } from '../../src/storage/storage.ts';

const { directories, arrived, workers } = workerData as {
  readonly directories: readonly string[];
  readonly arrived: Int32Array;
  readonly workers: number;
};

const applied: (readonly string[])[] = [];
for (const [round, dataDirectory] of directories.entries()) {
  Atomics.add(arrived, 0, 1);
  // Whoever is early turns around, so that all start within the same microseconds.
  while (Atomics.load(arrived, 0) < (round + 1) * workers);
  const storage = await openStorage({ dataDirectory, databaseUrl: null, clock: () => 0 });
  applied.push(await storage.migrate());
  await storage.ping();
  await storage.close();
}
// A port between threads has no origin, whatever the rule takes it for.
// oxlint-disable-next-line unicorn/require-post-message-target-origin
parentPort?.postMessage(applied);
