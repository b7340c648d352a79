/** What every page is given. */
import type { DerivedKeys } from '../keys/keys.ts';
import type { Identity } from '../identity/identity.ts';
import type { Visitor } from '../identity/context.ts';
import type { Session, User } from '../identity/types.ts';
import type { Apps } from '../apps/apps.ts';
import type { Catalogues } from '../catalogue/catalogues.ts';
import type { SecretUsage } from '../apps/usage.ts';
import type { Checker } from '../checker/checker.ts';
import type { Consent } from '../consent/consent.ts';
import type { ConsentActor } from '../consent/context.ts';
import type { GrantUsage } from '../consent/usage.ts';
import type { DeveloperTokens } from '../developer-tokens/developer-tokens.ts';
import type { UsageRecorder } from '../developer-tokens/usage.ts';
import type { Clock, Elapsed } from '../kit/clock.ts';
import type { Answers } from '../oauth/authorize/answers.ts';
import type { FairShare } from '../limits/fair-share.ts';
import type { AuthorizeContext } from '../oauth/authorize/request.ts';
import type { PageOf, PageRequest } from '../kit/page.ts';
import type { Access } from '../http/route.ts';
import type { StepUp } from './step-up.ts';
import type { Answer, Controller, SignedInController, Visit } from './visit.ts';

export interface Brand {
  readonly name: string;
  readonly tokenPrefix: string;
  /** `#rrggbb`. */
  readonly accent: string;
  readonly supportUrl: string | null;
  readonly docsUrl: string | null;
}

/** What the operator sees of the outbox, and the development mailbox when there is no SMTP server. */
export interface MailDesk {
  /** `null` unless no SMTP server is configured and people reach the server on loopback alone. */
  readonly mailbox: {
    list(
      page: PageRequest,
    ): Promise<PageOf<{ id: string; to: string; subject: string; createdAt: number }>>;
    read(id: string): Promise<{
      to: string;
      subject: string;
      text: string;
      html: string;
      createdAt: number;
    } | null>;
  } | null;
  /** Why no message goes out, and how many wait for that; `null` while nothing is known against it. */
  standstill(): Promise<{ waiting: number; reason: string | null } | null>;
  /** Messages that could not be delivered yet or at all. */
  troubles(page: PageRequest): Promise<
    PageOf<{
      id: string;
      kind: string;
      to: string;
      createdAt: number;
      attempts: number;
      nextAttemptAt: number;
      failedAt: number | null;
      lastError: string | null;
      canRetry: boolean;
    }>
  >;
  retry(id: string): Promise<boolean>;
}

export interface PortalContext {
  readonly accounts: Identity;
  readonly tokens: DeveloperTokens;
  /** Of this process, so that who has just made a call sees it. */
  readonly usage: Pick<UsageRecorder, 'settle'>;
  readonly grantUsage: Pick<GrantUsage, 'settle'>;
  readonly secretUsage: Pick<SecretUsage, 'settle'>;
  readonly checker: Checker;
  readonly apps: Apps;
  readonly consent: Consent;
  /** To authorization requests. */
  readonly answers: Answers<ConsentActor>;
  /** How authorization requests are read. */
  readonly authorize: AuthorizeContext;
  /** How often one user, or one address of strangers, may come from an app. */
  readonly rateLimit: { readonly requests: number; readonly windowSeconds: number };
  /** Ties what a page shows to what its form sends. */
  readonly ticketKeys: DerivedKeys;
  /** Seals forms that are kept for a while. */
  readonly formKeys: DerivedKeys;
  readonly csrfKeys: DerivedKeys;
  readonly fairShare: FairShare;
  /** It grows with the catalogue. */
  readonly bodyLimitBytes: () => number;
  readonly mail: MailDesk;
  readonly brand: Brand;
  /** Without a trailing slash. */
  readonly baseUrl: string;
  readonly signUpMode: 'open' | 'domains' | 'closed';
  /** How long the session cookie lives: the absolute limit of a session. */
  readonly sessionSeconds: number;
  readonly catalogues: Catalogues;
  readonly clock: Clock;
  /** For rate limits. */
  readonly elapsed: Elapsed;
  /** Epoch milliseconds, for what is too short for the clock. */
  readonly milliseconds: () => number;
  /** `GET /v2/me` as the API would answer for this credential: status and JSON text. For "Test it now" without script. */
  readonly askApi: (
    credential: string,
    caller: Pick<Visitor, 'address' | 'agent'>,
  ) => Promise<{ status: number; body: string }>;
}

/** The same, for pages on which a session begins. */
export interface EntryContext extends PortalContext {
  /** Goes on with the form that the visit keeps; `null` when it keeps none. */
  readonly afterSignIn: (
    visit: Visit,
    begun: { readonly user: User; readonly session: Session },
  ) => Answer | null;
}

/** One line of the portal's part of the route table. */
export type PortalRoute = PublicRoute | PersonalPage | PersonalForm;

export interface PublicRoute {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly access: Extract<Access, { kind: 'public' }>;
  /** A page that other sites send people to by design, and that may note where they were going. */
  readonly isEntrance?: true;
  readonly controller: Controller;
  /** Where it may be larger than what `server.body_limit_bytes` says. */
  readonly bodyLimitBytes?: () => number;
}

interface Personal {
  readonly path: string;
  readonly access: Extract<Access, { kind: 'session' | 'operator' }>;
  readonly isEntrance?: never;
  readonly controller: SignedInController;
}

export interface PersonalPage extends Personal {
  readonly method: 'GET';
}

export interface PersonalForm extends Personal {
  readonly method: 'POST';
  /** What sending it does, as its button says: "Create a token". Shown where the form is kept for a while. */
  readonly act: string;
  /** Whether the password is asked for again. Never a default: every form decides. */
  readonly stepUp: StepUp;
  /** Its form is answered with an address outside of this site, which a page of ours may not send a form to. */
  readonly leadsAway?: true;
  /** What it does has come true when the session is over. */
  readonly endsSession?: true;
  /** Where it may be larger than what `server.body_limit_bytes` says. */
  readonly bodyLimitBytes?: () => number;
}
