/** What the pages outside the tokens folder share: the frame of a signed-in page, fixed notices, words for limits. */
import type { Limited } from '../identity/context.ts';
import { text } from '../http/form.ts';
import { countOf } from '../kit/plural.ts';
import type { PortalContext } from './portal-context.ts';
import { PageRefusal, type PageAnswer, type SignedInVisit, type Visit } from './visit.ts';
import { html, type Child, type Html } from './ui/html.ts';
import { page, type Current, type Notice } from './ui/layout.ts';
import { callout } from './ui/parts.ts';

export interface PersonalPage {
  readonly title: string;
  readonly current: Current;
  readonly notice?: Notice | null;
  readonly body: Child;
}

export const personalPage = (
  context: PortalContext,
  { signedIn }: SignedInVisit,
  given: PersonalPage,
): Html => page({ ...given, brand: context.brand, user: signedIn.user, csrf: signedIn.csrf });

/** `?done=<code>` to a sentence of the program: what stands in the URL is never shown. */
export function noticeOf(
  query: Visit['query'],
  sentences: Readonly<Record<string, string>>,
): Notice | null {
  const code = text(query, 'done', { max: 100 });
  const sentence = Object.hasOwn(sentences, code) ? sentences[code] : undefined;
  return sentence === undefined ? null : { tone: 'good', text: sentence };
}

/** The same page again, with a word on when to come back. */
export const tooMany = ({ retryAfterSeconds }: Limited, html: Html): PageAnswer => ({
  kind: 'page',
  html,
  status: 429,
  retryAfterSeconds,
});

export function sayLimit({ retryAfterSeconds }: Limited): string {
  const minutes = Math.ceil(retryAfterSeconds / 60);
  return `Too many attempts. Try again in ${countOf(minutes, 'minute')}.`;
}

export const refuseLimited = (limited: Limited): PageRefusal =>
  new PageRefusal(429, sayLimit(limited), limited.retryAfterSeconds);

/** Where messages land while there is no SMTP server; nothing in production. */
export const mailboxHint = (context: PortalContext): Html | null =>
  context.mail.mailbox === null
    ? null
    : callout(
        'quiet',
        html`This server sends no e-mail yet. Your message is in the
          <a href="/dev/mailbox">development mailbox</a>.`,
      );
