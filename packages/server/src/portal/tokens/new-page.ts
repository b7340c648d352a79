import { isolated, mostUnits } from '../../kit/stranger-text.ts';
import type { PortalContext } from '../portal-context.ts';
import type { SignedInVisit } from '../visit.ts';
import {
  actions,
  button,
  chips,
  errorOf,
  errorSummary,
  field,
  form,
  hidden,
  linkButton,
  selectField,
  type FieldError,
  type Option,
} from '../ui/form.ts';
import { html, type Child, type Html } from '../ui/html.ts';
import { callout, heading, section } from '../ui/parts.ts';
import { sayWhatScopesOpen } from '../ui/scope-effect.ts';
import { scopePicker, type PickerGroup } from '../ui/scope-picker.ts';
import { toFieldErrors, tokenFrame } from './frame.ts';
import { levelOf, LEVELS, offersLevel, type ScopeGroup } from './scope-groups.ts';
import {
  dateBounds,
  offeredLives,
  type FormErrors,
  type Life,
  type TokenFormSetting,
  type TokenFormValues,
} from './token-form.ts';

export interface NewTokenPage {
  readonly setting: TokenFormSetting;
  readonly values: TokenFormValues;
  readonly errors: FormErrors;
}

export function newPage(context: PortalContext, visit: SignedInVisit, given: NewTokenPage): Html {
  const { setting, values } = given;
  const errors = toFieldErrors(given.errors);
  return tokenFrame(context, visit, {
    title: 'New token',
    body: [
      heading({
        title: 'New token',
        lead: 'It acts as you, limited to the scopes that you choose here.',
        back: { href: '/tokens', label: 'Tokens' },
      }),
      errorSummary(errors),
      form(
        { action: '/tokens', csrf: visit.signedIn.csrf, attributes: { class: 'stack' } },
        hidden('creation_key', values.creationKey),
        description(values, errors),
        setting.accounts.length > 1 && accountField(setting, errors),
        lifeFields(context, given, errors),
        scopes(context, given, errorOf(errors, 'scope')),
        actions(
          button({ label: 'Create', kind: 'primary' }),
          linkButton({ href: '/tokens', label: 'Cancel' }),
        ),
      ),
    ],
  });
}

const description = (values: TokenFormValues, errors: readonly FieldError[]): Html =>
  field({
    label: 'Description',
    name: 'description',
    value: values.description,
    error: errorOf(errors, 'description'),
    hint: 'Something that will help you remember what you use the token for.',
    required: true,
    attributes: {
      maxlength: mostUnits('token description'),
      placeholder: 'Nightly export to the archive (build server)',
    },
  });

const accountField = (setting: TokenFormSetting, errors: readonly FieldError[]): Html =>
  selectField({
    label: 'Account',
    name: 'account_id',
    value: setting.accountId,
    error: errorOf(errors, 'account_id'),
    hint: 'The token acts in this account only. Your role there decides which scopes it can have.',
    options: setting.accounts.map(({ id, displayName, role }) => ({
      value: id,
      label: `${isolated(displayName)} (${role})`,
    })),
  });

const LIFE_LABELS: Readonly<Record<Life, string>> = {
  '7': '7 days',
  '30': '30 days',
  '60': '60 days',
  '90': '90 days',
  '365': '1 year',
  custom: 'Custom…',
  never: 'Never',
};

function lifeFields(
  context: PortalContext,
  { setting, values }: NewTokenPage,
  errors: readonly FieldError[],
): Child {
  const { policy } = context.tokens;
  const { first, last } = dateBounds(policy, setting.now);
  const options: readonly Option[] = offeredLives(policy).map((life) => ({
    value: life,
    label: LIFE_LABELS[life],
  }));
  return html`<div class="life" data-expiry>
    ${chips({
      legend: 'Expires',
      name: 'expires_in',
      value: values.life,
      options,
      error: errorOf(errors, 'expires_in'),
      hint: 'We write to you a week and a day before. Rotating makes a successor without a gap.',
    })}
    ${field({
      label: 'Expiry date',
      name: 'expires_on',
      type: 'date',
      value: values.expiresOn,
      error: errorOf(errors, 'expires_on'),
      hint: 'For “Custom”: the token works through this day, UTC.',
      attributes: { min: first, max: last },
    })}
  </div>`;
}

function scopes(
  context: PortalContext,
  { setting, values }: NewTokenPage,
  error: string | null,
): Html {
  // While "all" stands for everything the groups show nothing, so that unticking it leaves nothing.
  const chosen = new Set(values.isAll ? [] : values.scopes);
  const { groups, allowed } = setting;
  const isNarrowed = groups.some((group) => group.scopes.some(({ name }) => !allowed.has(name)));
  return section(
    {
      title: 'Scopes',
      lead: html`What the token may do. Write includes read; deleting is always chosen by name:
      open a category. ${isNarrowed && 'What your role does not allow is greyed out.'}
      ${sayWhatScopesOpen(context.catalogues.current())}`,
    },
    scopePicker({
      groups: groups.map((group) => pickerGroup(group, { chosen, allowed })),
      presets: context.catalogues.current().presets,
      isAll: values.isAll,
      error,
    }),
  );
}

const pickerGroup = (
  group: ScopeGroup,
  { chosen, allowed }: { chosen: ReadonlySet<string>; allowed: ReadonlySet<string> },
): PickerGroup => ({
  category: group.category,
  slug: group.slug,
  level: levelOf(group, chosen, allowed),
  offers: LEVELS.filter((level) => offersLevel(group, level, allowed)),
  scopes: group.scopes.map((scope) => ({
    ...scope,
    isChosen: chosen.has(scope.name) && allowed.has(scope.name),
    isAllowed: allowed.has(scope.name),
  })),
});

/** Tokens need a proved address: it is where their owner is warned. */
export const verifyFirstPage = (context: PortalContext, visit: SignedInVisit): Html =>
  tokenFrame(context, visit, {
    title: 'Verify your e-mail address first',
    body: [
      heading({
        title: 'Verify your e-mail address first',
        back: { href: '/tokens', label: 'Tokens' },
      }),
      callout(
        'warning',
        html`<p>
          Tokens can be made once your address is verified. We sent a link to
          <strong>${visit.signedIn.user.email}</strong>; open it and come back. Wrong address?
          <a href="/account/email">Change it</a>.
        </p>`,
      ),
      form(
        { action: '/verify-email/resend', csrf: visit.signedIn.csrf },
        hidden('return_to', '/tokens/new'),
        button({ label: 'Send the link again', kind: 'primary', icon: 'mail' }),
      ),
    ],
  });
