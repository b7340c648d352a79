/**
 * The storage module: implements the ports of every other module, with one text for SQLite and PostgreSQL.
 * Depends only on the modules' types. Never decides anything that a rule of the product decides.
 */
import { sql } from 'kysely';
import type { AccountStores } from '../identity/ports.ts';
import type { AppStores } from '../apps/ports.ts';
import type { AccessChange } from '../changes/changes.ts';
import type { ChangeStore } from '../changes/ports.ts';
import type { ConsentStores } from '../consent/ports.ts';
import type { CredentialSource } from '../checker/ports.ts';
import type { TokenStores } from '../developer-tokens/ports.ts';
import type { SigningKeyStore } from '../keys/ports.ts';
import type { WriteOptions } from '../kit/urgency.ts';
import type { Clock } from '../kit/clock.ts';
import { createCatalogues, NO_CATALOGUE, type Catalogues } from '../catalogue/catalogues.ts';
import type { InteractionStore, NamedScopes, OAuthStores } from '../oauth/ports.ts';
import { changeStore, writingChanges } from './access-changes.ts';
import { accessStore } from './access.ts';
import { accountStore } from './accounts.ts';
import { appGrants, appSecretStore, appStore } from './apps.ts';
import { postgresCredentials, sqliteCredentials } from './credentials.ts';
import { DATABASE_LIMITS, type DatabaseLimits } from './database-limits.ts';
import { developerTokenStore } from './developer-tokens.ts';
import { endedStore, type EndedStore } from './ended.ts';
import type { Database, Engine, ScopedHandle } from './engine.ts';
import { eventLog } from './events.ts';
import { grantStore } from './grants.ts';
import { limitStore } from './limits.ts';
import { migrationsOf, repair } from './migrations.ts';
import { accessTokenStore, clientStore, codeStore, familyStore } from './oauth.ts';
import { personEraser } from './personal-data/erasure.ts';
import { personReader } from './personal-data/export.ts';
import { outboxStore, type OutboxStore } from './outbox.ts';
import { postgresFacts, type PostgresFacts } from './postgres-facts.ts';
import type { PostgresEngine } from './postgres.ts';
import { deviceStore, proofStore, sessionStore } from './sign-in-state.ts';
import {
  purgeShortLived,
  shortLivedStores,
  type ShortLivedTableName,
} from './short-lived/tables.ts';
import { signingKeyStore } from './signing-keys.ts';
import { namedScopes } from './named-scopes.ts';
import { openSqlite, type SqliteEngine } from './sqlite.ts';
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
  readonly interactions: InteractionStore;
  readonly ended: EndedStore;
  readonly signingKeys: SigningKeyStore;
  readonly changes: ChangeStore;
  /** Deletes what ended, and answers how many rows went. */
  purgeShortLived(table: ShortLivedTableName, now: number): Promise<number>;
}

