/**
 * The mail module: the messages, the courier that delivers them through SMTP, and the development mailbox.
 * Depends on the notices' types of other modules and on the outbox port. Never writes a secret into a message but the
 * link of an e-mailed proof, which is made when the message is sent and stored nowhere.
 */
import { UNREADABLE } from '../kit/unreadable.ts';
import { accountLetter } from './account-messages.ts';
import { appLetter } from './app-messages.ts';
import { consentLetter } from './consent-messages.ts';
import { subjectOf } from './subjects.ts';
import {
  renderLetter,
  words,
  type Letter,
  type MailContext,
  type RenderedNotice,
} from './letter.ts';
import type { Notice } from './ports.ts';
import { tokenLetter } from './token-messages.ts';

export type { MailContext, RenderedNotice } from './letter.ts';

export function renderNotice(notice: Notice, context: MailContext): RenderedNotice {
  return renderLetter(letterOf(notice, context), {
    ...context,
    subject: subjectOf(notice, context),
  });
}

function letterOf(notice: Notice, context: MailContext): Letter {
  switch (notice.kind) {
    case 'unreadable':
      return { name: null, parts: [words(UNREADABLE)] };
    case 'verify-email':
    case 'address-in-use':
    case 'change-email':
    case 'address-wanted':
    case 'sign-up-again':
    case 'email-changed':
    case 'email-change-undone':
    case 'reset-password':
    case 'no-such-account':
    case 'deletion-requested':
    case 'deletion-cancelled':
    case 'deletion-done':
    case 'account-handed-over':
    case 'password-changed':
    case 'new-sign-in':
    case 'access-returned':
    case 'confirm-identity':
      return accountLetter(notice, context);
    case 'app-transferred':
    case 'app-offered':
    case 'app-offer-made':
    case 'app-offer-declined':
      return appLetter(notice, context);
    case 'app-authorised':
      return consentLetter(notice, context);
    case 'token-created':
    case 'token-expires':
    case 'token-revoked':
    case 'token-exposed':
      return tokenLetter(notice, context);
  }
}
