/** Messages about somebody's account: proving an address, passwords, sign-ins. */
import type { AccountNotice } from '../identity/ports.ts';
import { addressLetter } from './address-messages.ts';
import { addressFact, button, facts, link, words } from './letter.ts';
import type { Letter, MailContext } from './letter.ts';
import { deletionLetter } from './deletion-messages.ts';
import { utc } from './plain.ts';
import type { WithoutTyped } from './typed.ts';

/** Anybody can sign up with somebody else's address: nothing that was typed goes there, not even a name. */
type Told = WithoutTyped<AccountNotice>;
type Of<Kind extends Told['kind']> = Extract<Told, { kind: Kind }>;

const FORGOT_PASSWORD = '/forgot-password';
const NOTHING_TO_DO = 'If this was not you, there is nothing to do: nothing has changed.';

export function accountLetter(notice: Told, context: MailContext): Letter {
  switch (notice.kind) {
    case 'verify-email':
      return verifyEmail(notice, context);
    case 'address-in-use':
      return addressInUse(context);
    case 'reset-password':
      return resetPassword(notice, context);
    case 'no-such-account':
      return noSuchAccount(context);
    case 'confirm-identity':
      return confirmIdentity(notice, context);
    case 'deletion-requested':
    case 'deletion-cancelled':
    case 'deletion-done':
    case 'account-handed-over':
      return deletionLetter(notice, context);
    case 'change-email':
    case 'address-wanted':
    case 'sign-up-again':
    case 'email-changed':
    case 'email-change-undone':
      return addressLetter(notice, context);
    case 'password-changed':
      return passwordChanged(notice, context);
    case 'new-sign-in':
      return newSignIn(notice, context);
    case 'access-returned':
      return accessReturned(notice, context);
  }
}

function verifyEmail({ proofId }: Of<'verify-email'>, context: MailContext): Letter {
  const href = context.proofLink('verify-email', proofId);
  return {
    name: null,
    parts: [
      words('Please confirm that this address is yours. You can then create tokens.'),
      button('Confirm this address', href),
      words('The link works once, for 24 hours.'),
      words(
        `If you did not sign up for ${context.brandName}, ignore this message: the address stays unconfirmed.`,
      ),
    ],
  };
}

function addressInUse(context: MailContext): Letter {
  return {
    name: null,
    parts: [
      words(`Somebody tried to sign up for ${context.brandName} with this address.`),
      words('You already have an account. Sign in, or choose a new password if you forgot yours.'),
      button('Sign in', `${context.baseUrl}/sign-in`),
      link('Choose a new password', context.baseUrl + FORGOT_PASSWORD),
      words(NOTHING_TO_DO),
    ],
  };
}

function resetPassword({ proofId }: Of<'reset-password'>, context: MailContext): Letter {
  const href = context.proofLink('reset-password', proofId);
  return {
    name: null,
    parts: [
      words(
        `Somebody, probably you, asked for a new password at ${context.brandName}. Choose it here:`,
      ),
      button('Choose a new password', href),
      words('The link works once, for one hour.'),
      words('If this was not you, ignore this message: your password stays as it is.'),
    ],
  };
}

function noSuchAccount(context: MailContext): Letter {
  return {
    name: null,
    parts: [
      words(
        `Somebody, probably you, asked for a new password at ${context.brandName}, but no account has this address.`,
      ),
      words('If it was you: perhaps you signed up with another address.'),
      link('Sign up', `${context.baseUrl}/sign-up`),
      words('If it was not you, there is nothing to do.'),
    ],
  };
}

function confirmIdentity({ proofId }: Of<'confirm-identity'>, context: MailContext): Letter {
  return {
    name: null,
    parts: [
      words('Open this link in the browser in which you asked for it, then go on where you were.'),
      button('Confirm that it is you', context.proofLink('step-up', proofId)),
      words('The link works once, for 15 minutes, and in that browser alone.'),
      words(
        'If this was not you, somebody uses a browser in which you are signed in. Sign it out and change your password:',
      ),
      link('Open your account', `${context.baseUrl}/account`),
    ],
  };
}

function passwordChanged(notice: Of<'password-changed'>, context: MailContext): Letter {
  return {
    name: null,
    parts: [
      words(`The password of your ${context.brandName} account was changed.`),
      facts([['When', utc(notice.at)], ...addressFact(notice.address)]),
      words(
        'If this was not you, choose a new password at once: it signs everybody out. Then look through your tokens.',
      ),
      button('Choose a new password', context.baseUrl + FORGOT_PASSWORD),
      link('Your tokens', `${context.baseUrl}/tokens`),
    ],
  };
}

function newSignIn(notice: Of<'new-sign-in'>, context: MailContext): Letter {
  return {
    name: null,
    parts: [
      words('Your account was signed in to from a browser that we have not seen before.'),
      facts([['When', utc(notice.at)], ...addressFact(notice.address)]),
      words('If this was you, there is nothing to do.'),
      words(
        'If this was not you, sign out everywhere and change your password on your account page.',
      ),
      button('Open your account', `${context.baseUrl}/account`),
    ],
  };
}

const CAUSES = {
  suspension: 'The suspension of your account was lifted.',
  membership: 'Your membership of an account was given back.',
} as const;

function accessReturned(notice: Of<'access-returned'>, context: MailContext): Letter {
  const { tokens, services, grants } = notice;
  return {
    name: null,
    parts: [
      words(CAUSES[notice.cause]),
      words(
        notice.earlier === 'end'
          ? 'What programs could do for you before was ended for good:'
          : 'What programs could do for you before works again:',
      ),
      facts([
        ['Tokens', String(tokens)],
        ['Services', String(services)],
        ['Connected apps', String(grants)],
        ['When', utc(notice.at)],
      ]),
      words(
        notice.earlier === 'end'
          ? 'Create new tokens and client secrets for what you still need.'
          : 'Look through them, and end what you no longer need.',
      ),
      button('Your tokens', `${context.baseUrl}/tokens`),
      link('Your connected apps', `${context.baseUrl}/connections`),
    ],
  };
}
