/** Messages about apps to those who own them, or are offered them. */
import type { AppNotice } from '../apps/ports.ts';
import { addressFact, button, facts, link, words } from './letter.ts';
import type { Letter, MailContext } from './letter.ts';
import { quoted, utc } from './plain.ts';

type Of<Kind extends AppNotice['kind']> = Extract<AppNotice, { kind: Kind }>;

export function appLetter(notice: AppNotice, context: MailContext): Letter {
  switch (notice.kind) {
    case 'app-transferred':
      return transferred(notice, context);
    case 'app-offered':
      return offered(notice, context);
    case 'app-offer-made':
      return offerMade(notice, context);
    case 'app-offer-declined':
      return offerDeclined(notice, context);
  }
}

const appPage = ({ baseUrl }: MailContext, id: string): string =>
  `${baseUrl}/apps/${encodeURIComponent(id)}`;

function transferred(notice: Of<'app-transferred'>, context: MailContext): Letter {
  const { isNewOwner, secretsEndAt } = notice;
  const isUnowned = notice.other === '';
  return {
    name: notice.name,
    parts: [
      words(sayTransferred(notice, context.brandName)),
      facts([
        ['App', quoted(notice.appName, 60)],
        ['Client ID', notice.appId],
        ...(isUnowned ? [] : [[isNewOwner ? 'Former owner' : 'New owner', notice.other] as const]),
        ['When', utc(notice.at)],
        ['Client secrets until now', secretsEndAt === null ? 'ended' : `end ${utc(secretsEndAt)}`],
      ]),
      words(
        isNewOwner
          ? isUnowned
            ? 'Nobody owned it before. Add a client secret of your own before the old ones end.'
            : 'Add a client secret of your own before the old ones end. Until then, its former owner can still use them.'
          : 'If this is a mistake, ask the operators.',
      ),
      isNewOwner
        ? button('Open this app', appPage(context, notice.appId))
        : button('Your apps', `${context.baseUrl}/apps`),
    ],
  };
}

function sayTransferred({ isNewOwner, isAccepted }: Of<'app-transferred'>, brand: string): string {
  if (isAccepted === true)
    return isNewOwner
      ? `You accepted an app at ${brand}. What people allowed it stays.`
      : `Your offer of an app at ${brand} was accepted. You can no longer change the app.`;
  return isNewOwner
    ? `An operator of ${brand} gave you an app. What people allowed it stays.`
    : `An operator of ${brand} gave an app of yours to somebody else. You can no longer change it.`;
}

/** Its reader may be a stranger: nothing here was typed by whoever offers the app. */
function offered({ expiresAt }: Of<'app-offered'>, context: MailContext): Letter {
  return {
    name: null,
    parts: [
      words(`Somebody at ${context.brandName} wants to give an app of theirs to this address.`),
      words(
        'Nothing changes until you accept. To see who offers which app, sign in to the account that has this address:',
      ),
      button('See the offer', `${context.baseUrl}/apps/offers`),
      facts([['The offer ends', utc(expiresAt)]]),
      link('Without an account, sign up with this address first', `${context.baseUrl}/sign-up`),
      words('If you do not want an app, or know of none, ignore this message.'),
    ],
  };
}

function offerMade(notice: Of<'app-offer-made'>, context: MailContext): Letter {
  const { at, address } = notice;
  return {
    name: notice.name,
    parts: [
      words(
        `You offered an app of yours at ${context.brandName} to somebody else. When they accept, it is theirs, and you can no longer change it.`,
      ),
      facts([
        ['App', quoted(notice.appName, 60)],
        ['Client ID', notice.appId],
        ['Offered to', notice.other],
        ['The offer ends', utc(notice.expiresAt)],
        ['When', utc(at)],
        ...addressFact(address),
      ]),
      words(
        'If this was not you, withdraw the offer, choose a new password and sign out everywhere else.',
      ),
      button('Open this app', appPage(context, notice.appId)),
    ],
  };
}

const offerDeclined = (notice: Of<'app-offer-declined'>, context: MailContext): Letter => ({
  name: notice.name,
  parts: [
    words('The app stays yours. Whoever you offered it to does not want it.'),
    facts([
      ['App', quoted(notice.appName, 60)],
      ['Client ID', notice.appId],
      ['When', utc(notice.at)],
    ]),
    button('Open this app', appPage(context, notice.appId)),
  ],
});
