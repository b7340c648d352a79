import { isolated } from '../../kit/stranger-text.ts';
import type { AccountOfMember } from '../../identity/types.ts';
import type { PortalContext } from '../portal-context.ts';
import { toFieldErrors } from '../tokens/frame.ts';
import {
  actions,
  button,
  errorOf,
  errorSummary,
  form,
  hidden,
  linkButton,
  selectField,
} from '../ui/form.ts';
import { html, type Html } from '../ui/html.ts';
import { callout, heading, section } from '../ui/parts.ts';
import type { SignedInVisit } from '../visit.ts';
import type { NewAppValues } from './app-form.ts';
import { about, advanced, redirectUris, scopes } from './form-fields.ts';
import { appFrame } from './frame.ts';
import { typeField } from './type-field.ts';

export interface NewAppPage {
  readonly accounts: readonly AccountOfMember[];
  readonly values: NewAppValues;
  readonly errors: Readonly<Record<string, string>>;
}

const BACK = { href: '/apps', label: 'Apps' } as const;

export function newPage(context: PortalContext, visit: SignedInVisit, given: NewAppPage): Html {
  const { values, accounts } = given;
  const errors = toFieldErrors(given.errors);
  const fields = { values, errors, fixedType: null };
  return appFrame(context, visit, {
    title: 'New app',
    body: [
      heading({
        title: 'New app',
        lead: 'Everything but its type can be changed later.',
        back: BACK,
      }),
      errorSummary(errors),
      form(
        { action: '/apps', csrf: visit.signedIn.csrf, attributes: { class: 'app-form' } },
        hidden('creation_key', values.creationKey),
        section(
          { title: 'What kind of app is it?' },
          typeField({ value: values.type, error: errorOf(errors, 'type') }),
        ),
        about(fields, accounts.length > 1 && accountField(given, errorOf(errors, 'account_id'))),
        redirectUris(fields),
        scopes(context, fields),
        advanced(context, fields),
        actions(
          button({ label: 'Register', kind: 'primary' }),
          linkButton({ href: '/apps', label: 'Cancel' }),
        ),
      ),
    ],
  });
}

const accountField = ({ accounts, values }: NewAppPage, error: string | null): Html =>
  selectField({
    label: 'Account',
    name: 'account_id',
    value: values.accountId,
    error,
    hint: 'Where it is registered. A service acts in this account, within your role there.',
    options: accounts.map(({ id, displayName, role }) => ({
      value: id,
      label: `${isolated(displayName)} (${role})`,
    })),
  });

/** Registration is for operators on this installation. */
export const closedPage = (context: PortalContext, visit: SignedInVisit): Html =>
  appFrame(context, visit, {
    title: 'Apps are registered by operators',
    body: [
      heading({ title: 'Apps are registered by operators', back: BACK }),
      html`<p>
        On this server new apps are registered by its operators. Ask one of them, and say what the
        app is for, where people come back to and which scopes it needs.
        ${
          context.brand.supportUrl !== null &&
          html`<a href="${context.brand.supportUrl}">Help</a> tells you whom to ask.`
        }
      </p>`,
      html`<p>For programs of your own, a developer token may be all you need.</p>`,
      actions(linkButton({ href: '/tokens/new', label: 'Create a token', icon: 'key' })),
    ],
  });

/** Whoever has an app must be reachable. */
export const verifyFirstPage = (context: PortalContext, visit: SignedInVisit): Html =>
  appFrame(context, visit, {
    title: 'Verify your e-mail address first',
    body: [
      heading({ title: 'Verify your e-mail address first', back: BACK }),
      callout(
        'warning',
        html`<p>
          Apps can be registered once your address is verified. We sent a link to
          <strong>${visit.signedIn.user.email}</strong>; open it and come back. Wrong address?
          <a href="/account/email">Change it</a>.
        </p>`,
      ),
      form(
        { action: '/verify-email/resend', csrf: visit.signedIn.csrf },
        hidden('return_to', '/apps/new'),
        button({ label: 'Send the link again', kind: 'primary', icon: 'mail' }),
      ),
    ],
  });
