import type { DeveloperToken } from '../../developer-tokens/types.ts';
import type { PageOf, PageRequest } from '../../kit/page.ts';
import { countOf, nounFor } from '../../kit/plural.ts';
import { pagesOf } from '../paging.ts';
import type { PortalContext } from '../portal-context.ts';
import type { SignedInVisit } from '../visit.ts';
import { codeBlock } from '../ui/code.ts';
import { actions, button, checkbox, form, linkButton } from '../ui/form.ts';
import { attributes, html, type Child, type Html } from '../ui/html.ts';
import type { Notice } from '../ui/layout.ts';
import { emptyState, heading, table, type Column } from '../ui/parts.ts';
import { relativeTime } from '../ui/time.ts';
import { expiry, masked, stateOfToken, tokenFrame } from './frame.ts';
import { isLive } from './own.ts';
import { summariseScopes } from './scope-groups.ts';
import { askingSnippet } from './snippets.ts';

export interface TokenListing {
  readonly tokens: PageOf<DeveloperToken>;
  readonly page: PageRequest;
  readonly isUnused: boolean;
  /** How many the last act revoked. */
  readonly revoked: number | null;
  readonly now: number;
}

export function listPage(context: PortalContext, visit: SignedInVisit, given: TokenListing): Html {
  const { tokens, isUnused } = given;
  const isEmpty = tokens.items.length === 0;
  const hasNone = isEmpty && !isUnused && given.page.page === 1;
  return tokenFrame(context, visit, {
    title: 'Tokens',
    notice: noticeOf(given),
    body: [
      heading({
        title: 'Tokens',
        lead: 'Each acts as you, within its scopes. Give every program one of its own.',
        actions: linkButton({ href: '/tokens/new', label: 'New', kind: 'primary', icon: 'plus' }),
      }),
      hasNone ? tutorial(context) : html`${filters(isUnused)}${body(context, visit, given)}`,
    ],
  });
}

function noticeOf({ revoked }: TokenListing): Notice | null {
  if (revoked === null) return null;
  const text = `${countOf(revoked, 'token')} ${nounFor(revoked, 'was', 'were')} revoked.`;
  return { tone: 'good', text };
}

const filters = (isUnused: boolean): Html =>
  html`<nav class="filters" aria-label="Which tokens">
    <a href="/tokens"${attributes({ 'aria-current': isUnused ? null : 'page' })}>All</a>
    <a href="/tokens?unused=90"${attributes({ 'aria-current': isUnused ? 'page' : null })}>Unused for 90 days</a>
  </nav>`;

function body(context: PortalContext, visit: SignedInVisit, given: TokenListing): Child {
  const { tokens, isUnused, now } = given;
  if (tokens.items.length === 0) {
    return emptyState(
      { icon: 'check', title: isUnused ? 'Nothing to tidy up' : 'No more tokens' },
      html`<p>
        ${
          isUnused
            ? 'Every live token was used, or made, in the last 90 days.'
            : html`The list ends before this page. <a href="/tokens">Back to its beginning</a>.`
        }
      </p>`,
    );
  }
  const rows = table({
    caption: isUnused ? 'Live tokens unused for 90 days' : 'Your tokens, newest first',
    columns: columns(context, { isUnused, now }),
    rows: tokens.items,
  });
  return html`${isUnused ? bulk(visit, rows) : rows}${pages(given)}`;
}

/** The confirmation follows on a page of its own. */
const bulk = (visit: SignedInVisit, rows: Html): Html =>
  form(
    { action: '/tokens/revoke', csrf: visit.signedIn.csrf },
    checkAll,
    rows,
    actions(button({ label: 'Revoke selected tokens…', kind: 'danger', icon: 'trash' })),
  );

/** Script shows it; without, it would do nothing. */
const checkAll = html`<label class="check" hidden data-check-all-box>
  <input type="checkbox" data-check-all="ids"><span class="check-text">Select all on this page</span>
</label>`;

function columns(
  context: PortalContext,
  { isUnused, now }: { isUnused: boolean; now: number },
): readonly Column<DeveloperToken>[] {
  const select: Column<DeveloperToken> = {
    label: 'Select',
    kind: 'select',
    cell: (token) =>
      checkbox({
        name: 'ids',
        value: token.id,
        label: html`<span class="visually-hidden">Select “${token.description}”</span>`,
      }),
  };
  return [
    ...(isUnused ? [select] : []),
    {
      label: 'Token',
      kind: 'primary',
      cell: (token) =>
        html`<a href="/tokens/${token.id}">${token.description}</a>
          <small>${masked(context, token)}</small>`,
    },
    {
      label: 'Scopes',
      kind: 'short',
      cell: (token) => summariseScopes(token.scopes, context.catalogues.current()),
    },
    { label: 'Last used', kind: 'long', cell: (token) => lastUse(token, now) },
    { label: 'Expires', cell: (token) => ending(token, now) },
    { label: 'State', kind: 'state', cell: (token) => stateOfToken(token, now) },
  ];
}

const lastUse = (token: DeveloperToken, now: number): Html =>
  html`${relativeTime(token.lastUsedAt, now)}${
    token.lastUsedAddress !== null &&
    html`<small class="muted" title="${token.lastUsedAgent ?? ''}">${token.lastUsedAddress}</small>`
  }`;

/** The end of a token that was revoked before it says nothing any more. */
const ending = (token: DeveloperToken, now: number): Child =>
  isLive(token, now) || token.revokedAt === null
    ? expiry(token, now)
    : html`<span class="muted">–</span>`;

export const TOKEN_LIST = { name: 'own-tokens', shape: 'time-id' } as const;

const pages = ({ tokens, isUnused }: TokenListing): Child =>
  pagesOf(tokens, {
    list: { ...TOKEN_LIST, address: isUnused ? '/tokens?unused=90' : '/tokens' },
    label: 'Pages of tokens',
  });

function tutorial(context: PortalContext): Html {
  return emptyState(
    { icon: 'key', title: 'No tokens yet' },
    html`<ol class="steps">
        <li>Click <strong>New</strong> and say what the token is for.</li>
        <li>Choose its scopes: what it may read and change in your account.</li>
        <li>Copy it. It is shown once, so keep it somewhere safe.</li>
        <li>Make your first call, which answers who you are:</li>
      </ol>
      ${codeBlock({ id: 'first-call', label: 'First call with cURL', value: askingSnippet(context.baseUrl) })}
      ${linkButton({ href: '/tokens/new', label: 'Create your first token', icon: 'plus' })}`,
  );
}
