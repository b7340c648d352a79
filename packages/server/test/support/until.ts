/** Waits for what another part of the system does in its own time. */
import { setTimeout as delay } from 'node:timers/promises';

const PATIENCE_MILLISECONDS = 20_000;

type Found<Value> = Exclude<Value, false | null | undefined>;

/** Answers what was looked for, and rejects when it has not come about within 20 seconds: other work may hold the machine up. */
export async function until<Value>(
  look: () => Value | Promise<Value>,
  what: string,
  patience = PATIENCE_MILLISECONDS,
): Promise<Found<Value>> {
  const start = performance.now();
  for (;;) {
    const value = await look();
    // That it is none of these says so, which the compiler does not see of a type that is a parameter.
    if (value !== false && value !== null && value !== undefined) return value as Found<Value>;
    if (performance.now() - start > patience) throw new Error(`waited in vain: ${what}`);
    await delay(2);
  }
}
