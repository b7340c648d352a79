/** From the command to the first answer, and what the process holds when nobody asks. */
import { setTimeout as wait } from 'node:timers/promises';
import { median } from './medians.ts';
import { startGate } from './processes.ts';
import { makeWorkplace } from './workplace.ts';

export interface Start {
  readonly milliseconds: number;
  readonly cpuMilliseconds: number;
  readonly idleBytes: number;
}

export interface StartPace {
  readonly rounds: number;
  /** How long nobody asks before the memory is read. */
  readonly idleMilliseconds: number;
}

export async function measureStarts({ rounds, idleMilliseconds }: StartPace): Promise<Start> {
  const workplace = await makeWorkplace();
  await workplace.close();
  const starts: Start[] = [];
  // The first start compiles and is thrown away, as it happens once after an installation.
  for (let round = 0; round <= rounds; round++) {
    const begin = performance.now();
    const server = await startGate(workplace);
    const milliseconds = performance.now() - begin;
    const { cpuMilliseconds } = await server.usage();
    await wait(idleMilliseconds);
    const { residentBytes: idleBytes } = await server.usage();
    await server.stop();
    if (round > 0) starts.push({ milliseconds, cpuMilliseconds, idleBytes });
  }
  workplace.remove();
  return {
    milliseconds: median(starts.map(({ milliseconds }) => milliseconds)),
    cpuMilliseconds: median(starts.map(({ cpuMilliseconds }) => cpuMilliseconds)),
    idleBytes: median(starts.map(({ idleBytes }) => idleBytes)),
  };
}
