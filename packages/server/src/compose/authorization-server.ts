/**
 * Composition of OAuth: the protocol core, apps and consent over storage, clock and keys. The server and the command line
 * build the same. Never listens.
 */
import { isOpenTo } from '../identity/accounts/address.ts';
import { createApps, type Apps } from '../apps/apps.ts';
import { createClientDirectory } from '../apps/directory.ts';
import { createSecretUsage, type SecretUsage } from '../apps/usage.ts';
import type { ChangeReader } from '../changes/readers.ts';
import type { Config } from '../config/config.ts';
import { incidentLog } from './incidents.ts';
import { createConsent, type Consent } from '../consent/consent.ts';
import type { ConsentActor } from '../consent/context.ts';
import { createGrantUsage, type GrantUsage } from '../consent/usage.ts';
import type { Clock, Elapsed } from '../kit/clock.ts';
import { deriveKeys } from '../keys/keys.ts';
import { randomBytes } from '../kit/random.ts';
import {
  createAnswers,
  type Answers,
  type AnswerStores,
  type Approval,
} from '../oauth/authorize/answers.ts';
import type { IncidentLog, TokenEndpoint } from '../oauth/grants/grant-type.ts';
import type { OAuthStores } from '../oauth/ports.ts';
import { createProtocol, type Protocol } from '../oauth/protocol.ts';
import { createFirstUses } from '../oauth/tokens/first-use.ts';
import type { Catalogues } from '../catalogue/catalogues.ts';
import type { Storage, Stores } from '../storage/storage.ts';

export interface AuthorizationServer {
  readonly apps: Apps;
  readonly consent: Consent;
  /** To authorization requests. */
  readonly answers: Answers<ConsentActor>;
  readonly tokenEndpoint: TokenEndpoint;
  /** The same as acts, without its storage. */
  readonly protocol: Protocol;
  readonly grantUsage: GrantUsage;
  readonly secretUsage: SecretUsage;
  /** Of what is remembered of clients. */
  readonly reader: ChangeReader;
  /** Ends one access token; `false` when there is none that lives. */
  endAccessToken(id: string): Promise<boolean>;
}

export interface AuthorizationServerOptions {
  readonly config: Config;
  readonly storage: Storage;
  readonly clock: Clock;
  readonly elapsed: Elapsed;
  readonly catalogues: Catalogues;
  /** The database refuses an entry of a batch for good. */
  readonly onDropped: (batch: 'grant-use' | 'secret-use', id: string) => void;
  readonly onMail: () => void;
}

/** RFC 6749 section 4.1.2 allows ten minutes; a redirect takes seconds. */
const CODE_SECONDS = 60;

export function createAuthorizationServer(
  options: AuthorizationServerOptions,
): AuthorizationServer {
  const { config, storage, clock, catalogues, onMail } = options;
  const brand = config.brand.tokenPrefix;
  const clients = createClientDirectory(storage.clients, options.elapsed);
  const base = { storage, clock, randomBytes, brand, onMail };
  const apps = createApps({
    ...base,
    catalogues,
    policy: config.apps,
    maySignUp: (email) => isOpenTo(config.signUp, email),
    brandName: config.brand.name,
    lifetimes: config.oauth,
  });
  const consent = createConsent({ storage, clock });
  const answers = createAnswers<ConsentActor>({
    ...base,
    codeSeconds: CODE_SECONDS,
    storage: {
      interactions: storage.interactions,
      transaction: (work) => storage.transaction((stores) => work(withSettler(stores, consent))),
    },
  });
  const firstUses = createFirstUses(storage.families);
  const tokenEndpoint: TokenEndpoint = {
    authenticator: { clients, brand },
    firstUses,
    storage: {
      ...storage,
      clients,
      transaction: (work, options) =>
        storage.transaction((stores) => work(withIncidents(stores, clock)), options),
    },
    issuer: {
      brand,
      randomBytes,
      keys: deriveKeys(config.masterSecrets, 'refresh token'),
      accessSeconds: config.oauth.accessSeconds,
      refreshSeconds: config.oauth.refreshSeconds,
      familySeconds: config.oauth.longestSeconds,
      retrySeconds: config.oauth.retrySeconds,
    },
    catalogues,
    randomBytes,
  };
  return {
    apps,
    consent,
    answers,
    tokenEndpoint,
    protocol: createProtocol(tokenEndpoint),
    grantUsage: createGrantUsage(storage.grants, (id) => options.onDropped('grant-use', id)),
    secretUsage: createSecretUsage(storage.secrets, (id) => options.onDropped('secret-use', id)),
    reader: clients.reader,
    endAccessToken: (id) => storage.accessTokens.revoke(id, clock()),
  };
}

const withIncidents = (
  stores: Stores,
  clock: Clock,
): OAuthStores & { readonly incidents: IncidentLog } => ({
  ...stores,
  incidents: incidentLog(stores, clock),
});

const withSettler = (stores: Stores, consent: Consent): AnswerStores<ConsentActor> => {
  const { users, codes, interactions } = stores;
  const grants = {
    settle: (approval: Approval, actor: ConsentActor) =>
      consent.settle(stores, { approval, actor }),
  };
  return { users, codes, interactions, grants };
};
