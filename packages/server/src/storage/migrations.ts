/** Brings the schema to the form that this version needs, and works beside a newer one where that one allows it. */
import { setTimeout as wait } from 'node:timers/promises';
import { Migrator, sql, type Migration } from 'kysely';
import { elapsedMilliseconds } from '../kit/clock.ts';
import type { Engine } from './engine.ts';
import { foundation } from './migrations/0001-foundation.ts';
import { oauth } from './migrations/0002-oauth.ts';
import { makersOfSecrets } from './migrations/0003-makers-of-secrets.ts';
import { deletion } from './migrations/0013-deletion.ts';
import { ownersOfSecrets } from './migrations/0005-owners-of-secrets.ts';
import { linksEndWithTheirPurpose } from './migrations/0010-links-end-with-their-purpose.ts';
import { stepUp } from './migrations/0011-step-up.ts';
import { repeatsOfRefreshes } from './migrations/0015-repeats-of-refreshes.ts';
import { consentsThatNarrow } from './migrations/0008-consents-that-narrow.ts';
import { secretsOfTransferredApps } from './migrations/0018-secrets-of-transferred-apps.ts';
import { endsOfSecrets } from './migrations/0012-ends-of-secrets.ts';
import { lists } from './migrations/0019-lists.ts';
import { endsByIndex } from './migrations/0021-ends-by-index.ts';
import { grantsEndInSteps } from './migrations/0022-grants-end-in-steps.ts';
import { mailInDoubt } from './migrations/0026-mail-in-doubt.ts';
import { schemaVersions } from './migrations/0027-schema-versions.ts';
import { accessEndsInSteps } from './migrations/0028-access-ends-in-steps.ts';
import { costsByIndex } from './migrations/0029-costs-by-index.ts';
import { membersByIndex } from './migrations/0030-members-by-index.ts';
import { signingKeys } from './migrations/0033-signing-keys.ts';
import { accessChanges } from './migrations/0034-access-changes.ts';
import { purgesByKey } from './migrations/0035-purges-by-key.ts';
import { resources } from './migrations/0036-resources.ts';
import { howSessionsWereProved } from './migrations/0044-how-sessions-were-proved.ts';
import { peopleWithoutPasswords } from './migrations/0045-people-without-passwords.ts';
import { sharedBuckets } from './migrations/0048-shared-buckets.ts';
import { registeredTerms } from './migrations/0040-registered-terms.ts';
import { appsWithoutOwner } from './migrations/0041-apps-without-owner.ts';
import { assertEncoding } from './postgres-facts.ts';
import { REPAIRS } from './repairs.ts';
import { assertReadable, noteVersions } from './schema-versions.ts';
import { shortLivedMigrations } from './short-lived/tables.ts';
import { isLoginRefused, StorageUnavailable } from './unavailable.ts';

export interface Migrations {
  /** Applies what is pending, under a lock; answers the names. Throws `DatabaseNewer`. */
  migrate(): Promise<readonly string[]>;
  pending(): Promise<readonly string[]>;
  /** The version that made the database, where that is a newer one that this one works beside. Throws `DatabaseNewer`. */
  newer(): Promise<string | null>;
}

/** `onWaiting` is called once with host and port when the database has not answered for a second. */
export const migrationsOf = (
  engine: Engine,
  onWaiting: (place: string) => void = () => undefined,
): Migrations => ({
  migrate: () => migrate(engine, onWaiting),
  pending: () => pendingOf(engine),
  newer: () => assertReadable(engine, Object.keys(listOf(engine))),
});

