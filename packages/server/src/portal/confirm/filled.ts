import type { Filled } from './late-pages.ts';

/** Of the program and not of the person: keys, ids, and what a page asks twice. */
const OF_THE_PROGRAM = /^(csrf|creation_key|confirm|return_to|kept|by|.*_id|id|ids)$/;
/** What a choice says that was left as it was. */
const UNCHOSEN: ReadonlySet<string> = new Set(['', 'none']);
const MOST_SHOWN = 60;
const MOST_CHARACTERS = 2000;

/** What a person filled in, field by field. Passwords are in no form that is kept. */
export function filledOf(form: Readonly<Record<string, unknown>>): Filled {
  return Object.entries(form)
    .filter(([name]) => !OF_THE_PROGRAM.test(name))
    .map(([name, value]) => [labelOf(name), valueOf(value)] as const)
    .filter(([, value]) => !UNCHOSEN.has(value))
    .slice(0, MOST_SHOWN);
}

function valueOf(value: unknown): string {
  const all = [value].flat().map(String).join(', ');
  return all.length > MOST_CHARACTERS ? `${all.slice(0, MOST_CHARACTERS)}…` : all;
}

/** `expires_in` to "Expires in", `scope.asset.read` to "Scope asset.read". */
function labelOf(name: string): string {
  const [first = '', ...rest] = name.replaceAll('_', ' ').split('.');
  return [first.charAt(0).toUpperCase() + first.slice(1), rest.join('.')].join(' ').trim();
}
