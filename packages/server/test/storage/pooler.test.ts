/** Everything that PostgreSQL is asked for goes through PgBouncer too, which gives each transaction another session. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startPgBouncer, withoutPgBouncer, type PgBouncer } from '../support/pgbouncer.ts';
import { pgBouncerVersion, type PoolMode } from '../support/pgbouncer.ts';
import { sharedPostgres } from '../support/postgres.ts';
import { addToken } from '../operations/token.ts';
import { startApp } from '../support/running-app.ts';
import { createToken, readMe, unlimited } from '../faults/calls.ts';
import { openPlaceAt } from './places.ts';
import { SUITES } from './suites.ts';
import { describeCredentials } from './suites/developer-tokens.ts';
import { describeMigrations } from './suites/migrations.ts';
import { describeTransactions } from './suites/transactions.ts';

const skip = withoutPgBouncer();
const [major, minor] = pgBouncerVersion() ?? [0, 0];
const keepsStatements = major > 1 || minor >= 21;

interface Setting {
  readonly mode: PoolMode;
  readonly preparedStatements?: number;
}

const SETTINGS: readonly Setting[] = [
  { mode: 'transaction', ...(keepsStatements && { preparedStatements: 0 }) },
  ...(keepsStatements ? [{ mode: 'transaction', preparedStatements: 200 } as const] : []),
  { mode: 'session' },
];

/** A session that is the client's alone differs only in what depends on sessions. */
const SESSION_SUITES = [describeMigrations, describeTransactions, describeCredentials];

const nameOf = ({ mode, preparedStatements = 0 }: Setting): string =>
  `PgBouncer, mode ${mode}, ${preparedStatements} prepared statements`;

for (const setting of SETTINGS) {
  describe(nameOf(setting), { skip }, () => {
    let bouncer: PgBouncer;
    const newDatabase = async (): Promise<string> =>
      bouncer.through(await (await sharedPostgres()).createDatabase());
    before(async () => {
      bouncer = await startPgBouncer(await (await sharedPostgres()).createDatabase(), setting);
    });
    after(() => bouncer.stop());

    const suites = setting.mode === 'transaction' ? SUITES : SESSION_SUITES;
    for (const describePort of suites) describePort(async () => openPlaceAt(await newDatabase()));

    test('serves checks and writes of many callers at a time', async () => {
      const env = { GATEHOUSE_DATABASE_URL: await newDatabase() };
      const running = await startApp({ change: unlimited, env });
      try {
        const { base, app } = running;
        const { value } = await addToken(app);
        const made = await Promise.all(
          Array.from({ length: 60 }, async () => {
            app.readers.dropEverything();
            return { checked: await readMe(base, value), made: await createToken(base, value) };
          }),
        );
        for (const one of made) assert.deepEqual([one.checked, one.made.status], [200, 201]);
      } finally {
        await running.stop();
      }
    });
  });
}
