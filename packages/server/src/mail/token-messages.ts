/** Messages about developer tokens. They name the token by its description and page, never by anything that works. */
import type { TokenNotice } from '../developer-tokens/ports.ts';
import { countOf } from '../kit/plural.ts';
import { addressFact, button, facts, link, list, words } from './letter.ts';
import type { Letter, MailContext } from './letter.ts';
import { quoted, utc } from './plain.ts';

type Of<Kind extends TokenNotice['kind']> = Extract<TokenNotice, { kind: Kind }>;

export function tokenLetter(notice: TokenNotice, context: MailContext): Letter {
  switch (notice.kind) {
    case 'token-created':
      return tokenCreated(notice, context);
    case 'token-expires':
      return tokenExpires(notice, context);
    case 'token-revoked':
      return tokenRevoked(notice, context);
    case 'token-exposed':
      return tokenExposed(notice, context);
  }
}

function tokenCreated(notice: Of<'token-created'>, context: MailContext): Letter {
  return {
    name: notice.name,
    parts: [
      words(`A developer token was made for your ${context.brandName} account.`),
      facts([
        ['Description', quoted(notice.description, 200)],
        ['Created', utc(notice.at)],
        ...addressFact(notice.address),
        ['Expires', notice.expiresAt === null ? 'never' : utc(notice.expiresAt)],
      ]),
      scopesPart(notice.scopes, context),
      words(
        'If this was not you, revoke the token on its page, then change your password and sign out everywhere on your account.',
      ),
      button('See or revoke this token', pageOf(notice, context)),
      link('Your account', `${context.baseUrl}/account`),
    ],
  };
}

function tokenExpires(notice: Of<'token-expires'>, context: MailContext): Letter {
  const soon = `within ${countOf(notice.days, 'day')}`;
  return {
    name: notice.name,
    parts: [
      words(
        `One of your ${context.brandName} tokens expires ${soon}. Calls made with it are then refused.`,
      ),
      facts([
        ['Description', quoted(notice.description, 200)],
        ['Expires', utc(notice.expiresAt)],
      ]),
      words('Still in use? Rotate it: the new token works before the old one ends.'),
      button('Open this token', pageOf(notice, context)),
      words('No longer in use? There is nothing to do.'),
    ],
  };
}

function tokenRevoked(notice: Of<'token-revoked'>, context: MailContext): Letter {
  return {
    name: notice.name,
    parts: [
      words(
        `One of your ${context.brandName} tokens was revoked. Calls made with it are refused from now on, and it cannot be brought back.`,
      ),
      facts([
        ['Description', quoted(notice.description, 200)],
        ['Revoked by', quoted(notice.by, 100)],
        ['When', utc(notice.at)],
        ...madeByIt(notice.madeByIt),
      ]),
      words('If something of yours used it, create a new token for it.'),
      button('See this token', pageOf(notice, context)),
    ],
  };
}

function tokenExposed(notice: Of<'token-exposed'>, context: MailContext): Letter {
  return {
    name: notice.name,
    parts: [
      words(
        `One of your ${context.brandName} tokens was found in public. Calls made with it are refused from now on, and it cannot be brought back.`,
      ),
      facts([
        ['Description', quoted(notice.description, 200)],
        ['Reported by', quoted(notice.by, 100)],
        ['When', utc(notice.at)],
        ...madeByIt(notice.madeByIt),
      ]),
      words(
        'Whoever saw it could use it until now. Its page shows from where it was used and what it made.',
      ),
      words(
        'Remove the token from where it was published. If something of yours used it, create a new token for it.',
      ),
      button('See this token', pageOf(notice, context)),
    ],
  };
}

const madeByIt = (count: number): [string, string][] =>
  count === 0 ? [] : [['Revoked with it', `${countOf(count, 'token')} that it had made`]];

/** What something may do: exact names and plain words. */
export function scopesPart(names: readonly string[], context: MailContext) {
  if (names.length === 0) return words('It has no scopes: it can only tell whose it is.');
  const lines = names.map((name) => `${name} — ${context.scopeDescription(name)}`);
  return list(`What it may do (${countOf(names.length, 'scope')})`, lines);
}

const pageOf = ({ tokenId }: { tokenId: string }, { baseUrl }: MailContext): string =>
  `${baseUrl}/tokens/${encodeURIComponent(tokenId)}`;
