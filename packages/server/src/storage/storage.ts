/**
 * The storage room: implements the ports of every other room, with one text for SQLite and PostgreSQL.
 * Depends only on the rooms' types. Never decides anything that a rule of the product decides.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { Migrator, sql, type Migration } from 'kysely';
import type { AccountStores } from '../accounts/ports.ts';
import type { AppStores } from '../apps/ports.ts';
import type { ConsentStores } from '../consent/ports.ts';
import type { CredentialSource } from '../checker/ports.ts';
import type { TokenStores } from '../developer-tokens/ports.ts';
import { elapsedMilliseconds, type Clock } from '../kit/clock.ts';
import { NO_FORMER_NAMES, type FormerNames } from '../oauth/former-names.ts';
import type { NamedScopes, OAuthStores } from '../oauth/ports.ts';
import { accessStore } from './access.ts';
import { accountStore } from './accounts.ts';
import { appOfferStore } from './app-offers.ts';
import { appGrants, appSecretStore, appStore } from './apps.ts';
import { postgresCredentials, sqliteCredentials } from './credentials.ts';
import type { DatabaseLimits } from './database-limits.ts';
import { developerTokenStore } from './developer-tokens.ts';
import { endedStore, type EndedStore } from './ended.ts';
import type { Database, Engine, ScopedHandle } from './engine.ts';
import { eventLog } from './events.ts';
import { grantStore } from './grants.ts';
import { interactionStore } from './interactions.ts';
import { foundation } from './migrations/0001-foundation.ts';
import { oauth } from './migrations/0002-oauth.ts';
import { makersOfSecrets } from './migrations/0003-makers-of-secrets.ts';
import { deletion } from './migrations/0013-deletion.ts';
import { returns } from './migrations/0004-returns.ts';
import { ownersOfSecrets } from './migrations/0005-owners-of-secrets.ts';
import { linksEndWithTheirPurpose } from './migrations/0010-links-end-with-their-purpose.ts';
import { interactions } from './migrations/0007-interactions.ts';
import { stepUp } from './migrations/0011-step-up.ts';
import { repeatsOfRefreshes } from './migrations/0015-repeats-of-refreshes.ts';
import { consentsThatNarrow } from './migrations/0008-consents-that-narrow.ts';
import { appOffers } from './migrations/0017-app-offers.ts';
import { secretsOfTransferredApps } from './migrations/0018-secrets-of-transferred-apps.ts';
import { lists } from './migrations/0019-lists.ts';
import { endsOfSecrets } from './migrations/0012-ends-of-secrets.ts';
import { endsByIndex } from './migrations/0021-ends-by-index.ts';
import { mailInDoubt } from './migrations/0026-mail-in-doubt.ts';
import { accessTokenStore, clientStore, codeStore, familyStore } from './oauth.ts';
import { personEraser } from './personal-data/erasure.ts';
import { personReader } from './personal-data/export.ts';
import { outboxStore, type OutboxStore } from './outbox.ts';
import type { PostgresEngine } from './postgres.ts';
import {
  attemptStore,
  deviceStore,
  proofStore,
  returnStore,
  sessionStore,
} from './sign-in-state.ts';
import { sentFormStore } from './sent-forms.ts';
import { namedScopes } from './named-scopes.ts';
import { openSqlite, type SqliteEngine } from './sqlite.ts';
import { isLoginRefused, StorageUnavailable } from './unavailable.ts';
import { usageStore } from './usage.ts';
import { userStore } from './users.ts';

export interface Stores
  extends
    Omit<AccountStores, 'outbox'>,
    Omit<TokenStores, 'outbox'>,
    Omit<ConsentStores, 'outbox'>,
    Omit<AppStores, 'outbox'>,
    OAuthStores {
  readonly outbox: OutboxStore;
  readonly ended: EndedStore;
}

export interface Storage extends Stores {
  readonly engine: Engine['name'];
  readonly credentials: CredentialSource;
  readonly namedScopes: NamedScopes;
  /** All or nothing, durable when it resolves. The work must wait for nothing but the stores it is given. */
  transaction<Result>(work: (stores: Stores) => Promise<Result>): Promise<Result>;
  /** Applies what is pending, under a lock; answers the names. */
  migrate(): Promise<readonly string[]>;
  pendingMigrations(): Promise<readonly string[]>;
  giveBackSpace(): Promise<void>;
  /** Throws when the database does not answer. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

export interface StorageOptions {
  readonly dataDirectory: string;
  /** A `postgres://` URL; `null`: SQLite in the data directory. */
  readonly databaseUrl: string | null;
  readonly clock: Clock;
  /** Names of scopes that rows may still have; none unless said otherwise. */
  readonly formerNames?: FormerNames;
  /** For PostgreSQL. */
  readonly limits?: DatabaseLimits;
  /** Called once with host and port when migrations have waited for a second and the database has not answered. */
  readonly onWaiting?: (place: string) => void;
}

