/** Makes the links of a message clickable, but only those that stay on this site: anybody can put a name into a message. */
import { html, type Child } from '../ui/html.ts';

const URL_IN_TEXT = /(https?:\/\/[^\s<>"'()]*[^\s<>"'().,;:!?])/;

export const linkOwn = (text: string, baseUrl: string): readonly Child[] =>
  text.split(URL_IN_TEXT).map((part, index) =>
    // With one group, every second part is a match.
    index % 2 === 1 && isOwn(part, baseUrl) ? html`<a href="${part}">${part}</a>` : part,
  );

const isOwn = (url: string, baseUrl: string): boolean =>
  URL.parse(url)?.origin === new URL(baseUrl).origin;