export interface Storage extends Stores {
  readonly engine: Engine['name'];
  readonly credentials: CredentialSource;
  readonly namedScopes: NamedScopes;
  /** All or nothing, durable when it resolves. The work must wait for nothing but the stores it is given. */
  transaction<Result>(
    work: (stores: Stores) => Promise<Result>,
    options?: WriteOptions,
  ): Promise<Result>;
  /** Applies what is pending, under a lock; answers the names. */
  migrate(): Promise<readonly string[]>;
  pendingMigrations(): Promise<readonly string[]>;
  giveBackSpace(): Promise<void>;
  /** Why writes are refused while the database can be read; `null`: as far as is known they work. */
  writeFault(): Error | null;
  /** Makes the reserve where it is missing, and tries whether writes that failed work again. Throws while they do not. */
  keepRoom(): Promise<void>;
  /** The newer version that made the database and that this one works beside. Throws `DatabaseNewer` where it cannot. */
  newerVersion(): Promise<string | null>;
  /** Mends rows that an older version wrote beside this one. */
  repair(): Promise<void>;
  /** `null` for SQLite. */
  postgresFacts(): Promise<PostgresFacts | null>;
  /** Throws when the database does not answer. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** The limits are for PostgreSQL. */
export interface StorageOptions extends Partial<DatabaseLimits> {
  readonly dataDirectory: string;
  /** A `postgres://` URL; `null`: SQLite in the data directory. */
  readonly databaseUrl: string | null;
  readonly clock: Clock;
  /** Says which former names of scopes rows may still have; none unless said otherwise. */
  readonly catalogues?: Catalogues;
  /** Room that SQLite keeps on its disk for what ends access; none unless said otherwise. */
  readonly reserveBytes?: number;
  /** Called once with host and port when migrations have waited for a second and the database has not answered. */
  readonly onWaiting?: (place: string) => void;
  /** Called after a commit with what it changed. */
  readonly onChanges?: (changes: readonly AccessChange[]) => void;
}

export async function openStorage(options: StorageOptions): Promise<Storage> {
  const { dataDirectory, databaseUrl, clock, onWaiting, reserveBytes } = options;
  const { catalogues = createCatalogues(NO_CATALOGUE), onChanges = () => undefined } = options;
  const engine =
    databaseUrl === null
      ? await openSqlite(dataDirectory, reserveBytes)
      : await openPostgresAt(databaseUrl, { ...DATABASE_LIMITS, ...options });
  const stores = (handle: ScopedHandle): Stores => storesOn(handle, { clock, engine: engine.name });
  const storesWithin = remembering((db) =>
    stores({ read: db, write: (piece) => piece(db), catalogues }),
  );
  const migrations = migrationsOf(engine, onWaiting);
  const write = writingChanges(engine, { clock, onChanges });
  return {
    ...stores({ read: engine.read, write, catalogues }),
    engine: engine.name,
    namedScopes: namedScopes({
      read: engine.read,
      write: (work) => engine.write(work),
      catalogues,
    }),
    credentials: credentialsOf(engine, catalogues),
    transaction: (work, how) => write((db) => work(storesWithin(db)), how),
    writeFault: () => engine.faults.current(),
    keepRoom: () => engine.keepRoom(),
    migrate: () => migrations.migrate(),
    newerVersion: () => migrations.newer(),
    repair: () => repair(engine),
    pendingMigrations: () => migrations.pending(),
    postgresFacts: async () => (engine.name === 'postgres' ? postgresFacts(engine) : null),
    giveBackSpace: () => engine.giveBackSpace(),
    ping: () => ping(engine),
    close: () => engine.close(),
  };
}

/** Loaded where it is used: with SQLite the server starts sooner without it. */
async function openPostgresAt(url: string, limits: DatabaseLimits): Promise<PostgresEngine> {
  const { openPostgres } = await import('./postgres.ts');
  return openPostgres(url, limits);
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
  sessions: sessionStore(handle, options.engine),
  proofs: proofStore(handle),
  attempts: limitStore(handle),
  devices: deviceStore(handle),
  access: accessStore(handle),
  personalData: { read: personReader(handle), ...personEraser(handle) },
  events: eventLog(handle),
  tokens: developerTokenStore(handle),
  usage: usageStore(handle, options.engine),
  outbox: outboxStore(handle, options),
  ended: endedStore(handle),
  ...shortLivedStores(handle),
  purgeShortLived: (table, now) => purgeShortLived(handle, table, now),
  apps: appStore(handle, options.engine),
  secrets: appSecretStore(handle, options.clock),
  appGrants: appGrants(handle),
  grants: grantStore(handle, options.engine),
  clients: clientStore(handle, options.clock),
  codes: codeStore(handle),
  families: familyStore(handle, options.engine),
  accessTokens: accessTokenStore(handle),
  signingKeys: signingKeyStore(handle),
  changes: changeStore(handle),
});

const credentialsOf = (
  engine: SqliteEngine | PostgresEngine,
  catalogues: Catalogues,
): CredentialSource =>
  engine.name === 'sqlite'
    ? sqliteCredentials(engine.reader, { catalogues })
    : postgresCredentials(engine.connections, { catalogues });

async function ping({ read }: Engine): Promise<void> {
  await sql`select 1`.execute(read);
}
