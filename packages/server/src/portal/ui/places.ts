/** Where each value of a template stands, read from the markup around it. What is read by people is written otherwise than what is sent back. */

/** `text`: among elements. `plain`: read by people where no element can be. `value`: taken as it is. */
export type Place = 'text' | 'plain' | 'value';

/** Attributes that are shown or read out. */
const READ: ReadonlySet<string> = new Set(['title', 'aria-label', 'alt', 'placeholder', 'label']);

export const isRead = (attribute: string): boolean => READ.has(attribute);

/** Elements whose content is text alone (HTML, section 13.1.2.4 and the content of `option`). */
const PLAIN: ReadonlyMap<string, Place> = new Map(
  Object.entries({
    title: 'plain',
    option: 'plain',
    textarea: 'value',
    script: 'value',
    style: 'value',
  }),
);

const known = new WeakMap<TemplateStringsArray, readonly Place[]>();

/** For a template of the program: the strings are the same object each time. */
export function placesIn(strings: TemplateStringsArray): readonly Place[] {
  const found = known.get(strings);
  if (found !== undefined) return found;
  let before = '';
  const places = strings.map((text) => {
    before += text;
    const place = placeAfter(before);
    // Something stands there, so that an attribute is not read as empty.
    before += place === 'text' ? '' : '-';
    return place;
  });
  known.set(strings, places);
  return places;
}

function placeAfter(markup: string): Place {
  const open = markup.lastIndexOf('<');
  const tag = markup.slice(open);
  if (open !== -1 && isInTag(tag)) return isRead(attributeAt(tag)) ? 'plain' : 'value';
  const element = /^<([a-z]+)/.exec(tag)?.[1] ?? '';
  return PLAIN.get(element) ?? 'text';
}

/** A `>` inside of quotes does not end a tag. */
const isInTag = (tag: string): boolean =>
  !tag
    .replace(/"[^"]*"/g, '')
    .replace(/"[^"]*$/, '')
    .includes('>');

const attributeAt = (tag: string): string => /([a-z-]+)="[^"]*$/.exec(tag)?.[1] ?? '';
