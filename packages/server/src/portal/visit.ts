/**
 * What a controller of the portal is given and what it answers. Controllers never touch the request, the reply or a
 * header: one door (`door.ts`) turns visits into answers, so that no page can forget a cookie flag or the CSRF check.
 */
import type { Visitor } from '../identity/context.ts';
import type { Session, User } from '../identity/types.ts';
import type { Origin } from '../audit/event.ts';
import { Refusal } from '../http/failure.ts';
import type { Html } from './ui/html.ts';

export interface Visit {
  readonly params: Readonly<Record<string, string>>;
  /** Parsed query string; repeated keys are arrays. Read it with `http/form.ts`. */
  readonly query: Readonly<Record<string, unknown>>;
  /** Parsed form body; repeated fields are arrays. Read it with `http/form.ts`. */
  readonly form: Readonly<Record<string, unknown>>;
  readonly visitor: Visitor;
  readonly requestId: string;
  /** What the sender calls this server: `localhost`, without the port. The sender's word, never to be put into a link. */
  readonly host: string;
  /** The cookie that signing up gave this browser. */
  readonly browserToken: string | null;
  /** Whom this browser had a message sent to. Read it with `sent-to.ts`. */
  readonly sentCookie: string | null;
  /** The query string as it was sent, without the question mark. */
  readonly search: string;
  /** Where to go after signing in: a path of this site, checked. */
  readonly returnTo: string;
  /** Where this browser wanted to go before it signed up or recovered. Read it with `authorize/return-path.ts`. */
  readonly returnCookie: ReturnCookie;
  /** Whether this request may leave something in the browser or the database. False for a page that another site asked for. */
  readonly mayPlant: boolean;
  /** The session, when somebody is signed in; pages that require one are typed as `SignedInVisit`. */
  readonly signedIn: SignedIn | null;
}

/** A checked path of this site, `/` when nowhere; or the handle of a longer one. */
export type ReturnCookie =
  | { readonly kind: 'path'; readonly path: string }
  | { readonly kind: 'handle'; readonly handle: string };

export interface SignedIn {
  readonly user: User;
  readonly session: Session;
  /** Goes into the hidden field `csrf` of every form. */
  readonly csrf: string;
  readonly origin: Origin;
}

export interface SignedInVisit extends Visit {
  readonly signedIn: SignedIn;
}

export type PageCookie = 'session' | 'device' | 'browser' | 'return' | 'sent';

export type CookieChange =
  | {
      readonly cookie: PageCookie;
      readonly value: string;
      readonly maxAgeSeconds: number;
    }
  | { readonly cookie: PageCookie; readonly value: null };

export interface PageAnswer {
  readonly kind: 'page';
  readonly html: Html;
  /** 200 unless said otherwise. */
  readonly status?: number;
  readonly retryAfterSeconds?: number;
  readonly cookies?: readonly CookieChange[];
  /** Other places to which a form of the page may lead, redirects included: CSP source expressions. */
  readonly formTargets?: readonly string[];
}

export type Answer =
  | PageAnswer
  /** A file to keep, made while it is sent. */
  | {
      readonly kind: 'download';
      readonly filename: string;
      readonly type: string;
      readonly body: AsyncIterable<string>;
      readonly cookies?: readonly CookieChange[];
    }
  | { readonly kind: 'redirect'; readonly to: string; readonly cookies?: readonly CookieChange[] };

export type Controller = (visit: Visit) => Promise<Answer> | Answer;
export type SignedInController = (visit: SignedInVisit) => Promise<Answer> | Answer;

export const show = (html: Html, status = 200): PageAnswer => ({ kind: 'page', html, status });
export const showUntil = (html: Html, retryAfterSeconds: number): Answer => ({
  kind: 'page',
  html,
  status: 429,
  retryAfterSeconds,
});
/** 303: the browser follows with GET, so a reload repeats nothing. */
export const redirect = (to: string, cookies: readonly CookieChange[] = []): Answer => ({
  kind: 'redirect',
  to,
  cookies,
});

/** Ends the request with the error page of a status. Caught in one place. */
export class PageRefusal extends Refusal {
  constructor(statusCode: number, message: string, retryAfterSeconds: number | null = null) {
    super({
      statusCode,
      code: 'page_refused',
      message,
      ...(retryAfterSeconds !== null && { retryAfterSeconds }),
    });
  }
}
