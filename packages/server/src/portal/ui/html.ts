/**
 * Owns the one way in which text becomes markup: a template that escapes everything it is given, shows what is hidden in it, and
 * isolates what runs from right to left, so that no page can forget it. Never takes markup from a variable: `raw` accepts
 * literals alone.
 */
import { canDisturbOrder, isolated, shownText } from '../../kit/stranger-text.ts';
import { isRead, placesIn, type Place } from './places.ts';

export class Html {
  readonly #markup: string;

  /** Only this module makes markup; everybody else uses the template. */
  private constructor(markup: string) {
    this.#markup = markup;
  }

  toString(): string {
    return this.#markup;
  }

  static #make = (markup: string): Html => new Html(markup);

  static html(this: void, strings: TemplateStringsArray, ...children: readonly Child[]): Html {
    const places = placesIn(strings);
    const parts = strings.map((text, index) =>
      index < children.length ? text + render(children[index], places[index]) : text,
    );
    return Html.#make(parts.join(''));
  }

  /** Markup that stands in the program itself. The type refuses anything that is only known at run time. */
  static raw<const Text extends string>(
    this: void,
    markup: string extends Text ? never : Text,
  ): Html {
    return Html.#make(markup);
  }

  static attributes(this: void, values: Attributes): Html {
    return Html.#make(
      Object.entries(values)
        .map(([name, value]) => renderAttribute(name, value))
        .join(''),
    );
  }

  static join(this: void, children: readonly Child[], separator: Child): Html {
    return Html.#make(children.map((child) => render(child)).join(render(separator)));
  }
}

/** `null`, `undefined` and `false` render as nothing, so that `condition && html…` reads well. */
export type Child = Html | string | number | null | undefined | false | readonly Child[];

/** `true` writes the bare name; `false`, `null` and `undefined` leave the attribute out. */
export type Attributes = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** `html\`<p title="${text}">${child}</p>\``: safe in text and in quoted attributes; never put a value outside quotes or inside a script. */
export const html = Html.html;
export const raw = Html.raw;
/** Writes a leading space before each: `html\`<input${attributes({ name, required: true })}>\``. */
export const attributes = Html.attributes;
export const join = Html.join;

const ESCAPES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
    '`': '&#96;',
    '\0': '\uFFFD',
  }),
);

export const escape = (text: string): string =>
  text.toWellFormed().replaceAll(/[&<>"'`\0]/g, (character) => ESCAPES.get(character) ?? '');

function render(child: Child, place: Place = 'text'): string {
  if (child === null || child === undefined || child === false) return '';
  if (child instanceof Html) return child.toString();
  if (typeof child === 'string') return WRITERS[place](child);
  if (typeof child === 'number') return String(child);
  return child.map((one) => render(one, place)).join('');
}

const WRITERS: Readonly<Record<Place, (text: string) => string>> = {
  text: writeText,
  plain: (text) => escape(isolated(text)),
  value: escape,
};

/** `<bdi>` around what is isolated in a sentence, else around all of it. */
function writeText(text: string): string {
  const shown = escape(shownText(text));
  if (!canDisturbOrder(shown)) return shown.replace(/[\u2066-\u2069]/g, '');
  return shown.includes('\u2068')
    ? shown.replace(/[\u2066-\u2068]/g, '<bdi>').replaceAll('\u2069', '</bdi>')
    : `<bdi>${shown}</bdi>`;
}

const ATTRIBUTE_NAME = /^[a-z][a-z0-9-]*$/;

function renderAttribute(name: string, value: Attributes[string]): string {
  // Handlers in attributes would be dead under the policy of the pages; to write one is a mistake.
  if (!ATTRIBUTE_NAME.test(name) || name.startsWith('on')) {
    throw new TypeError(`${JSON.stringify(name)} is not an attribute to write`);
  }
  if (value === null || value === undefined || value === false) return '';
  if (value === true) return ` ${name}`;
  const text = String(value);
  return ` ${name}="${escape(isRead(name) ? shownText(text) : text)}"`;
}
