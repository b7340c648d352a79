/** Messages about apps to those who own them. */
import type { AppNotice } from '../apps/ports.ts';
import { button, facts, words } from './letter.ts';
import type { Letter, MailContext } from './letter.ts';
import { quoted, utc } from './plain.ts';

export function appLetter(notice: AppNotice, context: MailContext): Letter {
  const { isNewOwner, secretsEndAt } = notice;
  const brand = context.brandName;
  return {
    name: notice.name,
    parts: [
      words(
        isNewOwner
          ? `An operator of ${brand} gave you an app. What people allowed it stays.`
          : `An operator of ${brand} gave an app of yours to somebody else. You can no longer change it.`,
      ),
      facts([
        ['App', quoted(notice.appName, 60)],
        ['Client ID', notice.appId],
        [isNewOwner ? 'Former owner' : 'New owner', notice.other],
        ['When', utc(notice.at)],
        ['Client secrets until now', secretsEndAt === null ? 'ended' : `end ${utc(secretsEndAt)}`],
      ]),
      words(
        isNewOwner
          ? 'Add a client secret of your own before the old ones end. Until then, its former owner can still use them.'
          : 'If this is a mistake, ask the operators.',
      ),
      isNewOwner
        ? button('Open this app', `${context.baseUrl}/apps/${encodeURIComponent(notice.appId)}`)
        : button('Your apps', `${context.baseUrl}/apps`),
    ],
  };
}
