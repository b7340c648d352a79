/**
 * Owns the one way in which text becomes markup: a template that escapes everything it is given.
 * Never takes markup from a variable: `raw` accepts literals alone.
 */

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
    const parts = strings.map((text, index) =>
      index < children.length ? text + render(children[index]) : text,
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
    return Html.#make(children.map(render).join(render(separator)));
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

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '`': '&#96;',
  '\0': '\uFFFD',
};

export const escape = (text: string): string =>
  text.toWellFormed().replaceAll(/[&<>"'`\0]/g, (character) => ESCAPES[character] ?? '');

function render(child: Child): string {
  if (child === null || child === undefined || child === false) return '';
  if (child instanceof Html) return child.toString();
  if (typeof child === 'string') return escape(child);
  if (typeof child === 'number') return String(child);
  return child.map(render).join('');
}

const ATTRIBUTE_NAME = /^[a-z][a-z0-9-]*$/;

function renderAttribute(name: string, value: Attributes[string]): string {
  // Handlers in attributes would be dead under the policy of the pages; to write one is a mistake.
  if (!ATTRIBUTE_NAME.test(name) || name.startsWith('on')) {
    throw new TypeError(`${JSON.stringify(name)} is not an attribute to write`);
  }
  if (value === null || value === undefined || value === false) return '';
  return value === true ? ` ${name}` : ` ${name}="${escape(String(value))}"`;
}
