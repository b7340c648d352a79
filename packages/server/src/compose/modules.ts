/**
 * Composition of everything below HTTP: storage, people, tokens, the checker and mail. The server and the command line
 * build the same modules, so that an act means the same wherever it comes from. Never listens.
 */
import { createIdentity, type Identity } from '../identity/identity.ts';
import { createPasswordHasher, type PasswordHasher } from '../identity/authentication/password.ts';
import { writeProof } from '../identity/authentication/proof.ts';
import type { ProofPurpose } from '../identity/types.ts';
import { followChanges, type Following } from '../changes/follow.ts';
import { createChangeReaders, type ChangeReaders } from '../changes/readers.ts';
import type { Checker } from '../checker/checker.ts';
import type { Unconfirmed } from '../checker/ports.ts';
import { createAuthorizationServer, type AuthorizationServer } from './authorization-server.ts';
import type { Config } from '../config/config.ts';
import { configuredCatalogue } from './configured-catalogue.ts';
import {
  countEvents,
  countSignIns,
  createCountedChecker,
  createCounts,
  type Counts,
} from './counts.ts';
import {
  createDeveloperTokens,
  type DeveloperTokens,
} from '../developer-tokens/developer-tokens.ts';
import { boundEvents } from './day-budget.ts';
import { createDroppedRows, type DroppedRows } from './dropped.ts';
import { createRefusedCredentials } from './refused-credentials.ts';
import { createUsageRecorder, type UsageRecorder } from '../developer-tokens/usage.ts';
import {
  elapsedMilliseconds,
  elapsedOn,
  isWithin,
  systemClock,
  type Clock,
  type Elapsed,
} from '../kit/clock.ts';
import { deriveKeys, type DerivedKeys } from '../keys/keys.ts';
import { createSigningKeys, type SigningKeys } from '../keys/signing-keys.ts';
import { FairShare, type ShareLimits } from '../limits/fair-share.ts';
import type { RefusedCredentials } from '../limits/refused-credentials.ts';
import { createRules, type Rules } from '../limits/rules.ts';
import { randomBytes } from '../kit/random.ts';
import { renderNotice, type RenderedNotice } from '../mail/messages.ts';
import type { Notice } from '../mail/ports.ts';
import { createCatalogues, type Catalogues } from '../catalogue/catalogues.ts';
import { opaqueTokens } from '../oauth/tokens/readers.ts';
import { openStorage, type Storage, type StorageOptions } from '../storage/storage.ts';

export interface Modules {
  readonly config: Config;
  readonly clock: Clock;
  readonly elapsed: Elapsed;
  readonly storage: Storage;
  readonly accounts: Identity;
  readonly tokens: DeveloperTokens;
  readonly checker: Checker;
  readonly usage: UsageRecorder;
  readonly authorization: AuthorizationServer;
  readonly catalogues: Catalogues;
  readonly passwords: PasswordHasher;
  readonly signingKeys: SigningKeys;
  /** What happened since the process started. */
  readonly counts: Counts;
  readonly dropped: DroppedRows;
  /** What is answered to a known user or client goes through it. */
  readonly fairShare: FairShare;
  /** How often something may be tried. */
  readonly rules: Rules;
  readonly refusedCredentials: RefusedCredentials;
  /** What hears of changes of access. */
  readonly readers: ChangeReaders;
  /** Brings them what other processes change. */
  readonly following: Following;
  readonly renderMail: (notice: Notice) => RenderedNotice;
  /** Hears that a message was committed; the courier listens. */
  readonly mail: { onCommitted: () => void };
  close(): Promise<void>;
}

export interface ModuleOptions {
  readonly config: Config;
  readonly clock?: Clock;
  /** For ages and limits in memory; without it what goes by on `clock`. */
  readonly elapsed?: Elapsed;
  /** Cheaper hashing for tests. */
  readonly passwords?: PasswordHasher;
  /** Applies pending migrations; `true` unless said otherwise. */
  readonly isMigrating?: boolean;
  /** What counts instead of the catalogue of the configuration. */
  readonly catalogues?: Catalogues;
  /** Called with host and port when the database has not answered for a second. */
  readonly onWaiting?: StorageOptions['onWaiting'];
}

