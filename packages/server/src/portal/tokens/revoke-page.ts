import type { Lineage } from '../../developer-tokens/ports.ts';
import type { DeveloperToken } from '../../developer-tokens/types.ts';
import { countOf, nounFor } from '../../kit/plural.ts';
import type { PortalContext } from '../portal-context.ts';
import type { SignedInVisit } from '../visit.ts';
import { actions, button, checkbox, form, hidden, linkButton } from '../ui/form.ts';
import { html, type Html } from '../ui/html.ts';
import { callout, facts, heading, table } from '../ui/parts.ts';
import { exactTime, relativeTime } from '../ui/time.ts';
import { masked, stateOfToken, tokenFrame } from './frame.ts';
import { hasMade, madeTable, sayMade, type Made } from './made.ts';
import { isLive } from './own.ts';

export const revokePage = (
  context: PortalContext,
  visit: SignedInVisit,
  { token, now, lineage }: { token: DeveloperToken; now: number; lineage: Lineage },
): Html => {
  const isEnded = !isLive(token, now);
  return tokenFrame(context, visit, {
    title: isEnded ? 'End what a token made' : 'Revoke token',
    body: [
      heading({
        title: isEnded
          ? html`End what “${token.description}” made?`
          : html`Revoke “${token.description}”?`,
        back: { href: `/tokens/${token.id}`, label: token.description },
      }),
      warning(1),
      hasMade(lineage) && callout('warning', html`<p>${sayEnding(lineage, isEnded)}</p>`),
      facts([
        ['Token', html`${masked(context, token)} ${isEnded && stateOfToken(token, now)}`],
        ['Last used', lastUse(token, now)],
      ]),
      madeTable(context, lineage, now),
      !isEnded &&
        token.replacedById === null &&
        html`<p>
          To replace it without a gap, <a href="/tokens/${token.id}/rotate">rotate it</a> instead.
        </p>`,
      form(
        {
          action: `/tokens/${token.id}/revoke`,
          csrf: visit.signedIn.csrf,
          attributes: { class: 'stack' },
        },
        lineage.replaced.length > 0 && replacedBox(lineage.replaced, now),
        actions(
          button({
            label: isEnded ? 'End what it made' : 'Revoke this token',
            kind: 'danger',
            icon: 'trash',
          }),
          linkButton({ href: `/tokens/${token.id}`, label: 'Cancel' }),
        ),
      ),
    ],
  });
};

const sayEnding = (lineage: Lineage, isEnded: boolean): string =>
  isEnded
    ? `It has ended, and what it made by API works on: ${sayMade(lineage)}.`
    : `What it, or a token before it in its rotations, made by API ends with it: ${sayMade(lineage)}. Whoever held it could have kept those.`;

/** Chosen unless taken away: both open the same. */
const replacedBox = (replaced: readonly DeveloperToken[], now: number): Html => {
  const ends = Math.max(...replaced.map(({ expiresAt }) => expiresAt ?? now));
  return checkbox({
    label: `Revoke the ${nounFor(replaced.length, 'token', 'tokens')} that it replaced too`,
    name: 'replaced',
    checked: true,
    hint: html`Otherwise it goes on until ${exactTime(ends, now)}.`,
  });
};

export const revokeManyPage = (
  context: PortalContext,
  visit: SignedInVisit,
  { tokens, made, now }: { tokens: readonly DeveloperToken[]; made: Made; now: number },
): Html => {
  const what = countOf(tokens.length, 'token');
  return tokenFrame(context, visit, {
    title: `Revoke ${what}`,
    body: [
      heading({ title: `Revoke ${what}?`, back: { href: '/tokens?unused=90', label: 'Tokens' } }),
      warning(tokens.length),
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
      hasMade(made) &&
        callout('warning', html`<p>What they made by API ends with them: ${sayMade(made)}.</p>`),
      madeTable(context, made, now),
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

const warning = (count: number): Html =>
  callout(
    'danger',
    html`<p>
      Programs that still use ${nounFor(count, 'it', 'them')} are refused at once.
      <strong>This cannot be undone.</strong>
    </p>`,
  );

const lastUse = (token: DeveloperToken, now: number): Html =>
  html`${relativeTime(token.lastUsedAt, now)}${
    token.lastUsedAddress !== null &&
    html` <span class="muted">from ${token.lastUsedAddress}</span>`
  }`;
