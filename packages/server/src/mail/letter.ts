/** A message before it is text or HTML: both are written from the same parts, so that they cannot differ. */
import type { Proof } from '../identity/types.ts';
import { greetingFor, oneLine } from './plain.ts';

export type Part =
  | { readonly kind: 'words'; readonly words: string }
  /** The one thing to do. HTML shows the address too, for readers whose program shows no links. */
  | { readonly kind: 'button'; readonly label: string; readonly href: string }
  | { readonly kind: 'link'; readonly before: string; readonly href: string }
  | { readonly kind: 'facts'; readonly facts: readonly (readonly [name: string, value: string])[] }
  | { readonly kind: 'list'; readonly title: string; readonly items: readonly string[] };

export interface Letter {
  /** `null`: the reader's name is not known. */
  readonly name: string | null;
  readonly parts: readonly Part[];
}

export interface Letterhead {
  readonly brandName: string;
  readonly baseUrl: string;
  /** `#rrggbb`, readable under white text. */
  readonly accent: string;
}

export interface MailContext extends Letterhead {
  /** What a scope allows, in plain words. */
  readonly scopeDescription: (name: string) => string;
  /** The page that takes a proof, secret included. */
  readonly proofLink: (purpose: Proof['purpose'], proofId: string) => string;
}

export interface RenderedNotice {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

export const words = (text: string): Part => ({ kind: 'words', words: text });
export const button = (label: string, href: string): Part => ({ kind: 'button', label, href });
export const link = (before: string, href: string): Part => ({ kind: 'link', before, href });
export const list = (title: string, items: readonly string[]): Part => ({
  kind: 'list',
  title,
  items,
});
export const facts = (facts: Extract<Part, { kind: 'facts' }>['facts']): Part => ({
  kind: 'facts',
  facts,
});

/** Where an act came from, when that is known. */
export const addressFact = (address: string | null): [string, string][] =>
  address === null ? [] : [['From IP address', address]];

export function renderLetter(
  letter: Letter,
  head: Letterhead & { readonly subject: string },
): RenderedNotice {
  const subject = oneLine(head.subject, 150);
  const greeting = greetingFor(letter.name);
  return {
    subject,
    text: asText(letter, { ...head, greeting }),
    html: asHtml(letter, { ...head, greeting, subject }),
  };
}

type Frame = Letterhead & { readonly greeting: string };

function asText(letter: Letter, { greeting, brandName, baseUrl }: Frame): string {
  const body = letter.parts.map(partAsText).join('\n\n');
  return `${greeting}\n\n${body}\n\n-- \n${oneLine(brandName)}\n${baseUrl}\n`;
}

function partAsText(part: Part): string {
  switch (part.kind) {
    case 'words':
      return oneLine(part.words, 1000);
    case 'button':
    case 'link':
      return `${oneLine(part.kind === 'button' ? part.label : part.before)}:\n${part.href}`;
    case 'facts':
      return part.facts.map(([name, value]) => `${oneLine(name)}: ${oneLine(value)}`).join('\n');
    case 'list':
      return [`${oneLine(part.title)}:`, ...part.items.map((item) => `- ${oneLine(item)}`)].join(
        '\n',
      );
  }
}

const ESCAPES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  }),
);

const escaped = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => ESCAPES.get(character) ?? character);

const shown = (text: string, longest?: number): string => escaped(oneLine(text, longest));

/** No colours of its own but the button's: the reader's program decides between light and dark. */
function asHtml(letter: Letter, frame: Frame & { readonly subject: string }): string {
  const { greeting, subject, brandName, baseUrl, accent } = frame;
  const body = letter.parts.map((part) => partAsHtml(part, accent)).join('\n');
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escaped(subject)}</title>
</head>
<body style="margin: 0; padding: 24px 16px; font: 16px/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif">
<div style="max-width: 560px; margin: 0 auto; overflow-wrap: anywhere">
<p style="margin: 0 0 24px; font-weight: 600">${shown(brandName)}</p>
<p>${escaped(greeting)}</p>
${body}
<p style="margin: 32px 0 0; font-size: 13px; opacity: 0.75">Sent by ${shown(brandName)}, <a href="${escaped(baseUrl)}" style="color: inherit">${escaped(baseUrl)}</a></p>
</div>
</body>
</html>
`;
}

function partAsHtml(part: Part, accent: string): string {
  switch (part.kind) {
    case 'words':
      return `<p>${shown(part.words, 1000)}</p>`;
    case 'button':
      return `<p style="margin: 24px 0"><a href="${escaped(part.href)}" style="display: inline-block; padding: 10px 20px; border-radius: 6px; background: ${escaped(accent)}; color: #ffffff; font-weight: 600; text-decoration: none">${shown(part.label)}</a></p>\n<p style="font-size: 13px; opacity: 0.75">${escaped(part.href)}</p>`;
    case 'link':
      return `<p>${shown(part.before)}: <a href="${escaped(part.href)}">${escaped(part.href)}</a></p>`;
    case 'facts':
      return `<dl>\n${part.facts.map(factAsHtml).join('\n')}\n</dl>`;
    case 'list': {
      const items = part.items.map((item) => `<li>${shown(item)}</li>`).join('\n');
      return `<p style="margin-bottom: 4px">${shown(part.title)}:</p>\n<ul style="margin-top: 4px; padding-left: 20px">\n${items}\n</ul>`;
    }
  }
}

const factAsHtml = ([name, value]: readonly [string, string]): string =>
  `<dt style="font-size: 13px; opacity: 0.75">${shown(name)}</dt>\n<dd style="margin: 0 0 8px">${shown(value)}</dd>`;
