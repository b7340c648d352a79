/**
 * The choice of scopes: None, Read or Write for each category, exact boxes one click away, presets and "Select all".
 * Works without script as the union of levels and boxes; `assets/scope-picker.js` keeps the two in step.
 * Never decides what a level means for permissions: it only shows what it is given.
 */
import { attributes, html, type Child, type Html } from './html.ts';
import { icon } from './icons.ts';
import { countOf } from '../../kit/plural.ts';
import { fieldId } from './form.ts';
import { badge } from './state.ts';

export type PickerLevel = 'none' | 'read' | 'write';

export interface PickerScope {
  readonly name: string;
  readonly description: string;
  readonly level: 'read' | 'write' | 'delete';
  readonly isChosen: boolean;
  /** `false`: the user's role may not hold it. */
  readonly isAllowed: boolean;
}

export interface PickerGroup {
  readonly category: string;
  /** The radio buttons are called `level.<slug>`. */
  readonly slug: string;
  readonly level: PickerLevel;
  /** Levels that give this user something; `none` is always there. */
  readonly offers: readonly PickerLevel[];
  readonly scopes: readonly PickerScope[];
}

export interface ScopePicker {
  readonly groups: readonly PickerGroup[];
  readonly presets: readonly { readonly name: string; readonly scopes: readonly string[] }[];
  /** "Select all scopes" is ticked. */
  readonly isAll: boolean;
  /** `false` where scopes can only be taken away. */
  readonly offersAll?: boolean;
  readonly error?: string | null | undefined;
}

const LEVEL_WORDS = { none: 'None', read: 'Read', write: 'Write' } as const;

export function scopePicker(given: ScopePicker): Html {
  const count = given.groups.flatMap((group) => group.scopes).filter((scope) => scope.isAllowed);
  return html`<div class="scopes" id="${fieldId('scope')}" tabindex="-1" data-scopes>
    <div class="scopes-tools">
      ${presetButtons(given.presets)}
      <label class="scope-search" hidden data-scope-search-box>
        ${icon('search')}<span class="visually-hidden">Search scopes</span>
        <input type="search" placeholder="Search scopes" autocomplete="off" data-scope-search />
      </label>
    </div>
    ${error(given.error)} ${given.offersAll !== false && selectAll(given.isAll, count.length)}
    <div class="scope-groups">${given.groups.map(groupOf)}</div>
    <p class="visually-hidden" role="status" data-scope-matches></p>
    <p class="scope-summary" hidden data-scope-summary-box>
      ${icon('shield')}<span>This token <output data-scope-summary></output>.</span>
    </p>
  </div>`;
}

const error = (message: string | null | undefined): Html | null =>
  message === null || message === undefined
    ? null
    : html`<p class="error">${icon('alert-triangle')}<span>${message}</span></p>`;

const presetButtons = (presets: ScopePicker['presets']): Html | false =>
  presets.length > 0 &&
  html`<div class="presets" role="group" aria-label="Presets" hidden data-scope-presets>
    ${presets.map(
      (preset) =>
        html`<button type="button" class="chip-button" data-scope-preset="${preset.scopes.join(' ')}">${preset.name}</button>`,
    )}
  </div>`;

const selectAll = (isAll: boolean, count: number): Html =>
  html`<label class="check select-all">
    <input${attributes({ type: 'checkbox', name: 'all_scopes', value: 'on', checked: isAll, 'data-scope-all': true })}>
    <span class="check-text"><span>Select all scopes <span class="muted">(${count})</span></span>
    <small class="hint">Convenient for a first try. Whoever finds such a token can do everything you can.</small></span>
  </label>`;

const groupOf = (group: PickerGroup): Html =>
  html`<fieldset class="scope-group" data-scope-group>
    <legend class="visually-hidden">${group.category}</legend>
    ${levels(group)}
    <details class="scope-details">
      <summary>
        ${icon('chevron-right')}<span class="scope-name">${group.category}<span class="visually-hidden">: exact scopes</span></span>
        ${MARKS}
        <span class="scope-count muted"><span hidden data-scope-count></span>${countOf(group.scopes.length, 'scope')}</span>
      </summary>
      <ul class="scope-list">
        ${group.scopes.map((scope) => html`<li>${box(scope, group.level)}</li>`)}
      </ul>
    </details>
  </fieldset>`;

/** What is ticked beside the level of a closed category. The stylesheet shows them by what is ticked. */
const MARKS = html`<span class="scope-marks">
  <span class="scope-mark mark-named">${badge('Chosen by name', 'quiet')}</span>
  <span class="scope-mark mark-delete">${badge('Delete', 'danger')}</span>
</span>`;

const levels = (group: PickerGroup): Html =>
  html`<div class="segmented">
    ${(['none', 'read', 'write'] as const).map(
      (level) =>
        html`<label><input${attributes({
          type: 'radio',
          name: `level.${group.slug}`,
          value: level,
          checked: group.level === level,
          disabled: level !== 'none' && !group.offers.includes(level),
          'data-scope-level': level,
        })}><span>${LEVEL_WORDS[level]}<span class="visually-hidden"> ${group.category}</span></span></label>`,
    )}
  </div>`;

/**
 * Boxes that the level implies stay empty in the markup: without script, lowering the level must lower what is asked
 * for. The script ticks them.
 */
const box = (scope: PickerScope, level: PickerLevel): Html =>
  html`<label class="check">
    <input${attributes({
      type: 'checkbox',
      name: 'scope',
      value: scope.name,
      checked: scope.isChosen && !isImplied(scope, level),
      disabled: !scope.isAllowed,
      'data-level': scope.level,
    })}>
    <span class="check-text"><code>${scope.name}</code> <small class="hint">${describe(scope)}</small></span>
  </label>`;

const isImplied = (scope: PickerScope, level: PickerLevel): boolean =>
  (level !== 'none' && scope.level === 'read') || (level === 'write' && scope.level === 'write');

const describe = (scope: PickerScope): Child =>
  scope.isAllowed ? scope.description : `${scope.description} (not with your role)`;
