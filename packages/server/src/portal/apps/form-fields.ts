/** The fields of an app, for registering and for changing it. What does not concern a type is folded away by style alone. */
import { mostUnits } from '../../kit/stranger-text.ts';
import { TEXT_FIELDS, type DescribedText } from '../../oauth/clients/fields.ts';
import type { ClientType } from '../../oauth/vocabulary.ts';
import type { PortalContext } from '../portal-context.ts';
import { checkbox, errorOf, field, fieldId, textArea, type FieldError } from '../ui/form.ts';
import { attributes, html, type Child, type Html } from '../ui/html.ts';
import { icon } from '../ui/icons.ts';
import { section } from '../ui/parts.ts';
import { sayWhatScopesOpen } from '../ui/scope-effect.ts';
import type { AppValues } from './app-form.ts';
import { byType } from './by-type.ts';
import { sayAccess, sayRefresh } from './lifetimes.ts';
import { offlineWish, scopeWishes } from './scope-wishes.ts';

export interface AppFields {
  readonly values: AppValues;
  readonly errors: readonly FieldError[];
  /** Set once it cannot change any more: fields of other types are then left out. */
  readonly fixedType: ClientType | null;
}

export const about = ({ values, errors, fixedType }: AppFields, ...more: readonly Child[]): Html =>
  section(
    {
      title: 'About the app',
      lead: byType(fixedType, {
        people: 'People see this when it asks them for access.',
        service: 'So that you and the operators know what it is. It asks nobody for access.',
      }),
    },
    field({
      label: 'Name',
      name: 'name',
      value: values.name,
      error: errorOf(errors, 'name'),
      required: true,
      attributes: { maxlength: mostUnits('app name'), placeholder: 'Calendar sync' },
    }),
    TEXT_FIELDS.map((described) => textField(described, { values, errors, fixedType })),
    more,
  );

function textField(described: DescribedText, { values, errors, fixedType }: AppFields): Child {
  const { name, wire, kind, label, hint, isForPeople } = described;
  const value = values[name];
  // What is there must not be lost by a form that leaves it out.
  if (isForPeople === true && fixedType === 'service' && value === '') return false;
  const drawn = field({
    label: `${label} (optional)`,
    name: wire,
    value,
    error: errorOf(errors, wire),
    ...(kind === 'link' && { type: 'url' as const }),
    ...(hint !== undefined && { hint: byType(fixedType, hint) }),
    attributes: kind === 'link' ? { placeholder: 'https://' } : { maxlength: 500 },
  });
  return isForPeople === true ? html`<div class="for-people">${drawn}</div>` : drawn;
}

export const redirectUris = ({ values, errors, fixedType }: AppFields): Html | false =>
  fixedType !== 'service' &&
  html`<div class="for-people">
    ${section(
      {
        title: 'Redirect URIs',
        lead: 'Where people come back to with the answer. Nothing is ever sent anywhere else.',
      },
      uriRules(fixedType),
      textArea({
        label: 'Redirect URIs, one a line',
        name: 'redirect_uris',
        value: values.redirectUris,
        error: errorOf(errors, 'redirect_uris'),
        rows: 4,
        attributes: {
          placeholder: 'https://app.example.com/callback',
          class: 'code',
          spellcheck: 'false',
          autocapitalize: 'off',
          'data-redirect-uris': true,
        },
      }),
      html`<ul class="uri-hints plain" aria-live="polite" data-redirect-hints hidden></ul>`,
    )}
  </div>`;

const uriRules = (type: ClientType | null): Html =>
  html`<ul class="rules hint">
    <li>
      <code>https://</code>, compared character by character: a slash or a capital more is another
      address.
    </li>
    <li>
      For development <code>http://</code> on <code>localhost</code>, <code>127.0.0.1</code> or
      <code>[::1]</code>, where every port matches.
    </li>
    ${
      type !== 'web' &&
      html`<li>
        For apps on a device a scheme of their own, as a reversed domain name:
        <code>com.example.app:/callback</code>.
      </li>`
    }
    <li>No wildcards, no <code>#</code>, no user name, at most 20.</li>
  </ul>`;

