/** Asking whether somebody is to be deleted, and whether they want to stay after all. */
import { countOf } from '../../kit/plural.ts';
import { isolated } from '../../kit/stranger-text.ts';
import type { User, UserWithRole } from '../../identity/types.ts';
import { ownedAppsTable, type OwnedApp } from '../apps/owned-apps.ts';
import { personalPage } from '../frame.ts';
import type { PortalContext } from '../portal-context.ts';
import {
  actions,
  button,
  errorOf,
  errorSummary,
  field,
  form,
  hidden,
  linkButton,
  selectField,
  type FieldError,
} from '../ui/form.ts';
import { html, type Child, type Html } from '../ui/html.ts';
import { card } from '../ui/layout.ts';
import { callout, dangerZone, heading, section } from '../ui/parts.ts';
import { exactTime } from '../ui/time.ts';
import type { SignedInVisit } from '../visit.ts';

export interface DeletionPage {
  readonly user: User;
  readonly isOwn: boolean;
  readonly apps: readonly OwnedApp[];
  /** Who could take over accounts that others work in; none when nobody does. */
  readonly heirs: readonly UserWithRole[];
  readonly graceDays: number;
  readonly errors: readonly FieldError[];
  readonly typed: { readonly email: string; readonly heir: string };
}

export const deletionZone = dangerZone(
  {
    title: 'Delete your account',
    lead: 'Ends your access at once and erases your data later. You can take it back until then.',
  },
  linkButton({ href: '/account/delete', label: 'Delete account…', kind: 'danger' }),
);

const saysDays = (days: number): string =>
  days === 0 ? 'within the hour' : `after ${countOf(days, 'day')}`;

export function deletionPage(
  context: PortalContext,
  visit: SignedInVisit,
  given: DeletionPage,
): Html {
  const { user, isOwn, errors, graceDays } = given;
  const back = isOwn
    ? { href: '/account', label: 'Account' }
    : { href: `/admin/people/${user.id}`, label: user.name };
  const title = isOwn ? 'Delete your account?' : 'Delete this person?';
  return personalPage(context, visit, {
    title,
    current: isOwn ? 'account' : 'people',
    body: [
      heading({ title, lead: user.email, back }),
      errorSummary(errors),
      callout('danger', isOwn ? ownWarning(graceDays) : otherWarning(graceDays)),
      appsSection(visit, given),
      keptSection(isOwn),
      section({ title: 'Confirm' }, deletionForm(visit, given, back.href)),
    ],
  });
}

const ownWarning = (days: number): Html =>
  html`<p>
      <strong>At once:</strong> you are signed out everywhere, and every token, service and connected
      app of yours is refused.
    </p>
    <p>
      <strong>Erased ${saysDays(days)}:</strong> your name, addresses, profile, browsers, tokens, apps
      and messages.${days > 0 && ' Until then you can take it back: sign in, or follow the link in the message that we send you.'}
    </p>`;

const otherWarning = (days: number): Html =>
  html`<p>
      <strong>At once:</strong> they are signed out everywhere, and every token, service and connected
      app of theirs is refused.
    </p>
    <p>
      <strong>Erased ${saysDays(days)}:</strong> their name, addresses, profile, browsers, tokens, apps
      and messages. Only an operator can take back a deletion that an operator began. They get a
      message that says so.
    </p>`;

function appsSection({ signedIn }: SignedInVisit, { apps, isOwn }: DeletionPage): Html | null {
  if (apps.length === 0) return null;
  const { isOperator: mayTransfer } = signedIn.user;
  return section(
    {
      title: 'Apps',
      lead: `These apps stop at once for everybody who uses them, and are deleted with ${isOwn ? 'you' : 'the person'}. What should live on must get another owner first.`,
    },
    ownedAppsTable({ caption: 'Apps that are deleted too', apps, mayTransfer, mayOffer: isOwn }),
    isOwn &&
      html`<p class="muted">
        Offer an app to another person, and wait until they have accepted before you delete your
        account.
      </p>`,
  );
}

