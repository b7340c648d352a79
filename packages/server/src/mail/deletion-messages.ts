/** Messages about the deletion of a person, and to whoever takes over an account. */
import type { AccountNotice } from '../identity/ports.ts';
import { button, facts, link, words } from './letter.ts';
import type { Letter, MailContext } from './letter.ts';
import { utc } from './plain.ts';
import type { WithoutTyped } from './typed.ts';

type Told = WithoutTyped<AccountNotice>;
type Of<Kind extends Told['kind']> = Extract<Told, { kind: Kind }>;
type DeletionNotice = Of<
  'deletion-requested' | 'deletion-cancelled' | 'deletion-done' | 'account-handed-over'
>;

export function deletionLetter(notice: DeletionNotice, context: MailContext): Letter {
  switch (notice.kind) {
    case 'deletion-requested':
      return requested(notice, context);
    case 'deletion-cancelled':
      return cancelled(context);
    case 'deletion-done':
      return done();
    case 'account-handed-over':
      return handedOver(notice);
  }
}

const KEPT =
  'What stays for the audit log: ids, what happened and when, scopes, roles and counts, without names and addresses.';

function requested({ dueAt, proofId }: Of<'deletion-requested'>, context: MailContext): Letter {
  return {
    name: null,
    parts: [
      words(
        'You are signed out everywhere, and every token and app of yours is refused from now on.',
      ),
      facts([['Your data is erased after', utc(dueAt)]]),
      words(KEPT),
      ...(proofId === null
        ? [words('An operator decided this. Only an operator can take it back.')]
        : [
            words(
              'If you want to keep your account, or did not ask for this, take it back until then:',
            ),
            button('Keep my account', context.proofLink('cancel-deletion', proofId)),
            words('Signing in until then offers the same.'),
          ]),
    ],
  };
}

const cancelled = (context: MailContext): Letter => ({
  name: null,
  parts: [
    words(
      'The deletion of your account was taken back. Nothing was erased, and your tokens and apps work again.',
    ),
    words('If this was not you, choose a new password.'),
    button('Sign in', `${context.baseUrl}/sign-in`),
    link('Choose a new password', `${context.baseUrl}/forgot-password`),
  ],
});

const done = (): Letter => ({
  name: null,
  parts: [
    words('Your account and your data are erased. This is the last message to this address.'),
    words(KEPT),
    words('You can sign up with this address again. Nothing of the old account comes back.'),
  ],
});

const handedOver = ({ accountId }: Of<'account-handed-over'>): Letter => ({
  name: null,
  parts: [
    words(
      'The owner of an account that you work in was deleted and named you to take it over. You are its owner now.',
    ),
    facts([['Account', accountId]]),
  ],
});
