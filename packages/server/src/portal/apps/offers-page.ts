/** Apps that others offer to whoever looks: the list, and one of them with all that comes with it. */
import type { ShownOffer } from '../../apps/answer-offer.ts';
import type { App } from '../../apps/types.ts';
import type { PortalContext } from '../portal-context.ts';
import {
  actions,
  button,
  errorSummary,
  form,
  hidden,
  linkButton,
  type FieldError,
} from '../ui/form.ts';
import { code } from '../ui/code.ts';
import { html, type Child, type Html } from '../ui/html.ts';
import type { Notice } from '../ui/layout.ts';
import { callout, emptyState, facts, heading, section, table } from '../ui/parts.ts';
import { exactTime } from '../ui/time.ts';
import type { SignedInVisit } from '../visit.ts';
import { factsOfApp } from './facts.ts';
import { appFrame, sayUsers, TYPE_WORDS } from './frame.ts';
import { overlapField } from './overlap-field.ts';

export interface OfferList {
  readonly offers: readonly ShownOffer[];
  readonly notice: Notice | null;
  readonly now: number;
}

export const offersPage = (context: PortalContext, visit: SignedInVisit, given: OfferList): Html =>
  appFrame(context, visit, {
    title: 'Apps offered to you',
    notice: given.notice,
    body: [
      heading({
        title: 'Apps offered to you',
        lead: 'Somebody wants to give you an app of theirs. Nothing changes until you accept.',
        back: { href: '/apps', label: 'Apps' },
      }),
      visit.signedIn.user.emailVerifiedAt === null
        ? callout('warning', html`<p>Confirm your e-mail address to see offers made to it.</p>`)
        : given.offers.length === 0
          ? none(visit)
          : offersTable(given),
    ],
  });

const none = ({ signedIn }: SignedInVisit): Html =>
  emptyState(
    { icon: 'code', title: 'No offers' },
    html`<p>
      Nothing is offered to <bdi>${signedIn.user.email}</bdi> now. Offers end after 7 days, and can be
      withdrawn.
    </p>`,
  );

const offersTable = ({ offers, now }: OfferList): Html =>
  table({
    caption: 'Apps offered to you, newest first',
    rows: offers,
    columns: [
      {
        label: 'App',
        kind: 'primary',
        cell: ({ offer, app }) =>
          html`<a href="/apps/offers/${offer.id}"><bdi>${app.name}</bdi></a>`,
      },
      { label: 'Type', kind: 'short', cell: ({ app }) => TYPE_WORDS[app.type] },
      { label: 'From', kind: 'long', cell: ({ owner }) => ownerOf(owner) },
      { label: 'Ends', cell: ({ offer }) => exactTime(offer.expiresAt, now) },
    ],
  });

const ownerOf = ({ name, email }: ShownOffer['owner']): Html =>
  html`<bdi>${name}</bdi> <span class="muted"><bdi>${email}</bdi></span>`;

export interface OfferPage {
  readonly shown: ShownOffer;
  readonly hours: string;
  readonly errors: readonly FieldError[];
  readonly now: number;
}

export const offerToPage = (context: PortalContext, visit: SignedInVisit, given: OfferPage): Html =>
  appFrame(context, visit, {
    title: 'An app is offered to you',
    body: [
      heading({
        title: html`Take over “<bdi>${given.shown.app.name}</bdi>”?`,
        back: { href: '/apps/offers', label: 'Apps offered to you' },
      }),
      errorSummary(given.errors),
      warning(given.shown.app),
      facts(factsOfOffer(context, given)),
      section(
        { title: 'What changes when you accept' },
        html`<ul>
          ${whatChanges(given.shown).map((line) => html`<li>${line}</li>`)}
        </ul>`,
      ),
      answers(visit, given),
    ],
  });

/** Whoever accepts answers for it, and for where it sends people. */
const warning = ({ type, redirectUris }: App): Child =>
  callout(
    'warning',
    html`<p>
      Accept only an app that you know, from somebody whom you know: you answer for it from then on.
    </p>`,
    type !== 'service' &&
      redirectUris.length > 0 &&
      html`<p>
        Whoever controls its redirect URIs gets access to what people allow it. Check that all of them
        are yours.
      </p>`,
  );

const factsOfOffer = (
  context: PortalContext,
  { shown: { app, owner, users, offer }, now }: OfferPage,
): Parameters<typeof facts>[0] => [
  ['Offered by', ownerOf(owner)],
  ['Type', TYPE_WORDS[app.type]],
  ['Client ID', code(app.id)],
  ...(app.type === 'service' ? [] : [['Connected', sayUsers(users)] as const]),
  ...factsOfApp(context, app, { isOpen: true }),
  ['State', app.disabledAt === null ? 'Active' : 'Disabled'],
  ['The offer ends', exactTime(offer.expiresAt, now)],
];

const whatChanges = ({ app, users }: ShownOffer): readonly string[] => [
  app.type === 'service'
    ? 'It acts with your rights, as far as its scopes go.'
    : `Whoever connected it (${sayUsers(users).toLowerCase()}) stays connected, and sees your name as its owner.`,
  'You can change it, and its former owner no longer can. Both of you are told by e-mail.',
  'It stays in its account when you are a member there. Otherwise it moves to your own.',
];

const answers = (visit: SignedInVisit, { shown, hours, errors }: OfferPage): Html =>
  section(
    { title: 'Your answer' },
    form(
      {
        action: `/apps/offers/${shown.offer.id}/accept`,
        csrf: visit.signedIn.csrf,
        attributes: { class: 'stack' },
      },
      hidden('seen', shown.seen),
      shown.app.type !== 'public' && overlapField({ app: shown.app, value: hours, errors }),
      actions(
        button({ label: 'Accept the app', kind: 'primary' }),
        linkButton({ href: '/apps/offers', label: 'Not now' }),
      ),
    ),
    form(
      { action: `/apps/offers/${shown.offer.id}/decline`, csrf: visit.signedIn.csrf },
      button({ label: 'Decline', kind: 'link' }),
    ),
  );
