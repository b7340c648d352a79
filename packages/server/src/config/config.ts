/** The effective configuration: one frozen value, built once at start. Durations are in seconds, sizes in bytes. */
import type { MasterSecrets } from '../keys/keys.ts';
import type { Role } from '../identity/types.ts';
import type { ScopeDefinition } from '../catalogue/catalogue.ts';
import type { SmtpServer } from './smtp.ts';

export interface Config {
  readonly brand: {
    readonly name: string;
    /** First word of every credential. */
    readonly tokenPrefix: string;
    /** `#rrggbb`; checked for contrast at start. */
    readonly accent: string;
    readonly supportUrl: string | null;
    readonly docsUrl: string | null;
  };
  readonly server: {
    readonly host: string;
    readonly port: number;
    /** What users type, without a trailing slash: `https://developer.example.com`. */
    readonly baseUrl: string;
    /** Addresses and CIDR ranges whose X-Forwarded-* headers are believed. */
    readonly trustedProxies: readonly string[];
    readonly bodyLimitBytes: number;
    readonly requestTimeoutSeconds: number;
    readonly mostConnections: number;
    readonly mostConnectionsPerAddress: number;
    /** Between the signal to stop and the end of listening: `/readyz` says 503, and everything is answered. */
    readonly drainSeconds: number;
    readonly shutdownSeconds: number;
  };
  /** `null`: no metrics listener. */
  readonly metrics: { readonly host: string; readonly port: number } | null;
  readonly log: {
    readonly level: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'silent';
    readonly requests: boolean;
  };
  readonly storage: {
    readonly dataDirectory: string;
    /** A `postgres://` URL; `null`: SQLite in the data directory. Secret. */
    readonly databaseUrl: string | null;
    /** Room that is kept on the disk of SQLite for what ends access; 0: none. */
    readonly reserveBytes: number;
    /** How often what other processes changed of access is read. */
    readonly changesMilliseconds: number;
    /** For PostgreSQL. */
    readonly limits: {
      readonly schema: string;
      /** Most connections of this process. */
      readonly poolSize: number;
      readonly connectSeconds: number;
      /** For the answer to one statement. */
      readonly querySeconds: number;
      readonly lockSeconds: number;
      /** Life of a connection. */
      readonly connectionMinutes: number;
      readonly preparedStatements: 'auto' | 'never';
    };
  };
  /** From which every key of the installation is derived. */
  readonly masterSecrets: MasterSecrets;
  readonly signUp: {
    readonly mode: 'open' | 'domains' | 'closed';
    readonly domains: readonly string[];
  };
  readonly sessions: { readonly idleSeconds: number; readonly absoluteSeconds: number };
  readonly deletion: { readonly graceSeconds: number };
  /** Days for which what is over is kept. */
  readonly retention: {
    /** `null`: for good. */
    readonly eventsDays: number | null;
    readonly endedDays: number;
    readonly useDays: number;
    readonly mailDays: number;
    readonly browsersDays: number;
    readonly proofsDays: number;
    readonly familiesDays: number;
    readonly accessDays: number;
  };
  readonly attempts: {
    readonly windowSeconds: number;
    readonly perAccount: number;
    readonly perAddress: number;
  };
  readonly tokens: {
    /** Longest life of a token in days; `null`: no bound. */
    readonly longestLifeDays: number | null;
    readonly allowNever: boolean;
    readonly mostPerUser: number;
  };
  readonly apps: {
    /** Who may register OAuth apps. */
    readonly registration: 'everyone' | 'operators';
    readonly mostPerUser: number;
  };
  readonly oauth: {
    readonly accessSeconds: number;
    readonly refreshSeconds: number;
    /** However often it is refreshed, access ends after this long without the user. */
    readonly longestSeconds: number;
    /** How long an answered refresh may be repeated. */
    readonly retrySeconds: number;
  };
  readonly rateLimit: {
    readonly requests: number;
    readonly windowSeconds: number;
    /** Events that one person may leave in a day. */
    readonly changesPerDay: number;
    /** Wrong secrets, codes and tokens from one address or for one client; as many as `requests` when it is not set. */
    readonly failures?: number;
  };
  readonly mail: {
    readonly from: string;
    /** `smtp://user:password@host:port`; `null`: the development mailbox. Secret. */
    readonly smtpUrl: string | null;
    readonly smtpTls: 'required' | 'never';
    readonly smtpCaFile: string | null;
    readonly smtpName: string | null;
    /** What these come to; `null` without a URL. Secret. */
    readonly smtp: SmtpServer | null;
  };
  readonly scopes: readonly ScopeDefinition[];
  /** Named choices on the new-token page. */
  readonly presets: readonly { readonly name: string; readonly scopes: readonly string[] }[];
  /** The scopes each role may hold. */
  readonly roles: Readonly<Record<Role, readonly string[]>>;
}
