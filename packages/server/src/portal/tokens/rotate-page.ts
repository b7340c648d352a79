import { OVERLAPS } from '../../developer-tokens/rotate.ts';
import type { Lineage } from '../../developer-tokens/ports.ts';
import type { DeveloperToken } from '../../developer-tokens/types.ts';
import type { PortalContext } from '../portal-context.ts';
import type { SignedInVisit } from '../visit.ts';
import {
  actions,
  button,
  chips,
  errorOf,
  errorSummary,
  form,
  hidden,
  linkButton,
} from '../ui/form.ts';
import { html, type Html } from '../ui/html.ts';
import { callout, facts, heading } from '../ui/parts.ts';
import { relativeTime } from '../ui/time.ts';
import { hasMade, sayMade } from './made.ts';
import { masked, toFieldErrors, tokenFrame } from './frame.ts';
import { summariseScopes } from './scope-groups.ts';

export interface Rotation {
  readonly token: DeveloperToken;
  readonly overlap: number;
  readonly creationKey: string;
  readonly errors: Readonly<Record<string, string>>;
  readonly lineage: Lineage;
}

const OVERLAP_LABELS: Readonly<Record<(typeof OVERLAPS)[number], string>> = {
  0: 'At once',
  3600: 'In 1 hour',
  86400: 'In 24 hours',
  604800: 'In 7 days',
};

export function rotatePage(context: PortalContext, visit: SignedInVisit, given: Rotation): Html {
  const { token } = given;
  const errors = toFieldErrors(given.errors);
  return tokenFrame(context, visit, {
    title: 'Rotate token',
    body: [
      heading({
        title: html`Rotate “${token.description}”`,
        lead: 'A new token with the same description, scopes and length of life takes over. Both work until the old one ends, so nothing has to stop.',
        back: { href: `/tokens/${token.id}`, label: token.description },
      }),
      errorSummary(errors),
      hasMade(given.lineage) &&
        callout(
          'warning',
          html`<p>
            What it made by API (${sayMade(given.lineage)}) goes on and belongs to the new token:
            revoking that one ends it. If this token may be in wrong hands,
            <a href="/tokens/${token.id}/revoke">revoke it</a> instead.
          </p>`,
        ),
      facts([
        ['Token', masked(context, token)],
        ['Scopes', summariseScopes(token.scopes, context.catalogues.current())],
        ['Last used', relativeTime(token.lastUsedAt, context.clock())],
      ]),
      form(
        {
          action: `/tokens/${token.id}/rotate`,
          csrf: visit.signedIn.csrf,
          attributes: { class: 'stack' },
        },
        hidden('creation_key', given.creationKey),
        chips({
          legend: 'The old token ends',
          name: 'overlap',
          value: String(given.overlap),
          options: OVERLAPS.map((overlap) => ({
            value: String(overlap),
            label: OVERLAP_LABELS[overlap],
          })),
          error: errorOf(errors, 'overlap'),
          hint: 'Never later than it would have ended anyway.',
        }),
        actions(
          button({ label: 'Rotate', kind: 'primary', icon: 'refresh-cw' }),
          linkButton({ href: `/tokens/${token.id}`, label: 'Cancel' }),
        ),
      ),
    ],
  });
}
