/** Offering an app to another person, for its owner. */
import type { App } from '../../apps/types.ts';
import type { PortalContext } from '../portal-context.ts';
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
import { callout, heading, section } from '../ui/parts.ts';
import { exactTime } from '../ui/time.ts';
import type { SignedInVisit } from '../visit.ts';
import type { AppDossier } from './dossier.ts';
import { appFrame, change } from './frame.ts';
import { isOwn } from './own.ts';

const TAKEN_OVER = {
  people:
    'Somebody else can take the app over, when they accept. People who connected it stay connected.',
  service:
    'Somebody else can take the app over, when they accept. It may then do what their role allows.',
} as const;

/** On the page of the app. Operators see an offer of another owner, and can withdraw it. */
export function offerOf(visit: SignedInVisit, { app, offer, now }: AppDossier): Child {
  if (offer !== null)
    return change({
      title: 'Offered to another owner',
      text: html`To <bdi>${offer.email}</bdi>, until ${exactTime(offer.expiresAt, now)}. Nothing changes until somebody who has
        proved that address accepts.`,
      control: form(
        { action: `/apps/${app.id}/offer/withdraw`, csrf: visit.signedIn.csrf },
        button({ label: 'Withdraw the offer' }),
      ),
    });
  if (!isOwn(app, visit) || app.mayIntrospect) return null;
  return change({
    title: 'Owner',
    text: app.type === 'service' ? TAKEN_OVER.service : TAKEN_OVER.people,
    control: linkButton({ href: `/apps/${app.id}/offer`, label: 'Offer to somebody…' }),
  });
}

export interface OfferForm {
  readonly app: App;
  readonly email: string;
  readonly errors: readonly FieldError[];
}

export const offerPage = (
  context: PortalContext,
  visit: SignedInVisit,
  { app, email, errors }: OfferForm,
): Html =>
  appFrame(context, visit, {
    title: 'Offer the app to somebody',
    body: [
      heading({
        title: html`Offer “<bdi>${app.name}</bdi>” to somebody`,
        back: { href: `/apps/${app.id}`, label: app.name },
      }),
      errorSummary(errors),
      section(
        { title: 'What changes' },
        html`<ul>
          <li>
            Nothing, until they accept. The offer ends after 7 days, and you can withdraw it until it
            is accepted.
          </li>
          <li>They see its name, redirect URIs and scopes, and how many people connected it.</li>
          <li>When they accept, the app is theirs at once, and you can no longer change it.</li>
          <li>
            ${app.type === 'service' ? 'It then acts with their rights.' : 'Whoever connected it stays connected.'}
          </li>
          ${app.type !== 'public' && html`<li>They choose when its client secrets of today end: within 7 days.</li>`}
        </ul>`,
      ),
      app.type === 'service' &&
        callout(
          'quiet',
          html`<p>
            If you are not members of the same account, it moves to theirs, and its tokens end.
          </p>`,
        ),
      section({ title: 'New owner' }, offerForm(visit, { app, email, errors })),
    ],
  });

const offerForm = (visit: SignedInVisit, { app, email, errors }: OfferForm): Html =>
  form(
    {
      action: `/apps/${app.id}/offer`,
      csrf: visit.signedIn.csrf,
      attributes: { class: 'stack' },
    },
    field({
      label: 'Their e-mail address',
      name: 'email',
      type: 'email',
      value: email,
      error: errorOf(errors, 'email'),
      hint: 'We send a message there. Only somebody who has proved the address sees the offer.',
      required: true,
    }),
    actions(
      button({ label: 'Offer the app', kind: 'primary' }),
      linkButton({ href: `/apps/${app.id}`, label: 'Cancel' }),
    ),
  );
