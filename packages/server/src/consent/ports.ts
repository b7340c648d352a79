/** What the consent module needs from storage and mail. Implemented by `storage/`. */
import type { Transactions } from '../kit/urgency.ts';
import type { Outbox, UserStore } from '../identity/ports.ts';
import type { EventLog } from '../audit/event.ts';
import type { PageOf, PageRequest } from '../kit/page.ts';
import type { ResourceIds } from '../catalogue/resources.ts';
import type { AppScopes } from '../oauth/clients/scope-history.ts';
import type { Connection, Grant } from './types.ts';

/** What a calling token covers: grants in an account whose scopes it covers. */
export interface GrantsWithin {
  readonly accountId: string;
  readonly covers: (scopes: readonly string[]) => boolean;
}

export interface ConnectionFilter {
  readonly id?: string;
  readonly userId?: string;
  readonly clientId?: string;
  /** Only grants of the user that a calling token covers. */
  readonly within?: GrantsWithin;
  /** Calls are counted from this day on (days since 1970-01-01 UTC). */
  readonly sinceDay: number;
}

export interface GrantStore {
  /** The live grant of a user to a client in an account, also while it is still to end because the client was deleted. */
  find(key: { userId: string; clientId: string; accountId: string }): Promise<Grant | null>;
  /** The same in several accounts at once, by the account. */
  findIn(key: {
    userId: string;
    clientId: string;
    accountIds: readonly string[];
  }): Promise<ReadonlyMap<string, Grant>>;
  /** Revoked ones included. */
  byId(id: string): Promise<Grant | null>;
  insert(grant: Grant): Promise<void>;
  /** Replaces what is allowed while the grant lives; `false` otherwise. */
  setScopes(
    id: string,
    scopes: {
      granted: readonly string[];
      declined: readonly string[];
      resources: ResourceIds;
      /** Of the app's scopes. */
      appRevision: number;
    },
    now: number,
  ): Promise<boolean>;
  /** Takes scopes out of everything that was issued under a grant: unused codes, families and access tokens. */
  narrow(id: string, scopes: readonly string[]): Promise<void>;
  /** What an app may ask for now; `null` when it was deleted. */
  scopesOfApp(clientId: string): Promise<AppScopes | null>;
  /** Ends consent, families and unused codes in one go; `false` when it was over before. */
  revoke(id: string, now: number): Promise<boolean>;
  /** Live grants, most recently allowed first. */
  connections(filter: ConnectionFilter, page: PageRequest): Promise<PageOf<Connection>>;
  /** Adds calls and moves last-used forward, never back. Unknown ids are skipped. */
  recordUse(uses: readonly GrantUse[]): Promise<void>;
  purgeUse(beforeDay: number): Promise<number>;
}

export interface GrantUse {
  readonly grantId: string;
  readonly day: number;
  readonly calls: number;
  readonly lastUsedAt: number;
}

export type ConsentNotice = {
  readonly kind: 'app-authorised';
  readonly to: string;
  readonly name: string;
  readonly appName: string;
  readonly place: string;
  readonly scopes: readonly string[];
  /** More was allowed to an app that was connected before. */
  readonly isExtension: boolean;
  readonly isPersistent: boolean;
  readonly at: number;
  readonly address: string | null;
};

export interface ConsentStores {
  readonly users: UserStore;
  readonly grants: GrantStore;
  readonly events: EventLog;
  readonly outbox: Outbox<ConsentNotice>;
}

export interface ConsentStorage extends ConsentStores, Transactions<ConsentStores> {}
