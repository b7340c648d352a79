/** Messages about a change of somebody's e-mail address. */
import type { AccountNotice } from '../identity/ports.ts';
import { addressFact, button, facts, link, words } from './letter.ts';
import type { Letter, MailContext } from './letter.ts';
import { utc } from './plain.ts';
import type { WithoutTyped } from './typed.ts';

type Kind =
  'change-email' | 'address-wanted' | 'sign-up-again' | 'email-changed' | 'email-change-undone';
type Of<One extends Kind> = Extract<WithoutTyped<AccountNotice>, { kind: One }>;

export function addressLetter(notice: Of<Kind>, context: MailContext): Letter {
  switch (notice.kind) {
    case 'change-email':
      return changeEmail(notice, context);
    case 'address-wanted':
      return addressWanted(context);
    case 'sign-up-again':
      return signUpAgain(context);
    case 'email-changed':
      return emailChanged(notice, context);
    case 'email-change-undone':
      return emailChangeUndone(notice);
  }
}

/** Its reader may be a stranger: nothing here tells whose account it is. */
function changeEmail({ proofId }: Of<'change-email'>, context: MailContext): Letter {
  return {
    name: null,
    parts: [
      words(
        `Somebody, probably you, wants to use this address for an account at ${context.brandName}. Please confirm that it is yours:`,
      ),
      button('Confirm this address', context.proofLink('change-email', proofId)),
      words(
        'The link works once, for 24 hours. Until then the account keeps the address that it has.',
      ),
      words('If this was not you, ignore this message: nothing is changed.'),
    ],
  };
}

function addressWanted(context: MailContext): Letter {
  return {
    name: null,
    parts: [
      words(
        `Somebody wanted to change the address of an account at ${context.brandName} to this one.`,
      ),
      words(
        'Nothing was changed: the address belongs to another account, or did until a few days ago.',
      ),
      words(
        'If it was you, sign in to the account that has this address, or choose a new password for it:',
      ),
      link('Sign in', `${context.baseUrl}/sign-in`),
      link('Choose a new password', `${context.baseUrl}/forgot-password`),
      words('If it was not you, there is nothing to do.'),
    ],
  };
}

function signUpAgain(context: MailContext): Letter {
  return {
    name: null,
    parts: [
      words(
        `Somebody, probably you, wanted to finish a sign-up at ${context.brandName} with this address. There is no sign-up to finish, or its link has ended.`,
      ),
      words('If it was you, sign up again with this address:'),
      link('Sign up', `${context.baseUrl}/sign-up`),
      words('If it was not you, there is nothing to do.'),
    ],
  };
}

function emailChanged(notice: Of<'email-changed'>, context: MailContext): Letter {
  const { at, address, proofId } = notice;
  const happened = facts([['When', utc(at)], ...addressFact(address)]);
  if (proofId === null) {
    return {
      name: null,
      parts: [
        words(
          `An operator of ${context.brandName} changed the address of your account. It no longer uses this one.`,
        ),
        happened,
        words('If you did not ask for this, ask your operator.'),
      ],
    };
  }
  return {
    name: null,
    parts: [
      words('The address of your account was changed. It no longer uses this one.'),
      happened,
      words('If this was you, there is nothing to do.'),
      words(
        'If this was not you, take the address back within 7 days. That signs every browser out, ends the password and lets you choose a new one.',
      ),
      button('Take this address back', context.proofLink('undo-email-change', proofId)),
    ],
  };
}

function emailChangeUndone(notice: Of<'email-change-undone'>): Letter {
  return {
    name: null,
    parts: [
      words(
        'Somebody who reads the mail of the address that the account had before took the change back. That signed every browser out and ended the password. The account no longer uses this address.',
      ),
      facts([['When', utc(notice.at)], ...addressFact(notice.address)]),
      words('If this was not you, ask whoever runs this service.'),
    ],
  };
}
