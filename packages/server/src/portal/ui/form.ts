/** Fields, buttons and what is wrong with them. Every field has a visible label; every error is tied to its field. */
import { countOf } from '../../kit/plural.ts';
import { shownText } from '../../kit/stranger-text.ts';
import { nameOfField } from './field-names.ts';
import { attributes, html, type Attributes, type Child, type Html } from './html.ts';
import { icon, type IconName } from './icons.ts';

interface Labelled {
  readonly label: string;
  readonly name: string;
  readonly value?: string | undefined;
  readonly error?: string | null | undefined;
  readonly hint?: Child;
  readonly required?: boolean;
  readonly disabled?: boolean;
  /** Anything else for the control itself: `placeholder`, `maxlength`, `data-…`. */
  readonly attributes?: Attributes;
}

export interface TextField extends Labelled {
  readonly type?: 'text' | 'email' | 'password' | 'search' | 'url' | 'date' | 'number';
  /**
   * `username`, `current-password`, `new-password`, `name`. `off` only for what must be typed each time: a browser that comes
   * back to the page does not give such a field its text again.
   */
  readonly autocomplete?: string;
  readonly autofocus?: boolean;
}

/** The id of a field's control, for labels and links elsewhere on the page. */
export const fieldId = (name: string): string => `field-${name.replaceAll(/[^A-Za-z0-9]+/g, '-')}`;

/** A labelled input. Its control has id `fieldId(name)`. */
export const field = (given: TextField): Html =>
  frame(
    given,
    html`<input${attributes({
      ...controlAttributes(given),
      type: given.type ?? 'text',
      // Names and descriptions are written in every direction.
      dir: given.type === undefined ? 'auto' : null,
      // A password is never written back into a page.
      value: given.type === 'password' ? null : typed(given.value),
      autocomplete: given.autocomplete,
      autofocus: given.autofocus,
    })}>`,
  );

/** As it is read elsewhere: what is hidden in it can be seen, and taken out. */
const typed = (value: string | undefined): string | undefined =>
  value === undefined ? undefined : shownText(value);

export const textArea = (given: Labelled & { readonly rows?: number }): Html =>
  frame(
    given,
    html`<textarea${attributes({ ...controlAttributes(given), rows: given.rows ?? 3 })}>
${typed(given.value)}</textarea>`,
  );

export interface Option {
  readonly value: string;
  readonly label: string;
  readonly hint?: string;
  readonly disabled?: boolean;
  readonly attributes?: Attributes;
}

export const selectField = (given: Labelled & { readonly options: readonly Option[] }): Html =>
  frame(
    given,
    html`<select${attributes(controlAttributes(given))}>${given.options.map(
      (option) =>
        html`<option${attributes({
          value: option.value,
          selected: option.value === given.value,
          disabled: option.disabled,
        })}>${option.label}</option>`,
    )}</select>`,
  );

export interface Checkbox {
  readonly label: Child;
  readonly name: string;
  readonly value?: string;
  readonly checked?: boolean;
  readonly disabled?: boolean;
  readonly hint?: Child;
  readonly attributes?: Attributes;
}

export const checkbox = (given: Checkbox): Html =>
  html`<label class="check"><input${attributes({
    type: 'checkbox',
    name: given.name,
    value: given.value ?? 'on',
    checked: given.checked,
    disabled: given.disabled,
    ...given.attributes,
  })}><span class="check-text">${given.label}${given.hint !== undefined && html` <small class="hint">${given.hint}</small>`}</span></label>`;

export interface Chips {
  readonly legend: string;
  readonly name: string;
  readonly options: readonly Option[];
  readonly value?: string | undefined;
  readonly error?: string | null | undefined;
  readonly hint?: Child;
}

/** Radio buttons as a row of chips. The fieldset has id `fieldId(name)`. */
export const chips = (given: Chips): Html =>
  html`<fieldset class="field chips-field"${attributes({
    id: fieldId(given.name),
    tabindex: -1,
    'aria-describedby': describedBy(given),
    'data-invalid': hasError(given),
  })}>
    <legend>${given.legend}</legend>
    <div class="chips">
      ${given.options.map(
        (option) =>
          html`<label class="chip"><input${attributes({
            type: 'radio',
            name: given.name,
            value: option.value,
            checked: option.value === given.value,
            disabled: option.disabled,
            ...option.attributes,
          })}><span>${option.label}</span></label>`,
      )}
    </div>
    ${notes(given)}
  </fieldset>`;

export interface Button {
  readonly label: string;
  /** One `primary` a page. `danger` for what destroys. */
  readonly kind?: 'primary' | 'plain' | 'danger' | 'link';
  readonly icon?: IconName;
  readonly attributes?: Attributes;
}

