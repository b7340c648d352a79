/** What people see when a request ends early. Says what to do next; never anything about the inside of the program. */
import { actions, linkButton } from '../ui/form.ts';
import { html, type Html } from '../ui/html.ts';
import { page, type PageBrand, type PageUser } from '../ui/layout.ts';
import { heading } from '../ui/parts.ts';
import { code } from '../ui/code.ts';

export interface ErrorPage {
  readonly status: number;
  /** Safe to show. */
  readonly message: string;
  readonly requestId: string;
  readonly brand: PageBrand;
  readonly user?: PageUser | null;
  /** Of the session, for the sign-out form. */
  readonly csrf?: string | null;
}

const TITLES: Readonly<Record<number, string>> = {
  400: 'We could not read that',
  403: 'Not allowed',
  404: 'Page not found',
  405: 'Not possible here',
  409: 'That changed in the meantime',
  413: 'Too large',
  415: 'Not a form that we can read',
  429: 'Too many requests',
  500: 'Something went wrong',
  503: 'Not available right now',
};

const ADVICE: Readonly<Record<number, string>> = {
  404: 'The address may have a typing mistake, or what was here is gone.',
  405: 'Go back to the page that led here and try again.',
  409: 'Go back, reload the page and try again.',
  429: 'Wait a little before you try again.',
  503: 'Try again in a minute.',
};

export const errorPage = (given: ErrorPage): Html =>
  page({
    title: titleOf(given.status),
    brand: given.brand,
    user: given.user ?? null,
    csrf: given.csrf ?? null,
    current: null,
    // Where no route matched, nobody looked for a session.
    offersSignIn: false,
    body: html`${heading({ title: titleOf(given.status), lead: given.message })}
    ${ADVICE[given.status] !== undefined && html`<p>${ADVICE[given.status]}</p>`}
    ${given.status >= 500 && reference(given)}
    ${actions(linkButton({ href: '/', label: 'To the start page', kind: 'primary' }))}`,
  });

const titleOf = (status: number): string =>
  TITLES[status] ?? (status >= 500 ? 'Something went wrong' : 'That did not work');

/** Leads from the person's words to the line in the log. */
const reference = ({ requestId, brand }: ErrorPage): Html =>
  html`<p>
    If it happens again, tell
    ${brand.supportUrl === null ? 'the operator' : html`<a href="${brand.supportUrl}">support</a>`}
    this reference: ${code(requestId)}
  </p>`;
