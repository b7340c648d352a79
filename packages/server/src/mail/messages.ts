/** The messages: what each says, as text and as HTML. Plain words, every fact escaped, no secret but the proof in a link. */
import type { Notice } from './ports.ts';

export interface MailContext {
  readonly brandName: string;
  /** Without a trailing slash. */
  readonly baseUrl: string;
  /** `#rrggbb`. */
  readonly accent: string;
  readonly scopeDescription: (name: string) => string;
  /** Derives the secret of a link; nothing that works is stored. */
  readonly proofLink: (purpose: 'verify-email' | 'reset-password', proofId: string) => string;
}

export interface RenderedNotice {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** A message before it is text or HTML. */
interface Letter {
  readonly subject: string;
  readonly name: string | null;
  readonly paragraphs: readonly string[];
  readonly facts?: readonly (readonly [string, string])[];
  readonly list?: readonly string[];
  readonly button?: { readonly label: string; readonly url: string };
  readonly closing?: readonly string[];
}

type Kind = Notice['kind'];
type Of<K extends Kind> = Extract<Notice, { kind: K }>;
type Writers = { readonly [K in Kind]: (notice: Of<K>, context: MailContext) => Letter };

const when = (at: number): string =>
  `${new Date(at * 1000).toISOString().slice(0, 16).replace('T', ' ')} UTC`;

const tokenUrl = (context: MailContext, id: string): string => `${context.baseUrl}/tokens/${id}`;

const WRITERS: Writers = {
  'verify-email': (notice, context) => ({
    subject: `Confirm your address for ${context.brandName}`,
    name: notice.name,
    paragraphs: [
      `Confirm that this address is yours to finish signing up for ${context.brandName}.`,
    ],
    button: {
      label: 'Confirm my address',
      url: context.proofLink('verify-email', notice.proofId),
    },
    closing: ['The link works once, for 24 hours.', 'If you did not sign up, ignore this message.'],
  }),
  'address-in-use': (notice, context) => ({
    subject: `You already have an account at ${context.brandName}`,
    name: notice.name,
    paragraphs: ['Somebody tried to sign up with this address, which already has an account.'],
    button: { label: 'Sign in', url: `${context.baseUrl}/sign-in` },
    closing: ['If this was not you, there is nothing to do: your account is unchanged.'],
  }),
  'reset-password': (notice, context) => ({
    subject: `Choose a new password for ${context.brandName}`,
    name: notice.name,
    paragraphs: ['Somebody, hopefully you, asked to choose a new password for your account.'],
    button: {
      label: 'Choose a new password',
      url: context.proofLink('reset-password', notice.proofId),
    },
    closing: [
      'The link works once, for an hour, and signs you out everywhere.',
      'If this was not you, ignore this message: your password is unchanged.',
    ],
  }),
  'no-such-account': (_notice, context) => ({
    subject: `There is no account for this address at ${context.brandName}`,
    name: null,
    paragraphs: ['Somebody asked for a new password for this address, which has no account.'],
    closing: [
      'Perhaps you signed up with another address. If this was not you, ignore this message.',
    ],
  }),
  'password-changed': (notice, context) => ({
    subject: `Your ${context.brandName} password was changed`,
    name: notice.name,
    paragraphs: ['The password of your account was changed.'],
    facts: [['When', when(notice.at)], ...from(notice.address)],
    button: { label: 'Choose a new password', url: `${context.baseUrl}/forgot-password` },
    closing: ['If this was not you, choose a new password now and look through your tokens.'],
  }),
  'new-sign-in': (notice, context) => ({
    subject: `New sign-in to ${context.brandName}`,
    name: notice.name,
    paragraphs: ['Your account was signed in to from a browser we have not seen before.'],
    facts: [['When', when(notice.at)], ...from(notice.address), ['Browser', notice.agent]],
    button: { label: 'See your sessions', url: `${context.baseUrl}/account` },
    closing: ['If this was not you, change your password; that signs out every other browser.'],
  }),
  'token-created': (notice, context) => ({
    subject: `You made a developer token: ${notice.description}`,
    name: notice.name,
    paragraphs: [`A developer token was made for your ${context.brandName} account.`],
    facts: [
      ['Description', notice.description],
      ['Expires', notice.expiresAt === null ? 'never' : when(notice.expiresAt)],
      ['Made', when(notice.at)],
      ...from(notice.address),
    ],
    list: notice.scopes.map((scope) => `${scope}: ${context.scopeDescription(scope)}`),
    button: { label: 'Look at the token', url: tokenUrl(context, notice.tokenId) },
    closing: [
      'If this was not you, revoke the token on its page and change your password.',
      `Your account: ${context.baseUrl}/account`,
    ],
  }),
  'token-expires': (notice, context) => ({
    subject: `A developer token expires in ${notice.days === 1 ? '1 day' : `${notice.days} days`}: ${notice.description}`,
    name: notice.name,
    paragraphs: ['One of your developer tokens will soon stop working.'],
    facts: [
      ['Description', notice.description],
      ['Expires', when(notice.expiresAt)],
    ],
    button: { label: 'Rotate the token', url: tokenUrl(context, notice.tokenId) },
    closing: ['Rotating makes a successor while the old token goes on for as long as you choose.'],
  }),
  'token-revoked': (notice, context) => ({
    subject: `A developer token was revoked: ${notice.description}`,
    name: notice.name,
    paragraphs: [`One of your developer tokens was revoked by ${notice.by}. It no longer works.`],
    facts: [
      ['Description', notice.description],
      ['Revoked', when(notice.at)],
    ],
    button: { label: 'Look at the token', url: tokenUrl(context, notice.tokenId) },
  }),
};

const from = (address: string | null): readonly (readonly [string, string])[] =>
  address === null ? [] : [['From', address]];

export function renderNotice(notice: Notice, context: MailContext): RenderedNotice {
  // The table has a writer for each kind that takes that kind; TypeScript cannot follow the pairing.
  const write = WRITERS[notice.kind] as (notice: Notice, context: MailContext) => Letter;
  const letter = write(notice, context);
  return {
    to: notice.to,
    subject: oneLine(letter.subject),
    text: toText(letter, context),
    html: toHtml(letter, context),
  };
}

/** Control characters would end a header line. */
const oneLine = (text: string): string =>
  text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').slice(0, 200);

function toText(letter: Letter, context: MailContext): string {
  const parts = [
    letter.name === null ? 'Hello,' : `Hello ${oneLine(letter.name)},`,
    ...letter.paragraphs,
    (letter.facts ?? []).map(([label, value]) => `${label}: ${oneLine(value)}`).join('\n'),
    (letter.list ?? []).map((line) => `- ${line}`).join('\n'),
    letter.button === undefined ? '' : `${letter.button.label}:\n${letter.button.url}`,
    ...(letter.closing ?? []),
    context.brandName,
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const escape = (text: string): string => text.replace(/[&<>"']/g, (found) => ESCAPES[found] ?? '');

function toHtml(letter: Letter, context: MailContext): string {
  const paragraph = (text: string): string => `<p>${escape(text)}</p>`;
  const facts = (letter.facts ?? [])
    .map(([label, value]) => `<strong>${escape(label)}:</strong> ${escape(oneLine(value))}`)
    .join('<br>');
  const items = (letter.list ?? []).map((line) => `<li>${escape(line)}</li>`).join('');
  const { button } = letter;
  const style = `display:inline-block;padding:10px 16px;border-radius:6px;background:${context.accent};color:#ffffff;text-decoration:none`;
  const parts = [
    paragraph(letter.name === null ? 'Hello,' : `Hello ${oneLine(letter.name)},`),
    ...letter.paragraphs.map(paragraph),
    facts === '' ? '' : `<p>${facts}</p>`,
    items === '' ? '' : `<ul>${items}</ul>`,
    button === undefined
      ? ''
      : `<p><a href="${escape(button.url)}" style="${style}">${escape(button.label)}</a></p>`,
    ...(letter.closing ?? []).map(paragraph),
    paragraph(context.brandName),
  ];
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>${escape(oneLine(letter.subject))}</title></head>
<body style="font-family:system-ui,sans-serif;font-size:16px;line-height:1.5;max-width:560px;margin:0 auto;padding:24px">
${parts.filter((part) => part !== '').join('\n')}
</body>
</html>
`;
}