function listOf(engine: Engine): Record<string, Migration> {
  const bytes = engine.name === 'sqlite' ? sql`blob` : sql`bytea`;
  return {
    ...shortLivedMigrations({ bytes }),
    '0001-foundation': foundation({ bytes }),
    '0002-oauth': oauth({ bytes }),
    '0003-makers-of-secrets': makersOfSecrets,
    '0005-owners-of-secrets': ownersOfSecrets,
    '0010-links-end-with-their-purpose': linksEndWithTheirPurpose,
    '0011-step-up': stepUp,
    '0008-consents-that-narrow': consentsThatNarrow,
    '0013-deletion': deletion,
    '0015-repeats-of-refreshes': repeatsOfRefreshes({ bytes }),
    '0012-ends-of-secrets': endsOfSecrets,
    '0018-secrets-of-transferred-apps': secretsOfTransferredApps,
    '0019-lists': lists(engine.name),
    '0021-ends-by-index': endsByIndex,
    '0022-grants-end-in-steps': grantsEndInSteps,
    '0026-mail-in-doubt': mailInDoubt,
    '0027-schema-versions': schemaVersions,
    '0028-access-ends-in-steps': accessEndsInSteps,
    '0029-costs-by-index': costsByIndex,
    '0030-members-by-index': membersByIndex(engine.name),
    '0033-signing-keys': signingKeys,
    '0034-access-changes': accessChanges,
    '0035-purges-by-key': purgesByKey,
    '0036-resources': resources,
    '0044-how-sessions-were-proved': howSessionsWereProved,
    '0045-people-without-passwords': peopleWithoutPasswords,
    '0048-shared-buckets': sharedBuckets,
    '0040-registered-terms': registeredTerms,
    '0041-apps-without-owner': appsWithoutOwner(engine.name),
  };
}

const migratorOf = (engine: Engine, migrations: Record<string, Migration>): Migrator =>
  new Migrator({
    db: engine.migrations,
    provider: { getMigrations: async () => migrations },
    // Numbers are given when work begins and applied when it is released.
    allowUnorderedMigrations: true,
    // Otherwise a table of the same name in any schema would count as its own.
    ...(engine.schema !== null && { migrationTableSchema: engine.schema }),
  });

async function pendingOf(engine: Engine): Promise<readonly string[]> {
  await engine.assertUsable();
  const all = await migratorOf(engine, listOf(engine)).getMigrations();
  return all.filter((migration) => migration.executedAt === undefined).map(({ name }) => name);
}

/** A container's database may need that long to come up after the server. */
const PATIENCE_MILLISECONDS = 10_000;
const WAITING_MILLISECONDS = 1000;

async function migrate(
  engine: Engine,
  onWaiting: (place: string) => void,
): Promise<readonly string[]> {
  const { place } = engine;
  const late = setTimeout(() => place !== null && onWaiting(place), WAITING_MILLISECONDS);
  try {
    return await migrateInTheEnd(engine, () => clearTimeout(late));
  } finally {
    clearTimeout(late);
  }
}

async function migrateInTheEnd(engine: Engine, onAnswer: () => void): Promise<readonly string[]> {
  const until = elapsedMilliseconds() + PATIENCE_MILLISECONDS;
  for (;;) {
    try {
      return await migrateNow(engine, onAnswer);
    } catch (error) {
      // Another process is at it, or the database is not up yet.
      if (!mayPass(error) || elapsedMilliseconds() > until) throw error;
      await wait(100);
    }
  }
}

/** A login that is refused stays so until somebody changes something. */
const mayPass = (error: unknown): boolean =>
  error instanceof StorageUnavailable && !isLoginRefused(error);

/** Under an advisory lock on PostgreSQL and the write lock on SQLite, in one transaction on both. */
async function migrateNow(engine: Engine, onAnswer: () => void): Promise<readonly string[]> {
  if (engine.place !== null) await sql`select 1`.execute(engine.read);
  onAnswer();
  await engine.assertUsable();
  if (engine.name === 'postgres') await assertEncoding(engine);
  const migrations = listOf(engine);
  // What a newer version made stays as it is.
  if ((await assertReadable(engine, Object.keys(migrations))) !== null) return [];
  const { error, results } = await migratorOf(engine, migrations).migrateToLatest();
  if (error !== undefined) throw error;
  await noteVersions(engine, Object.keys(migrations));
  await repair(engine);
  return (results ?? []).map(({ migrationName }) => migrationName);
}

/** Rows that an older version wrote beside this one, brought to the form in which this one writes them. */
export async function repair(engine: Engine): Promise<void> {
  for (const mend of REPAIRS) await engine.write(mend);
}
