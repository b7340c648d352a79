/** An operator gives an app of anybody to another owner. */
import type { User } from '../../identity/types.ts';
import type { App } from '../../apps/types.ts';
import { appFrame, sayUsers } from '../apps/frame.ts';
import { overlapField } from '../apps/overlap-field.ts';
import { isOwn } from '../apps/own.ts';
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
import { html, type Html } from '../ui/html.ts';
import { facts, heading, section } from '../ui/parts.ts';
import { badge } from '../ui/state.ts';
import type { SignedInVisit } from '../visit.ts';

export interface TransferPage {
  readonly app: App;
  /** `null`: nobody. */
  readonly owner: User | null;
  readonly users: number;
  readonly errors: readonly FieldError[];
  readonly typed: { readonly email: string; readonly hours: string };
}

export const transferPage = (
  context: PortalContext,
  visit: SignedInVisit,
  given: TransferPage,
): Html =>
  appFrame(context, visit, {
    title: 'Give the app to another owner',
    current: isOwn(given.app, visit) ? 'apps' : 'all-apps',
    body: [
      heading({
        title: html`Give “<bdi>${given.app.name}</bdi>” to another owner`,
        back: { href: `/apps/${given.app.id}`, label: given.app.name },
      }),
      errorSummary(given.errors),
      facts([
        ['Owner now', given.owner === null ? 'Nobody' : ownerNow(given.owner)],
        ...(given.app.type === 'service' ? [] : [['Connected', sayUsers(given.users)] as const]),
      ]),
      section(
        { title: 'What changes' },
        html`<ul>
          ${whatChanges(given).map((line) => html`<li>${line}</li>`)}
        </ul>`,
      ),
      section({ title: 'New owner' }, transferForm(visit, given)),
    ],
  });

const ownerNow = ({ id, name, email, suspendedAt }: User): Html =>
  html`<a href="/admin/people/${id}"><bdi>${name}</bdi></a> <span class="muted">${email}</span>
    ${suspendedAt !== null && badge('Suspended', 'danger')}`;

function whatChanges({ app: { type, mayIntrospect }, owner }: TransferPage): readonly string[] {
  const all = [
    owner === null
      ? 'It takes effect at once. The new owner is told by e-mail.'
      : 'It takes effect at once. The former owner can no longer change the app. Both owners are told by e-mail.',
    type === 'service'
      ? 'It acts with the rights of the new owner.'
      : 'Whoever connected it stays connected.',
    owner === null
      ? 'It moves to the account of the new owner.'
      : 'It stays in its account when the new owner is a member there. Otherwise it moves to their own account.',
  ];
  return mayIntrospect
    ? [...all, 'It is a resource server: the new owner can ask about every token.']
    : all;
}

const transferForm = (
  visit: SignedInVisit,
  { app, errors, typed: { email, hours } }: TransferPage,
): Html =>
  form(
    {
      action: `/admin/apps/${app.id}/transfer`,
      csrf: visit.signedIn.csrf,
      attributes: { class: 'stack' },
    },
    field({
      label: 'Their e-mail address',
      name: 'email',
      type: 'email',
      value: email,
      error: errorOf(errors, 'email'),
      hint: 'Somebody who has signed up here and has proved the address.',
      required: true,
    }),
    app.type !== 'public' && overlapField({ app, value: hours, errors }),
    actions(
      button({ label: 'Give to another owner', kind: 'danger' }),
      linkButton({ href: `/apps/${app.id}`, label: 'Cancel' }),
    ),
  );
