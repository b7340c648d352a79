/**
 * Counts how often PostgreSQL is waited for one after the other: statements that are under way together count once. Each
 * answer is held back for a moment, as a distant database would do, so that what is asked together is under way together.
 */
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';

const HELD_MILLISECONDS = 3;

/** Answers how many round trips some work takes. Whoever calls it does nothing else meanwhile. */
export type CountRoundTrips = (work: () => Promise<unknown>) => Promise<number>;

/** Before the database is opened. For the rest of the process. */
export function noteRoundTrips(): CountRoundTrips {
  let isCounting = false;
  let asked = 0;
  let answered = 0;
  // Called with the client that it is taken from.
  // oxlint-disable-next-line typescript/unbound-method
  const query = pg.Client.prototype.query;
  Object.defineProperty(pg.Client.prototype, 'query', {
    async value(this: pg.Client, ...given: readonly [string | pg.QueryConfig]) {
      if (!isCounting) return Reflect.apply(query, this, given);
      const mine = answered + 1;
      asked = Math.max(asked, mine);
      try {
        return await Reflect.apply(query, this, given);
      } finally {
        await wait(HELD_MILLISECONDS);
        answered = Math.max(answered, mine);
      }
    },
  });
  return async (work) => {
    [isCounting, asked, answered] = [true, 0, 0];
    try {
      await work();
      return asked;
    } finally {
      isCounting = false;
    }
  };
}