export async function openStorage(options: StorageOptions): Promise<Storage> {
  const { dataDirectory, databaseUrl, clock, limits, onWaiting } = options;
  const { formerNames = NO_FORMER_NAMES } = options;
  const engine =
    databaseUrl === null
      ? await openSqlite(dataDirectory)
      : await openPostgresAt(databaseUrl, limits);
  const stores = (handle: ScopedHandle): Stores => storesOn(handle, { clock, engine: engine.name });
  const storesWithin = remembering((db) =>
    stores({ read: db, write: (piece) => piece(db), formerNames }),
  );
  return {
    ...stores({ read: engine.read, write: (work) => engine.write(work), formerNames }),
    engine: engine.name,
    namedScopes: namedScopes({
      read: engine.read,
      write: (work) => engine.write(work),
      formerNames,
    }),
    credentials: credentialsOf(engine, formerNames),
    transaction: (work) => engine.write((db) => work(storesWithin(db))),
    migrate: () => migrate(engine, onWaiting),
    async pendingMigrations() {
      const all = await migratorOf(engine).getMigrations();
      return all.filter((migration) => migration.executedAt === undefined).map(({ name }) => name);
    },
    giveBackSpace: () => engine.giveBackSpace(),
    ping: () => ping(engine),
    close: () => engine.close(),
  };
}

/** Loaded where it is used: with SQLite the server starts sooner without it. */
async function openPostgresAt(
  databaseUrl: string,
  limits: DatabaseLimits | undefined,
): Promise<PostgresEngine> {
  const { openPostgres } = await import('./postgres.ts');
  return openPostgres(databaseUrl, limits);
}

/** SQLite hands every transaction the same database; a set of stores for each would be most of what it leaves behind. */
function remembering(make: (db: Database) => Stores): (db: Database) => Stores {
  const made = new WeakMap<Database, Stores>();
  return (db) => {
    const stores = made.get(db) ?? make(db);
    made.set(db, stores);
    return stores;
  };
}

export const storesOn = (
  handle: ScopedHandle,
  options: { clock: Clock; engine: Engine['name'] },
): Stores => ({
  users: userStore(handle, options.engine),
  accounts: accountStore(handle),
  sessions: sessionStore(handle),
  proofs: proofStore(handle),
  attempts: attemptStore(handle),
  devices: deviceStore(handle),
  returns: returnStore(handle),
  sentForms: sentFormStore(handle),
  access: accessStore(handle),
  personalData: { read: personReader(handle), ...personEraser(handle) },
  events: eventLog(handle),
  tokens: developerTokenStore(handle),
  usage: usageStore(handle, options.engine),
  outbox: outboxStore(handle, options),
  ended: endedStore(handle),
  apps: appStore(handle),
  secrets: appSecretStore(handle, options.clock),
  appGrants: appGrants(handle),
  offers: appOfferStore(handle),
  grants: grantStore(handle, options.engine),
  interactions: interactionStore(handle),
  clients: clientStore(handle, options.clock),
  codes: codeStore(handle),
  families: familyStore(handle, options.engine),
  accessTokens: accessTokenStore(handle),
});

const credentialsOf = (
  engine: SqliteEngine | PostgresEngine,
  formerNames: FormerNames,
): CredentialSource =>
  engine.name === 'sqlite'
    ? sqliteCredentials(engine.reader, { formerNames })
    : postgresCredentials(engine.connections, { formerNames });

function migratorOf(engine: Engine): Migrator {
  const bytes = engine.name === 'sqlite' ? sql`blob` : sql`bytea`;
  const migrations: Record<string, Migration> = {
    '0001-foundation': foundation({ bytes }),
    '0002-oauth': oauth({ bytes }),
    '0003-makers-of-secrets': makersOfSecrets,
    '0004-returns': returns({ bytes }),
    '0005-owners-of-secrets': ownersOfSecrets,
    '0007-interactions': interactions({ bytes }),
    '0010-links-end-with-their-purpose': linksEndWithTheirPurpose,
    '0011-step-up': stepUp,
    '0008-consents-that-narrow': consentsThatNarrow,
    '0013-deletion': deletion,
    '0015-repeats-of-refreshes': repeatsOfRefreshes({ bytes }),
    '0012-ends-of-secrets': endsOfSecrets,
    '0017-app-offers': appOffers,
    '0018-secrets-of-transferred-apps': secretsOfTransferredApps,
    '0021-ends-by-index': endsByIndex,
    '0019-lists': lists(engine.name),
    '0026-mail-in-doubt': mailInDoubt,
  };
  return new Migrator({
    db: engine.migrations,
    provider: { getMigrations: async () => migrations },
  });
}

async function ping({ read }: Engine): Promise<void> {
  await sql`select 1`.execute(read);
}

/** A container's database may need that long to come up after the server. */
const PATIENCE_MILLISECONDS = 10_000;
const WAITING_MILLISECONDS = 1000;

async function migrate(
  engine: Engine,
  onWaiting: StorageOptions['onWaiting'] = () => undefined,
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
  if (engine.place !== null) await ping(engine);
  onAnswer();
  const { error, results } = await migratorOf(engine).migrateToLatest();
  if (error !== undefined) throw error;
  return (results ?? []).map(({ migrationName }) => migrationName);
}