const keptSection = (isOwn: boolean): Html =>
  section(
    { title: 'What stays' },
    html`<ul>
      <li>
        In the audit log: ids, what happened and when, scopes, roles and counts. Names, e-mail and
        network addresses are taken out.
      </li>
      <li>
        Of tokens, apps and connections: ids, scopes, dates and hashes that nobody can turn back. The
        name of an app that others used stays in their logs.
      </li>
      <li>Backups of the database that are older than the erasure, as long as they are kept.</li>
    </ul>
    <p class="muted">
      ${isOwn ? 'You can sign up with your address again later; nothing of this account comes back.' : 'The address can sign up again; nothing of this person comes back.'}
    </p>`,
  );

function deletionForm(visit: SignedInVisit, given: DeletionPage, cancel: string): Html {
  const { user, isOwn, heirs, errors, typed } = given;
  return form(
    {
      action: isOwn ? '/account/delete' : `/admin/people/${user.id}/delete`,
      csrf: visit.signedIn.csrf,
      attributes: { class: 'stack' },
    },
    heirs.length > 0 && heirField(heirs, typed.heir, errors),
    field({
      label: isOwn ? 'Type your e-mail address to confirm' : 'Type their e-mail address to confirm',
      name: 'confirm_email',
      type: 'email',
      value: typed.email,
      error: errorOf(errors, 'confirm_email'),
      hint: user.email,
      autocomplete: 'off',
      required: true,
    }),
    actions(
      button({ label: isOwn ? 'Delete my account' : 'Delete this person', kind: 'danger' }),
      linkButton({ href: cancel, label: 'Cancel' }),
    ),
  );
}

const heirField = (
  heirs: readonly UserWithRole[],
  value: string,
  errors: readonly FieldError[],
): Html =>
  selectField({
    label: 'Who takes over the account that others work in',
    name: 'heir',
    value,
    error: errorOf(errors, 'heir'),
    hint: 'They become its owner when the data is erased. Nobody else loses anything.',
    options: [
      { value: '', label: 'Choose somebody' },
      ...heirs.map(({ id, name, email }) => ({ value: id, label: `${name} (${email})` })),
    ],
  });

/** After the right password, or the link in the message. */
export const keepPage = (context: PortalContext, user: User, proof: string): Html =>
  card({
    title: 'Keep your account?',
    brand: context.brand,
    body: html`<p>You asked for your account to be deleted. Your data is erased after:</p>
      <p><strong>${exactTime(user.deletionDueAt ?? 0, context.clock())}</strong></p>
      <p>If you keep it, your tokens and apps work again at once.</p>
      ${form(
        { action: '/keep-account', csrf: null, attributes: { class: 'stack' } },
        hidden('proof', proof),
        actions(button({ label: 'Keep my account', kind: 'primary' })),
      )}
      <p class="muted">Otherwise there is nothing to do.</p>`,
  });

export const nothingToKeepPage = (context: PortalContext): Html =>
  card({
    title: 'This link does not work any more',
    brand: context.brand,
    body: html`<p>The deletion was taken back already, or the time for it is over.</p>
      ${actions(linkButton({ href: '/sign-in', label: 'Sign in', kind: 'primary' }))}`,
  });

/** On the page of a person, for operators. */
export function deletionOf(visit: SignedInVisit, user: User, now: number): Child {
  if (user.erasedAt !== null) return null;
  if (user.deletionDueAt === null)
    return dangerZone(
      {
        title: `Delete ${isolated(user.name)}`,
        lead: 'Ends their access at once and erases their data after the grace period.',
      },
      linkButton({ href: `/admin/people/${user.id}/delete`, label: 'Delete…', kind: 'danger' }),
    );
  return dangerZone(
    {
      title: 'Take the deletion back',
      lead: html`Their data is erased after ${exactTime(user.deletionDueAt, now)}. Taken back, their tokens
      and apps work again.`,
    },
    form(
      { action: `/admin/people/${user.id}/keep`, csrf: visit.signedIn.csrf },
      button({ label: 'Keep this person' }),
    ),
  );
}