export function scopes(
  { catalogues }: PortalContext,
  { values, errors, fixedType }: AppFields,
): Html {
  const catalogue = catalogues.current();
  return section(
    {
      title: 'Scopes',
      lead: html`${byType(fixedType, {
        people:
          'All that the app may ever ask for. People can leave out what is optional. Without what is required, they cannot connect it.',
        service: 'All that its tokens may do, within the role of whoever registered it.',
      })} ${sayWhatScopesOpen(catalogue)}`,
    },
    scopeWishes(catalogue, {
      wishes: values.wishes,
      error: errorOf(errors, 'scopes'),
      fixedType,
    }),
    fixedType !== 'service' && offlineWish(catalogue, values.wishes),
  );
}

/** Open when there is something in it to see. */
export const advanced = (context: PortalContext, given: AppFields): Html => {
  const { values, errors, fixedType } = given;
  const names = ['access_minutes', 'refresh_days', 'allows_missing_pkce'];
  const isOpen =
    names.some((name) => errorOf(errors, name) !== null) ||
    [values.accessMinutes, values.refreshDays].some((typed) => typed !== '') ||
    values.isRefreshStrict ||
    values.allowsMissingPkce;
  return html`<details class="advanced"${attributes({ open: isOpen })}>
    <summary>Advanced: token lifetimes${byType(fixedType, { people: ', refresh, compatibility', service: null })}</summary>
    ${lifetimes(context, given)} ${fixedType !== 'service' && strictRefresh(given)}
    ${(fixedType === null || fixedType === 'public') && missingPkce(given)}
  </details>`;
};

const lifetimes = (context: PortalContext, { values, errors, fixedType }: AppFields): Child => [
  field({
    label: 'Access token lives (minutes)',
    name: 'access_minutes',
    value: values.accessMinutes,
    error: errorOf(errors, 'access_minutes'),
    hint: `1 to 1440. Empty, as this server has it: ${sayAccess(context, null).toLowerCase()}.`,
    attributes: { inputmode: 'decimal' },
  }),
  fixedType !== 'service' &&
    html`<div class="for-people">
      ${field({
        label: 'Refresh token lives, unused (days)',
        name: 'refresh_days',
        value: values.refreshDays,
        error: errorOf(errors, 'refresh_days'),
        hint: `At most 365; each use begins the time again. Empty: ${sayRefresh(context, null).toLowerCase()}.`,
        attributes: { inputmode: 'decimal' },
      })}
    </div>`,
];

const strictRefresh = ({ values }: AppFields): Html =>
  html`<div class="for-people">
    ${checkbox({
      name: 'strict_refresh',
      checked: values.isRefreshStrict,
      label: 'Strict refresh',
      hint: 'A refresh token works once, and a second use ends the connection. Otherwise an app that lost the answer may ask once more within a short while and gets the same one.',
    })}
  </div>`;

const missingPkce = ({ values, errors }: AppFields): Html => {
  const error = errorOf(errors, 'allows_missing_pkce');
  return html`<div class="for-public"${attributes({ id: fieldId('allows_missing_pkce'), tabindex: -1 })}>
    ${checkbox({
      name: 'allows_missing_pkce',
      checked: values.allowsMissingPkce,
      label: 'Legacy public client without PKCE',
      hint: 'For older programs that send no code challenge. The risk: whoever gets hold of an authorization code on its way back, by a log, another program or a redirect, can use it in the app’s place. A challenge that is sent is checked all the same.',
      attributes: error === null ? {} : { 'aria-invalid': 'true' },
    })}
    ${error !== null && html`<p class="error">${icon('alert-triangle')}<span>${error}</span></p>`}
  </div>`;
};
