/** Notes every statement that this process runs, on both databases, where the drivers are asked to run it. */
import { StatementSync } from 'node:sqlite';
import pg from 'pg';

const RUNS = ['all', 'get', 'iterate', 'run'] as const;

/** Of transactions and settings: they read no rows. */
const IS_FRAME =
  /^\s*(begin|commit|rollback|savepoint|release|set|pragma|explain|create|drop|alter)\b/i;

export interface Statement {
  readonly text: string;
  /** Of PostgreSQL alone, whose plans depend on them. */
  readonly values: readonly unknown[];
}

export interface Statements {
  /** What ran since it was last asked, in order. */
  take(): readonly Statement[];
  /** Runs work whose statements are not noted. */
  aside<Result>(work: () => Promise<Result>): Promise<Result>;
}

/** Before the database is opened. For the rest of the process. */
export function noteStatements(): Statements {
  let noted: Statement[] = [];
  let isAside = false;
  const note = (text: string, values: readonly unknown[] = []): void => {
    if (isAside || IS_FRAME.test(text)) return;
    noted.push({ text: text.replaceAll(/\s+/g, ' ').trim(), values });
  };
  for (const name of RUNS) {
    const run = StatementSync.prototype[name];
    // The overloads of the four have no common form.
    Object.defineProperty(StatementSync.prototype, name, {
      value(this: StatementSync, ...given: never[]) {
        note(this.sourceSQL);
        return Reflect.apply(run, this, given);
      },
    });
  }
  // Called with the client that it is taken from.
  // oxlint-disable-next-line typescript/unbound-method
  const query = pg.Client.prototype.query;
  Object.defineProperty(pg.Client.prototype, 'query', {
    value(this: pg.Client, ...given: readonly [string | pg.QueryConfig]) {
      const [asked] = given;
      if (typeof asked === 'string') note(asked);
      else note(asked.text, asked.values);
      return Reflect.apply(query, this, given);
    },
  });
  return {
    take() {
      const taken = noted;
      noted = [];
      return taken;
    },
    async aside(work) {
      isAside = true;
      try {
        return await work();
      } finally {
        isAside = false;
      }
    },
  };
}
