/** What a browser sends of a form that nobody touched. */
import { unescape, type Fields } from '../support/visitor.ts';

export function filled(html: string, action: string): Record<string, string | string[]> {
  const forms = [...html.matchAll(/<form([^>]*)>([^]*?)<\/form>/g)];
  const inside = forms.find(
    ([, attributes = '']) => attribute(attributes, 'action') === action,
  )?.[2];
  if (inside === undefined) throw new Error(`no form posts to ${action}`);
  const fields = new Map<string, string[]>();
  const add = (name: string | null, value: string): void => {
    if (name !== null) fields.set(name, [...(fields.get(name) ?? []), value]);
  };
  for (const [, attributes = ''] of inside.matchAll(/<input((?:[^>"]|"[^"]*")*)>/g)) {
    const type = attribute(attributes, 'type') ?? 'text';
    const isChoice = type === 'checkbox' || type === 'radio';
    if (isChoice && !/\schecked\b/.test(attributes)) continue;
    if (!/\sdisabled\b/.test(attributes))
      add(attribute(attributes, 'name'), attribute(attributes, 'value') ?? (isChoice ? 'on' : ''));
  }
  for (const [, attributes = '', value = ''] of inside.matchAll(
    /<textarea([^>]*)>([^]*?)<\/textarea>/g,
  ))
    add(attribute(attributes, 'name'), unescape(value));
  return Object.fromEntries(
    [...fields].map(([name, values]) => [name, values.length === 1 ? (values[0] ?? '') : values]),
  );
}

const attribute = (attributes: string, name: string): string | null => {
  const match = new RegExp(`\\s${name}="([^"]*)"`).exec(attributes);
  return match?.[1] === undefined ? null : unescape(match[1]);
};

export type { Fields };