export async function openModules(options: ModuleOptions): Promise<Modules> {
  const { config, clock = systemClock, isMigrating = true, onWaiting } = options;
  const { elapsed = clock === systemClock ? elapsedMilliseconds : elapsedOn(clock) } = options;
  const counts = createCounts();
  const { catalogues = createCatalogues(configuredCatalogue(config)) } = options;
  const readers = createChangeReaders();
  const opened = await openStorage({
    ...config.storage,
    catalogues,
    clock,
    onChanges(changes) {
      following.noteOwn(changes);
      readers.deliver(changes);
    },
    ...(onWaiting !== undefined && { onWaiting }),
  });
  const everyMilliseconds = config.storage.changesMilliseconds;
  const rules = createRules(config);
  const following = followChanges({ store: opened.changes, readers, everyMilliseconds });
  const bounded = boundEvents(opened, { rules, clock });
  const storage = countEvents(bounded, counts.events);
  if (isMigrating) await migrateOrClose(storage);
  const proofKeys = deriveKeys(config.masterSecrets, 'e-mail proof');
  const mail = { onCommitted: (): void => undefined };
  const passwords = options.passwords ?? createPasswordHasher({ randomBytes });
  const onMail = (): void => mail.onCommitted();
  const dropped = createDroppedRows(counts.dropped);
  const base = { config, clock, elapsed, storage, catalogues, passwords, counts, dropped, rules };
  const services = createServices({ ...base, proofKeys, onMail });
  readers.add(services.checker.reader);
  readers.add(services.authorization.reader);
  // Verdicts and clients are remembered with what the catalogue says of their scopes.
  catalogues.onReplaced(() => readers.dropEverything());
  return {
    ...base,
    ...services,
    readers,
    following,
    signingKeys: createSigningKeys({
      store: storage.signingKeys,
      keys: deriveKeys(config.masterSecrets, 'signing key'),
      clock,
      elapsed,
    }),
    usage: createUsageRecorder(storage.usage, undefined, (id) => dropped.note('token-use', id)),
    refusedCredentials: createRefusedCredentials(base),
    fairShare: new FairShare(shareLimitsOf(config), elapsedMilliseconds),
    renderMail: mailRenderer(config, catalogues, proofKeys),
    mail,
    async close() {
      await following.stop();
      await services.authorization.tokenEndpoint.firstUses.settled();
      await storage.close();
    },
  };
}

/** Connections that stay open would keep a process that has nothing to do. */
async function migrateOrClose(storage: Storage): Promise<void> {
  try {
    await storage.migrate();
  } catch (error) {
    await storage.close();
    throw error;
  }
}

/** Work on PostgreSQL holds connections, and half of them are always left to others. SQLite commits together what comes together. */
/** A page reads several things side by side, each by a connection of its own. */
function shareLimitsOf({ storage: { databaseUrl, poolSize, querySeconds } }: Config): ShareLimits {
  const share = (part: number): number => Math.max(1, Math.floor(poolSize / part));
  const isSqlite = databaseUrl === null;
  return {
    lanes: {
      read: isSqlite ? { alone: 64, amongOthers: 2 } : { alone: share(4), amongOthers: share(10) },
      write: isSqlite ? { alone: 64, amongOthers: 2 } : { alone: share(2), amongOthers: share(5) },
      check: { alone: Infinity, amongOthers: Infinity },
    },
    mostWaiting: 500,
    waitSeconds: querySeconds,
  };
}

type Services = Pick<Modules, 'accounts' | 'tokens' | 'checker' | 'authorization'>;

interface Foundation extends Pick<
  Modules,
  | 'config'
  | 'clock'
  | 'elapsed'
  | 'storage'
  | 'catalogues'
  | 'passwords'
  | 'counts'
  | 'dropped'
  | 'rules'
> {
  readonly proofKeys: DerivedKeys;
  readonly onMail: () => void;
}

/** The acts and the one yes or no. */
function createServices(foundation: Foundation): Services {
  const {
    config,
    clock,
    elapsed,
    storage,
    catalogues,
    passwords,
    counts,
    dropped,
    rules,
    proofKeys,
    onMail,
  } = foundation;
  const brand = config.brand.tokenPrefix;
  const source = storage.credentials;
  const readers = [opaqueTokens(brand)];
  const { retrySeconds } = config.oauth;
  const onUnconfirmed = (used: Unconfirmed): void => {
    // After that the refresh before it is no good anyway.
    if (isWithin(used.rotatedAt, retrySeconds, clock()))
      authorization.tokenEndpoint.firstUses.note(used);
  };
  const checker = createCountedChecker(
    { source, readers, catalogues, clock, elapsed, onUnconfirmed },
    counts,
  );
  const base = { storage, clock, randomBytes, onMail };
  const tokens = createDeveloperTokens({
    ...base,
    brand,
    catalogues,
    policy: config.tokens,
    onDropped: (batch, id) => dropped.note(batch, id),
  });
  const authorization = createAuthorizationServer({
    ...base,
    config,
    elapsed,
    catalogues,
    onDropped: (batch, id) => dropped.note(batch, id),
  });
  const accounts = createIdentity({
    ...base,
    passwords,
    policy: config,
    rules,
    brandName: config.brand.name,
    proofKeys,
    onDropped: (batch, id) => dropped.note(batch, id),
  });
  return { accounts: countSignIns(accounts, counts.signIns), tokens, checker, authorization };
}

const PROOF_PATHS: Readonly<Record<ProofPurpose, string>> = {
  'verify-email': '/verify-email',
  'reset-password': '/reset-password',
  'cancel-deletion': '/keep-account',
  'step-up': '/confirm/link',
  'change-email': '/confirm-email',
  'undo-email-change': '/undo-email-change',
};

function mailRenderer(config: Config, catalogues: Catalogues, proofKeys: DerivedKeys) {
  const context = {
    brandName: config.brand.name,
    baseUrl: config.server.baseUrl,
    accent: config.brand.accent,
    scopeDescription: (name: string): string => catalogues.current().get(name)?.description ?? name,
    proofLink: (purpose: ProofPurpose, proofId: string): string =>
      `${config.server.baseUrl}${PROOF_PATHS[purpose]}?proof=${writeProof(proofKeys, purpose, proofId)}`,
  };
  return (notice: Notice): RenderedNotice => renderNotice(notice, context);
}
