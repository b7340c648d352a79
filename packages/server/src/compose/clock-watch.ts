/**
 * Notices that the clock of the machine was set, or that the machine slept: times that were written meanwhile are wrong by as
 * much, and an operator has to know. Changes nothing.
 */
import type { Logger } from 'pino';
import type { Elapsed } from '../kit/clock.ts';
import type { Tally } from '../kit/tally.ts';

export type ClockStep = 'ahead' | 'back';

export interface ClockWatch {
  /** Compares the two clocks now. Without a timer this happens only when it is called. */
  look(): void;
  start(): void;
  stop(): void;
}

interface Watched {
  /** Epoch milliseconds. */
  readonly milliseconds: () => number;
  readonly elapsed: Elapsed;
  readonly steps: Tally<ClockStep>;
  readonly logger: Pick<Logger, 'warn'>;
}

const LOOK_MILLISECONDS = 10_000;
/** Time services correct less than this by going faster or slower. */
const TOLERATED_MILLISECONDS = 2000;

export function createClockWatch({ milliseconds, elapsed, steps, logger }: Watched): ClockWatch {
  const offset = (): number => milliseconds() - elapsed();
  let known = offset();
  let timer: NodeJS.Timeout | undefined;

  function look(): void {
    const step = offset() - known;
    if (Math.abs(step) < TOLERATED_MILLISECONDS) return;
    known += step;
    const direction = step > 0 ? 'ahead' : 'back';
    steps.add(direction);
    logger.warn(
      { seconds: Math.round(step / 1000) },
      `the clock of this machine was set ${direction}, or the machine slept`,
    );
  }

  return {
    look,
    start() {
      timer ??= setInterval(look, LOOK_MILLISECONDS).unref();
    },
    stop: () => clearInterval(timer),
  };
}