export const button = (given: Button & { readonly type?: 'submit' | 'button' }): Html =>
  html`<button${attributes({
    type: given.type ?? 'submit',
    class: buttonClass(given),
    ...given.attributes,
  })}>${buttonContent(given)}</button>`;

export const linkButton = (given: Button & { readonly href: string }): Html =>
  html`<a${attributes({ href: given.href, class: buttonClass(given), ...given.attributes })}>${buttonContent(given)}</a>`;

const buttonClass = (given: Button): string => `button button-${given.kind ?? 'plain'}`;
const buttonContent = (given: Button): Html =>
  html`${given.icon !== undefined && icon(given.icon)}<span>${given.label}</span>`;

/** Lays buttons out in a row; they stack on a phone. */
export const actions = (...children: readonly Child[]): Html =>
  html`<div class="actions">${children}</div>`;

export const csrfField = (csrf: string): Html => hidden('csrf', csrf);
export const hidden = (name: string, value: string): Html =>
  html`<input type="hidden" name="${name}" value="${value}" />`;

/** In every form with a password but without a visible address: password managers must know whose password it is. */
export const hiddenUsername = (email: string): Html =>
  html`<input type="text" name="username" value="${email}" autocomplete="username" readonly hidden />`;

/** A POST form with the CSRF token inside. Signed-out forms have none: `csrf: null`. */
export const form = (
  given: {
    readonly action: string;
    readonly csrf: string | null;
    readonly attributes?: Attributes;
  },
  ...children: readonly Child[]
): Html =>
  html`<form${attributes({ method: 'post', action: given.action, ...given.attributes })}>${given.csrf !== null && csrfField(given.csrf)}${children}</form>`;

export interface FieldError {
  /** `null` for what no single field is to blame for. */
  readonly field: string | null;
  readonly message: string;
}

/**
 * Above the form; each line leads to its field. Nothing when there is nothing to say. A fault is said once: at its field, where it
 * has one.
 */
export function errorSummary(errors: readonly FieldError[]): Html | null {
  const [first, ...others] = errors;
  if (first === undefined) return null;
  return html`<div class="callout callout-danger" role="alert">
    ${icon('alert-triangle')}
    <div>${others.length === 0 ? oneFault(first) : severalFaults(errors)}</div>
  </div>`;
}

const oneFault = ({ field: name, message }: FieldError): Html =>
  name === null
    ? html`<p>${message}</p>`
    : html`<p>One thing needs your attention: <a href="#${fieldId(name)}">see the field</a>.</p>`;

const severalFaults = (errors: readonly FieldError[]): Html =>
  html`<strong>${countOf(errors.length, 'thing')} need your attention</strong>
    <ul>
      ${errors.map(({ field: name, message }) => html`<li>${name === null ? message : html`<a href="#${fieldId(name)}">${nameOfField(name)}</a>`}</li>`)}
    </ul>`;

/** What `error` of a field should be, from the same list that the summary shows. */
export const errorOf = (errors: readonly FieldError[], name: string): string | null =>
  errors.find((error) => error.field === name)?.message ?? null;

type Noted = Pick<Labelled, 'name' | 'error' | 'hint'>;

const hasError = (given: Noted): boolean => given.error !== undefined && given.error !== null;
const hasHint = (given: Noted): boolean =>
  given.hint !== undefined && given.hint !== null && given.hint !== false;

function describedBy(given: Noted): string | null {
  const id = fieldId(given.name);
  const ids = [hasError(given) && `${id}-error`, hasHint(given) && `${id}-hint`];
  return ids.filter((item) => item !== false).join(' ') || null;
}

const controlAttributes = (given: Labelled): Attributes => ({
  id: fieldId(given.name),
  name: given.name,
  required: given.required,
  disabled: given.disabled,
  'aria-invalid': hasError(given) ? 'true' : null,
  'aria-describedby': describedBy(given),
  ...given.attributes,
});

const frame = (given: Labelled, control: Html): Html =>
  html`<div class="field"${attributes({ 'data-invalid': hasError(given) })}>
    <label for="${fieldId(given.name)}">${given.label}</label> ${control}${notes(given)}
  </div>`;

const notes = (given: Noted): Html =>
  html`${hasError(given) && html`<p class="error" id="${fieldId(given.name)}-error">${icon('alert-triangle')}<span>${given.error}</span></p>`}${hasHint(given) && html`<p class="hint" id="${fieldId(given.name)}-hint">${given.hint}</p>`}`;
