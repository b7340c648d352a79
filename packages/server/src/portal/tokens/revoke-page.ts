import type { DeveloperToken } from '../../developer-tokens/types.ts';
import type { PortalContext } from '../portal-context.ts';
import type { SignedInVisit } from '../visit.ts';
import { actions, button, form, hidden, linkButton } from '../ui/form.ts';
import { html, type Html } from '../ui/html.ts';
import { callout, facts, heading, table } from '../ui/parts.ts';
import { relativeTime } from '../ui/time.ts';
import { masked, tokenFrame } from './frame.ts';

export const revokePage = (
  context: PortalContext,
  visit: SignedInVisit,
  { token, now, madeByIt }: { token: DeveloperToken; now: number; madeByIt: number },
): Html =>
  tokenFrame(context, visit, {
    title: 'Revoke token',
    body: [
      heading({
        title: html`Revoke “${token.description}”?`,
        back: { href: `/tokens/${token.id}`, label: token.description },
      }),
      warning,
      madeByIt > 0 &&
        callout(
          'warning',
          html`<p>
            ${madeByIt === 1 ? 'A token that it made by API is' : `${madeByIt} tokens that it made by API are`}
            revoked with it: whoever held this token could have kept them.
          </p>`,
        ),
      facts([
        ['Token', masked(context, token)],
        ['Last used', lastUse(token, now)],
      ]),
      html`<p>
        To replace it without a gap, <a href="/tokens/${token.id}/rotate">rotate it</a> instead.
      </p>`,
      form(
        { action: `/tokens/${token.id}/revoke`, csrf: visit.signedIn.csrf },
        actions(
          button({ label: 'Revoke this token', kind: 'danger', icon: 'trash' }),
          linkButton({ href: `/tokens/${token.id}`, label: 'Cancel' }),
        ),
      ),
    ],
  });

export const revokeManyPage = (
  context: PortalContext,
  visit: SignedInVisit,
  { tokens, now }: { tokens: readonly DeveloperToken[]; now: number },
): Html => {
  const what = tokens.length === 1 ? '1 token' : `${tokens.length} tokens`;
  return tokenFrame(context, visit, {
    title: `Revoke ${what}`,
    body: [
      heading({ title: `Revoke ${what}?`, back: { href: '/tokens?unused=90', label: 'Tokens' } }),
      warning,
      table({
        caption: 'Tokens to revoke',
        rows: tokens,
        columns: [
          {
            label: 'Token',
            kind: 'primary',
            cell: (token) => html`${token.description} <small>${masked(context, token)}</small>`,
          },
          { label: 'Last used', cell: (token) => lastUse(token, now) },
        ],
      }),
      form(
        { action: '/tokens/revoke', csrf: visit.signedIn.csrf },
        hidden('confirm', 'yes'),
        tokens.map((token) => hidden('ids', token.id)),
        actions(
          button({ label: `Revoke ${what}`, kind: 'danger', icon: 'trash' }),
          linkButton({ href: '/tokens?unused=90', label: 'Cancel' }),
        ),
      ),
    ],
  });
};

const warning = callout(
  'danger',
  html`<p>
    Programs that still use it are refused at once. <strong>This cannot be undone.</strong>
  </p>`,
);

const lastUse = (token: DeveloperToken, now: number): Html =>
  html`${relativeTime(token.lastUsedAt, now)}${
    token.lastUsedAddress !== null &&
    html` <span class="muted">from ${token.lastUsedAddress}</span>`
  }`;
