/** Which scopes an app may ask for: each None, Optional or Required, one line a scope, by category. Works without script. */
import type { Catalogue, ScopeDefinition } from '../../catalogue/catalogue.ts';
import { OFFLINE_SCOPES, type ClientType } from '../../oauth/vocabulary.ts';
import { countOf } from '../../kit/plural.ts';
import { fieldId } from '../ui/form.ts';
import { attributes, html, type Child, type Html } from '../ui/html.ts';
import { icon } from '../ui/icons.ts';
import { badge } from '../ui/state.ts';
import { WISHES, type AppValues, type Wish } from './app-form.ts';
import { byType } from './by-type.ts';

const WORDS: Readonly<Record<Wish, string>> = {
  none: 'None',
  optional: 'Optional',
  required: 'Required',
};

type Wishes = AppValues['wishes'];

interface WishList {
  readonly wishes: Wishes;
  readonly error: string | null;
  /** A service asks nobody, so that nothing of it is optional. */
  readonly fixedType: ClientType | null;
}

export function scopeWishes(catalogue: Catalogue, { wishes, error, fixedType }: WishList): Html {
  const plain = catalogue.all.filter(({ name }) => !OFFLINE_SCOPES.includes(name));
  const groups = [...Map.groupBy(plain, ({ category }) => category)];
  const gone = catalogue.gone([...wishes.keys()]);
  return html`<div class="wishes" id="${fieldId('scopes')}" tabindex="-1" data-wishes>
    ${error !== null && html`<p class="error">${icon('alert-triangle')}<span>${error}</span></p>`}
    ${groups.map(([category, scopes]) => group(category, scopes, { wishes, fixedType }))}
    ${gone.length > 0 && group('No longer offered', gone.map(goneScope), { wishes, fixedType })}
  </div>`;
}

const goneScope = (name: string): Pick<ScopeDefinition, 'name' | 'description'> => ({
  name,
  description: 'opens nothing unless it is offered again',
});

function group(
  category: string,
  scopes: readonly Pick<ScopeDefinition, 'name' | 'description'>[],
  { wishes, fixedType }: Omit<WishList, 'error'>,
): Html {
  const chosen = scopes.filter(({ name }) => wishOf(wishes, name) !== 'none').length;
  return html`<details class="wish-group"${attributes({ open: chosen > 0 })}>
    <summary>
      ${icon('chevron-right')}<span class="scope-name">${category}</span>
      <span class="scope-mark mark-chosen">${badge('Some chosen', 'quiet')}</span>
      <span class="scope-count muted"><span hidden data-wish-count></span>${countOf(scopes.length, 'scope')}</span>
    </summary>
    ${scopes.map((scope) => line(scope, wishOf(wishes, scope.name), fixedType))}
  </details>`;
}

const wishOf = (wishes: Wishes, name: string): Wish => wishes.get(name) ?? 'none';

const line = (
  { name, description }: Pick<ScopeDefinition, 'name' | 'description'>,
  chosen: Wish,
  fixedType: ClientType | null,
): Html =>
  html`<fieldset class="wish">
    <legend class="visually-hidden">${name}</legend>
    <div><code>${name}</code> <small class="hint">${description}</small></div>
    ${fixedType === 'service' ? serviceChoices(name, chosen) : choices(name, chosen, fixedType)}
  </fieldset>`;

const choices = (name: string, chosen: Wish, fixedType: ClientType | null): Html =>
  html`<div class="segmented">
    ${WISHES.map((wish) =>
      choice({ name, wish, isChosen: wish === chosen, words: wordsOf(wish, fixedType) }),
    )}
  </div>`;

const wordsOf = (wish: Wish, fixedType: ClientType | null): Child =>
  wish === 'required'
    ? byType(fixedType, { people: WORDS.required, service: ALLOWED })
    : WORDS[wish];

const ALLOWED = 'Allowed';

const serviceChoices = (name: string, chosen: Wish): Html =>
  html`<div class="segmented">
    ${choice({ name, wish: 'none', isChosen: chosen === 'none', words: WORDS.none })}
    ${choice({ name, wish: 'required', isChosen: chosen !== 'none', words: ALLOWED })}
  </div>`;

interface WishChoice {
  readonly name: string;
  readonly wish: Wish;
  readonly isChosen: boolean;
  readonly words: Child;
}

const choice = ({ name, wish, isChosen, words }: WishChoice): Html =>
  html`<label class="wish-${wish}"><input${attributes({
    type: 'radio',
    name: `scope.${name}`,
    value: wish,
    checked: isChosen,
  })}><span>${words}<span class="visually-hidden">: ${name}</span></span></label>`;

/** Persistent access, where the catalogue knows it: a scope by name, a different kind of promise by what it means. */
export function offlineWish(catalogue: Catalogue, wishes: Wishes): Html | null {
  const scope = catalogue.all.find(({ name }) => OFFLINE_SCOPES.includes(name));
  if (scope === undefined) return null;
  return html`<fieldset class="wish wish-offline for-people">
    <legend class="visually-hidden">Persistent access</legend>
    <div>
      <strong>Persistent access</strong> <code class="inline">${scope.name}</code>
      <small class="hint">
        A refresh token, with which the app goes on while the person is away, until they disconnect
        it. Without it the app sends them here again when its access runs out.
      </small>
    </div>
    ${choices(scope.name, wishOf(wishes, scope.name), 'web')}
  </fieldset>`;
}
