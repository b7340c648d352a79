/** Asks what becomes of what a person had, before access that was taken away is given back. */
import type { Earlier } from '../../identity/accounts/earlier.ts';
import type { LivingAccess, LivingList } from '../../identity/ports.ts';
import type { User } from '../../identity/types.ts';
import { countOf, nounFor } from '../../kit/plural.ts';
import { personalPage } from '../frame.ts';
import type { PortalContext } from '../portal-context.ts';
import { actions, button, chips, form, hidden, linkButton } from '../ui/form.ts';
import { html, type Child, type Html } from '../ui/html.ts';
import { callout, heading, section, table } from '../ui/parts.ts';
import { relativeTime } from '../ui/time.ts';
import type { SignedInVisit } from '../visit.ts';

export interface EarlierQuestion {
  readonly user: User;
  readonly living: LivingAccess;
  /** Apps of theirs that other people connected, which work again with their owner. */
  readonly apps: number;
  /** "Give the role back", "Lift the suspension". */
  readonly act: string;
  readonly action: string;
  readonly fields: Readonly<Record<string, string>>;
}

const OPTIONS: readonly { readonly value: Earlier; readonly label: string }[] = [
  { value: 'end', label: 'End it for good' },
  { value: 'keep', label: 'Let it work again' },
];

export function earlierPage(
  context: PortalContext,
  visit: SignedInVisit,
  given: EarlierQuestion,
): Html {
  const { user, living, act } = given;
  const now = context.clock();
  return personalPage(context, visit, {
    title: act,
    current: 'people',
    body: [
      heading({
        title: html`${act}: <bdi>${user.name}</bdi>`,
        lead: user.email,
        back: { href: `/admin/people/${user.id}`, label: user.name },
      }),
      callout(
        'warning',
        html`<p>
          They had ${sayLiving(living)} before. Without a decision of yours ${nounFor(livingCount(living), 'it', 'all of it')}
          would work again. Nothing was changed yet.
        </p>`,
      ),
      things('Tokens', living.tokens, now),
      things('Services, which act with their rights', living.services, now),
      things('Apps that they connected', living.grants, now),
      given.apps > 0 &&
        html`<p>
          ${countOf(given.apps, 'app')} of theirs ${nounFor(given.apps, 'works', 'work')} again for the people who
          connected ${nounFor(given.apps, 'it', 'them')}, whatever you choose.
        </p>`,
      decision(visit, given),
    ],
  });
}

const decision = (visit: SignedInVisit, { user, act, action, fields }: EarlierQuestion): Html =>
  form(
    { action, csrf: visit.signedIn.csrf, attributes: { class: 'stack' } },
    Object.entries(fields).map(([name, value]) => hidden(name, value)),
    chips({
      legend: 'What they had before',
      name: 'earlier',
      value: 'end',
      options: OPTIONS,
      hint: 'Ended, it cannot be brought back: they make new tokens and client secrets, and connect apps again. They are told by e-mail.',
    }),
    actions(
      button({ label: act, kind: 'primary' }),
      linkButton({ href: `/admin/people/${user.id}`, label: 'Cancel' }),
    ),
  );

const livingCount = ({ tokens, services, grants }: LivingAccess): number =>
  tokens.total + services.total + grants.total;

/** "2 tokens, 1 service and 3 connected apps". */
export function sayLiving({ tokens, services, grants }: LivingAccess): string {
  const parts = [
    counted(tokens.total, 'token'),
    counted(services.total, 'service'),
    counted(grants.total, 'connected app'),
  ].filter((part) => part !== null);
  const last = parts.at(-1) ?? 'nothing';
  return parts.length < 2 ? last : `${parts.slice(0, -1).join(', ')} and ${last}`;
}

const counted = (count: number, noun: string): string | null =>
  count === 0 ? null : countOf(count, noun);

const things = (title: string, { total, first }: LivingList, now: number): Child =>
  total > 0 &&
  section(
    { title },
    table({
      caption: title,
      rows: first,
      columns: [
        { label: 'Name', kind: 'primary', cell: ({ name }) => html`<bdi>${name}</bdi>` },
        { label: 'Last used', cell: ({ lastUsedAt }) => relativeTime(lastUsedAt, now) },
      ],
    }),
    total > first.length && html`<p class="muted">And ${total - first.length} more.</p>`,
  );
