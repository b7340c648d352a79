/** Waits for what another part of the system does in its own time. */
import { setTimeout as delay } from 'node:timers/promises';

const PATIENCE_MILLISECONDS = 20_000;

/** Rejects with what was waited for when it has not come about within 20 seconds. */
export async function until(
  isSo: () => boolean | Promise<boolean>,
  what: string,
  patience = PATIENCE_MILLISECONDS,
): Promise<void> {
  const start = performance.now();
  while (!(await isSo())) {
    if (performance.now() - start > patience) throw new Error(`waited in vain: ${what}`);
    await delay(2);
  }
}
