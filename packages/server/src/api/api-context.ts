/** What the API is given. */
import type { Identity } from '../identity/identity.ts';
import type { Apps } from '../apps/apps.ts';
import type { SecretUsage } from '../apps/usage.ts';
import type { Checker } from '../checker/checker.ts';
import type { Config } from '../config/config.ts';
import type { DeveloperTokens } from '../developer-tokens/developer-tokens.ts';
import type { UsageRecorder } from '../developer-tokens/usage.ts';
import type { Consent } from '../consent/consent.ts';
import type { GrantUsage } from '../consent/usage.ts';
import type { SigningKeys } from '../keys/signing-keys.ts';
import type { Clock, Elapsed } from '../kit/clock.ts';
import type { FairShare } from '../limits/fair-share.ts';
import type { RefusedCredentials } from '../limits/refused-credentials.ts';
import type { Protocol } from '../oauth/protocol.ts';
import type { Catalogues } from '../catalogue/catalogues.ts';

export interface ApiContext {
  readonly checker: Checker;
  readonly accounts: Pick<Identity, 'reads'>;
  readonly tokens: DeveloperTokens;
  readonly usage: UsageRecorder;
  readonly authorization: {
    readonly apps: Apps;
    readonly consent: Consent;
    readonly protocol: Protocol;
    readonly grantUsage: GrantUsage;
    readonly secretUsage: SecretUsage;
    /** Ends one access token; `false` when there is none that lives. */
    endAccessToken(id: string): Promise<boolean>;
  };
  readonly signingKeys: Pick<SigningKeys, 'published'>;
  readonly fairShare: FairShare;
  readonly refusedCredentials: RefusedCredentials;
  readonly catalogues: Catalogues;
  readonly config: {
    readonly brand: Pick<Config['brand'], 'name' | 'docsUrl' | 'tokenPrefix'>;
    readonly server: Pick<Config['server'], 'baseUrl'>;
    readonly rateLimit: Config['rateLimit'];
  };
  /** Epoch seconds. */
  readonly clock: Clock;
  /** For rate limits. */
  readonly elapsed: Elapsed;
}
