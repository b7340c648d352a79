/**
 * Whom a message was sent to, kept in the browser that asked for it: the page that says "check your e-mail" shows the address
 * and can send it again. Set whoever has the address, so that it says nothing about them.
 */
import { html, type Html } from './ui/html.ts';
import type { CookieChange, Visit } from './visit.ts';

/** What the message was for. */
type Purpose = 'sign-up' | 'reset' | 'change';

const SECONDS = 3600;

export const rememberSentTo = (purpose: Purpose, email: string): CookieChange => ({
  cookie: 'sent',
  value: `${purpose} ${email}`,
  maxAgeSeconds: SECONDS,
});

export const forgetSentTo: CookieChange = { cookie: 'sent', value: null };

/** `null` when this browser had none sent for that, or a while ago. */
export const sentToOf = ({ sentCookie }: Pick<Visit, 'sentCookie'>, purpose: Purpose) =>
  sentCookie?.startsWith(`${purpose} `) === true ? sentCookie.slice(purpose.length + 1) : null;

export const saySentTo = (email: string | null, otherwise: string): Html =>
  email === null ? html`${otherwise}` : html`<strong class="sent-to"><bdi>${email}</bdi></strong>`;
