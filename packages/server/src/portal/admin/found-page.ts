import { stateOf } from '../../developer-tokens/types.ts';
import { personalPage } from '../frame.ts';
import type { PortalContext } from '../portal-context.ts';
import { fullExpiry, masked, stateOfToken } from '../tokens/frame.ts';
import { hasMade, sayMade } from '../tokens/made.ts';
import { isLive } from '../tokens/own.ts';
import {
  actions,
  button,
  errorOf,
  errorSummary,
  field,
  form,
  linkButton,
  type FieldError,
} from '../ui/form.ts';
import { html, type Child, type Html } from '../ui/html.ts';
import type { Notice } from '../ui/layout.ts';
import { callout, dangerZone, facts, heading } from '../ui/parts.ts';
import { exactTime, relativeTime } from '../ui/time.ts';
import type { SignedInVisit } from '../visit.ts';
import type { FoundToken } from './found.ts';

export const lookUpPage = (
  context: PortalContext,
  visit: SignedInVisit,
  errors: readonly FieldError[],
): Html =>
  personalPage(context, visit, {
    title: 'Found tokens',
    current: 'found-tokens',
    body: [
      heading({
        title: 'Found tokens',
        lead: 'Somebody found a token in public, in a repository or a log? Look it up here and end it, whoever it belongs to.',
      }),
      errorSummary(errors),
      form(
        {
          action: '/admin/tokens',
          csrf: visit.signedIn.csrf,
          attributes: { class: 'stack' },
        },
        // What was typed may be a token that works: it is never written into a page again.
        field({
          label: 'Token, or its id',
          name: 'token',
          error: errorOf(errors, 'token'),
          hint: 'The whole token as it was found. Nothing happens to it until you say so on the next page.',
          autocomplete: 'off',
          required: true,
        }),
        actions(button({ label: 'Look it up', kind: 'primary', icon: 'search' })),
      ),
    ],
  });

export interface FoundPage extends FoundToken {
  readonly notice: Notice | null;
  readonly now: number;
}

export function foundPage(context: PortalContext, visit: SignedInVisit, given: FoundPage): Html {
  const { token, now } = given;
  return personalPage(context, visit, {
    title: token.description,
    current: 'found-tokens',
    notice: given.notice,
    body: [
      heading({
        title: token.description,
        lead: html`${masked(context, token)} ${stateOfToken(token, now)}`,
        back: { href: '/admin/tokens', label: 'Found tokens' },
      }),
      facts(factsOf(given)),
      standing(visit, given),
    ],
  });
}

const factsOf = ({ token, owner, lineage, now }: FoundPage): Parameters<typeof facts>[0] => [
  [
    'Owner',
    html`<a href="/admin/people/${owner.id}"><bdi>${owner.name}</bdi></a>
      <span class="muted">${owner.email}</span>`,
  ],
  ['Scopes', token.scopes.join(' ')],
  ['Created', exactTime(token.createdAt, now)],
  token.exposedAt !== null
    ? ['Found in public', exactTime(token.exposedAt, now)]
    : token.revokedAt !== null
      ? ['Revoked', exactTime(token.revokedAt, now)]
      : ['Expires', fullExpiry(token, now)],
  ['Last used', relativeTime(token.lastUsedAt, now)],
  ...(hasMade(lineage) ? [['Made by it', sayMade(lineage)] as const] : []),
];

const standing = (visit: SignedInVisit, { token, lineage, now }: FoundPage): Child =>
  isLive(token, now) || hasMade(lineage)
    ? dangerZone(
        {
          title: 'It was found in public',
          lead: html`Ends it at once and for good, with everything that it made by API and the tokens before
          it in its rotations. Calls with it are told that it was found in public, and its owner is told by
          e-mail.`,
        },
        form(
          { action: `/admin/tokens/${token.id}/expose`, csrf: visit.signedIn.csrf },
          actions(
            button({ label: 'End this token', kind: 'danger', icon: 'ban' }),
            linkButton({ href: '/admin/tokens', label: 'Cancel' }),
          ),
        ),
      )
    : callout('quiet', html`<p>This token is ${stateOf(token, now)}: it no longer works.</p>`);
