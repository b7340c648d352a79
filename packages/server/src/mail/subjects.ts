/** The subject of every message. Its type has nothing that people typed, so that no subject can say it. */
import type { AppNotice } from '../apps/ports.ts';
import { countOf } from '../kit/plural.ts';
import { UNREADABLE } from '../kit/unreadable.ts';
import type { MailContext } from './letter.ts';
import type { Notice } from './ports.ts';
import type { WithoutTyped } from './typed.ts';

export function subjectOf(
  notice: WithoutTyped<Notice>,
  { brandName }: Pick<MailContext, 'brandName'>,
): string {
  switch (notice.kind) {
    case 'unreadable':
      return UNREADABLE;
    case 'verify-email':
      return `Confirm your e-mail address for ${brandName}`;
    case 'address-in-use':
      return `You already have an account at ${brandName}`;
    case 'reset-password':
      return `Choose a new password for ${brandName}`;
    case 'no-such-account':
      return `No account at ${brandName} with this address`;
    case 'confirm-identity':
      return `Confirm that it is you at ${brandName}`;
    case 'change-email':
      return `Confirm your new e-mail address for ${brandName}`;
    case 'address-wanted':
      return `Somebody wanted to use your address at ${brandName}`;
    case 'sign-up-again':
      return `Sign up again at ${brandName}`;
    case 'email-changed':
      return `Your ${brandName} account has another e-mail address`;
    case 'email-change-undone':
      return `The change of your ${brandName} address was undone`;
    case 'password-changed':
      return `Your ${brandName} password was changed`;
    case 'new-sign-in':
      return `New sign-in to ${brandName}`;
    case 'access-returned':
      return `Your access to ${brandName} was given back`;
    case 'deletion-requested':
      return `Your ${brandName} account will be deleted`;
    case 'deletion-cancelled':
      return `Your ${brandName} account is kept`;
    case 'deletion-done':
      return `Your ${brandName} account is deleted`;
    case 'account-handed-over':
      return `You own another account at ${brandName}`;
    case 'app-transferred':
    case 'app-offered':
    case 'app-offer-made':
    case 'app-offer-declined':
      return subjectAboutApp(notice, brandName);
    case 'app-authorised':
      return notice.isExtension
        ? `You allowed an app more at ${brandName}`
        : `You connected an app to ${brandName}`;
    case 'token-created':
      return `New ${brandName} token`;
    case 'token-expires':
      return `One of your ${brandName} tokens expires within ${countOf(notice.days, 'day')}`;
    case 'token-revoked':
      return `One of your ${brandName} tokens was revoked`;
    case 'token-exposed':
      return `One of your ${brandName} tokens was found in public`;
  }
}

function subjectAboutApp(notice: WithoutTyped<AppNotice>, brandName: string): string {
  switch (notice.kind) {
    case 'app-transferred':
      return notice.isNewOwner
        ? `You own another app at ${brandName}`
        : `An app of yours at ${brandName} has a new owner`;
    case 'app-offered':
      return `Somebody offers you an app at ${brandName}`;
    case 'app-offer-made':
      return `You offered an app of yours at ${brandName}`;
    case 'app-offer-declined':
      return `Your offer of an app at ${brandName} was declined`;
  }
}
