/** Messages about what a user allowed an app. */
import type { ConsentNotice } from '../consent/ports.ts';
import { addressFact, button, facts, link, words } from './letter.ts';
import type { Letter, MailContext } from './letter.ts';
import { quoted, utc } from './plain.ts';
import { scopesPart } from './token-messages.ts';

export function consentLetter(notice: ConsentNotice, context: MailContext): Letter {
  const app = quoted(notice.appName, 60);
  return {
    name: notice.name,
    parts: [
      words(
        notice.isExtension
          ? `You allowed an app to do more with your ${context.brandName} account.`
          : `You allowed an app to use your ${context.brandName} account.`,
      ),
      facts([
        ['App', app],
        ['Leads to', notice.place],
        ['When', utc(notice.at)],
        ...addressFact(notice.address),
        [
          'How long',
          notice.isPersistent
            ? 'until you disconnect it'
            : 'a short while, until its access runs out',
        ],
      ]),
      scopesPart(notice.scopes, context),
      words('If this was not you, disconnect the app and change your password.'),
      button('See or disconnect your apps', `${context.baseUrl}/connections`),
      link('Your account', `${context.baseUrl}/account`),
    ],
  };
}
