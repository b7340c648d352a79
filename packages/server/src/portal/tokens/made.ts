/** What lives of what a token made by API, and of the tokens that it replaced. */
import type { Lineage } from '../../developer-tokens/ports.ts';
import type { DeveloperToken } from '../../developer-tokens/types.ts';
import { countOf } from '../../kit/plural.ts';
import type { PortalContext } from '../portal-context.ts';
import { html, type Child, type Html } from '../ui/html.ts';
import { callout, table } from '../ui/parts.ts';
import { exactTime, relativeTime } from '../ui/time.ts';
import { code } from '../ui/code.ts';
import { maskCredential } from '../../oauth/tokens/format.ts';
import { masked, stateOfToken } from './frame.ts';

/** Rows that a page shows; a number says how many there are beyond. */
const MOST_SHOWN = 50;

export type Made = Pick<Lineage, 'made' | 'secrets'>;

export const hasMade = ({ made, secrets }: Made): boolean => made.length + secrets.length > 0;

/** Of several tokens together, without those tokens themselves. */
export function madeByAll(lineages: readonly Lineage[], ids: readonly string[]): Made {
  const made = new Map(lineages.flatMap((one) => one.made.map((token) => [token.id, token])));
  const secrets = new Map(
    lineages.flatMap((one) => one.secrets.map((secret) => [secret.id, secret])),
  );
  for (const id of ids) made.delete(id);
  return { made: [...made.values()], secrets: [...secrets.values()] };
}

/** "2 tokens and 1 client secret". */
export const sayMade = ({ made, secrets }: Made): string =>
  [counted(made.length, 'token'), counted(secrets.length, 'client secret')]
    .filter((part) => part !== null)
    .join(' and ');

const counted = (count: number, noun: string): string | null =>
  count === 0 ? null : countOf(count, noun);

/** Every token and client secret that a revocation ends, so that nobody revokes more than they meant. */
export const madeTable = (
  context: PortalContext,
  { made, secrets }: Made,
  now: number,
): readonly Child[] => [
  made.length > 0 &&
    table({
      caption: 'Tokens that it made by API and that work',
      rows: made.slice(0, MOST_SHOWN),
      columns: [
        {
          label: 'Token that it made',
          kind: 'primary',
          cell: (token) =>
            html`<a href="/tokens/${token.id}"><bdi>${token.description}</bdi></a>
              <small>${masked(context, token)}</small>`,
        },
        { label: 'State', kind: 'state', cell: (token) => stateOfToken(token, now) },
        { label: 'Created', cell: ({ createdAt }) => exactTime(createdAt, now) },
        { label: 'Last used', cell: ({ lastUsedAt }) => relativeTime(lastUsedAt, now) },
      ],
    }),
  made.length > MOST_SHOWN && html`<p class="muted">And ${made.length - MOST_SHOWN} more.</p>`,
  secrets.length > 0 &&
    table({
      caption: 'Client secrets that it made by API and that work',
      rows: secrets.slice(0, MOST_SHOWN),
      columns: [
        {
          label: 'Client secret that it made',
          kind: 'primary',
          cell: ({ id }) => code(maskCredential(context.brand.tokenPrefix, 'cs', id)),
        },
        {
          label: 'App',
          cell: ({ appId, appName }) => html`<a href="/apps/${appId}"><bdi>${appName}</bdi></a>`,
        },
      ],
    }),
];

/** The tokens before it go on until their overlap ends, whatever becomes of this one. */
export const replacedNote = (replaced: readonly DeveloperToken[], now: number): Html | null =>
  replaced.length === 0
    ? null
    : callout(
        'accent',
        replaced.map(
          ({ id, expiresAt }) =>
            html`<p>
              <a href="/tokens/${id}">The token that it replaced</a> still works and ends
              ${expiresAt === null ? 'never' : exactTime(expiresAt, now)}.
            </p>`,
        ),
      );
