/**
 * Owns the frame of every page: document, header, navigation, and the small card of sign-in pages.
 * Depends on nothing but the template and the address of the assets. Never writes inline script or style: the policy forbids them.
 *
 * The kit around it:
 *   html.ts          html`…`, attributes({…}), raw (literals only), join, escape
 *   form.ts          form, field, textArea, selectField, checkbox, chips, button, linkButton, actions, errorSummary, errorOf, hidden
 *   parts.ts         heading, section, callout, table, pager, facts, emptyState, dangerZone, barChart
 *   code.ts          code, codeField and codeBlock (Copy), tabs, tryAttributes + tryAnswer (Test it now)
 *   scope-picker.ts  scopePicker            state.ts  badge, stateBadge            time.ts  relativeTime, exactTime, sayDay
 * Classes without a function: `toolbar` (row above a table), `choices` > `choice` (cards side by side), `muted`, `lead`,
 * `hint`, `text-warning`, `text-danger`, `visually-hidden`.
 * Data attributes for scripts, each documented at the top of its module in `assets/`: `data-copy`, `data-select-all`,
 * `data-secret` (copy.js, portal.js), `data-tabs` (tabs.js), `data-try` (try.js), `data-scopes` (scope-picker.js),
 * `data-check-all` (check-all.js), `data-redirect-uris` and `data-wishes` (app-form.js).
 */
import { assetUrl, stylesheetUrl } from '../assets.ts';
import { csrfField } from './form.ts';
import { attributes, html, raw, type Child, type Html } from './html.ts';
import { icon, type IconName } from './icons.ts';
import { callout } from './parts.ts';
import type { Tone } from './state.ts';

export interface PageBrand {
  readonly name: string;
  /** `#rrggbb`. */
  readonly accent: string;
  readonly supportUrl: string | null;
  readonly docsUrl: string | null;
}

export interface PageUser {
  readonly name: string;
  readonly email: string;
  readonly isOperator: boolean;
}

/** Which entry of the navigation is marked; `null`: none. */
export type Current =
  | 'welcome'
  | 'tokens'
  | 'apps'
  | 'connections'
  | 'account'
  | 'people'
  | 'all-apps'
  | 'found-tokens'
  | 'mail'
  | null;

export interface Notice {
  readonly tone: Tone;
  readonly text: Child;
}

export interface Page {
  readonly title: string;
  readonly brand: PageBrand;
  /** `null`: signed out; then there is no navigation. */
  readonly user: PageUser | null;
  readonly current: Current;
  /** Of the session, for the sign-out form; `null` when signed out. */
  readonly csrf: string | null;
  /** `false` where it is not known whether somebody is signed in. */
  readonly offersSignIn?: boolean;
  readonly notice?: Notice | null | undefined;
  readonly body: Child;
}

const DOCTYPE = raw('<!doctype html>\n');

interface Link {
  readonly key: Current;
  readonly href: string;
  readonly label: string;
  readonly icon: IconName;
}

const LINKS: readonly Link[] = [
  { key: 'welcome', href: '/', label: 'Welcome', icon: 'home' },
  { key: 'tokens', href: '/tokens', label: 'Tokens', icon: 'key' },
  { key: 'apps', href: '/apps', label: 'Apps', icon: 'code' },
  { key: 'connections', href: '/connections', label: 'Connected apps', icon: 'link' },
  { key: 'account', href: '/account', label: 'Account', icon: 'user' },
];

const OPERATOR_LINKS: readonly Link[] = [
  { key: 'people', href: '/admin/people', label: 'People', icon: 'users' },
  { key: 'all-apps', href: '/admin/apps', label: 'All apps', icon: 'code' },
  { key: 'found-tokens', href: '/admin/tokens', label: 'Found tokens', icon: 'shield' },
  { key: 'mail', href: '/admin/mail', label: 'Mail', icon: 'mail' },
];

/** A full page with navigation. `body` brings its own h1 (`parts.ts: heading`). */
export const page = (given: Page): Html =>
  document(
    given,
    html`<a class="skip" href="#main">Skip to content</a>
      <header class="top">
        <a class="brand" href="/">${mark}<span>${given.brand.name}</span></a>
        ${topRight(given)}
      </header>
      <div class="frame${given.user === null && ' frame-alone'}">
        ${given.user !== null && navigation(given, given.user)}
        <main id="main" tabindex="-1">${notice(given.notice)}${given.body}</main>
      </div>
      ${footer(given.brand)}`,
  );

export interface Card {
  readonly title: string;
  readonly brand: PageBrand;
  readonly notice?: Notice | null | undefined;
  readonly body: Child;
  /** Below the card: the other way in. */
  readonly footer?: Child;
}

/** One small card in the middle, for sign-in and its like. Its title is the h1. */
export const card = (given: Card): Html =>
  document(
    given,
    html`<main class="card-page" id="main">
        <a class="brand" href="/">${mark}<span>${given.brand.name}</span></a>
        <div class="card">
          <h1>${given.title}</h1>
          ${notice(given.notice)}${given.body}
        </div>
        ${given.footer !== undefined && html`<p class="card-footer">${given.footer}</p>`}
      </main>
      ${footer(given.brand)}`,
  );

const document = (given: { readonly title: string; readonly brand: PageBrand }, body: Html): Html =>
  html`${DOCTYPE}
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <title>${given.title} · ${given.brand.name}</title>
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="robots" content="noindex" />
        <link rel="stylesheet" href="${stylesheetUrl(given.brand.accent)}" />
        <link rel="icon" type="image/svg+xml" href="${assetUrl('icon.svg')}" />
        <script type="module" src="${assetUrl('portal.js')}"></script>
      </head>
      <body>
        ${body}
      </body>
    </html> `;

const mark = raw(
  '<svg class="mark" viewBox="0 0 24 24" width="22" height="22" aria-hidden="true"><path d="M3 21V10a9 9 0 0 1 18 0v11h-4V10a5 5 0 0 0-10 0v11z" fill="currentColor"/><path d="M11 21v-8h2v8z" fill="currentColor"/></svg>',
);

const signInLink = raw('<a class="top-user" href="/sign-in">Sign in</a>');

function topRight({ user, offersSignIn = true }: Page): Child {
  if (user !== null) return html`<span class="top-user">${user.name}</span>`;
  return offersSignIn && signInLink;
}

const notice = (given: Notice | null | undefined): Html | null =>
  given === null || given === undefined
    ? null
    : html`<div class="notice" role="status">${callout(given.tone, given.text)}</div>`;

/** `<details>` folds it away on a phone without script; the stylesheet keeps it open on wide screens. */
const navigation = (given: Page, user: PageUser): Html =>
  html`<details class="nav">
    <summary>${icon('menu')}<span>Menu</span></summary>
    <nav aria-label="Main">
      <ul>
        ${LINKS.map((link) => entry(link, given.current))}
      </ul>
      ${
        user.isOperator &&
        html`<div role="group" aria-labelledby="nav-operator">
          <p class="nav-heading" id="nav-operator">Operator</p>
          <ul>
            ${OPERATOR_LINKS.map((link) => entry(link, given.current))}
          </ul>
        </div>`
      }
      <div class="nav-user">
        <p><strong title="${user.name}">${user.name}</strong><span title="${user.email}">${user.email}</span></p>
        <form method="post" action="/sign-out">
          ${given.csrf !== null && csrfField(given.csrf)}<button type="submit" class="nav-link">
            ${icon('log-out')}<span>Sign out</span>
          </button>
        </form>
      </div>
    </nav>
  </details>`;

const entry = (link: Link, current: Current): Html =>
  html`<li>
    <a class="nav-link" href="${link.href}"${attributes({ 'aria-current': link.key === current ? 'page' : null })}>${icon(link.icon)}<span>${link.label}</span></a>
  </li>`;

const footer = (brand: PageBrand): Html | null =>
  brand.docsUrl === null && brand.supportUrl === null
    ? null
    : html`<footer class="foot">
        ${brand.docsUrl !== null && html`<a href="${brand.docsUrl}">Documentation</a>`}${brand.supportUrl !== null && html`<a href="${brand.supportUrl}">Help</a>`}
      </footer>`;
