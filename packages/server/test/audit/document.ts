/** What docs/reference/events.md says of each type of event. */
import { readFileSync } from 'node:fs';
import type { WrittenEvent } from './stage.ts';

const DOCUMENT = new URL('../../../../docs/reference/events.md', import.meta.url);

/** The cells of the rows of the table below a heading, without the padding. */
function rowsBelow(heading: string): readonly (readonly string[])[] {
  const [, rest = ''] = readFileSync(DOCUMENT, 'utf8').split(`\n## ${heading}\n`);
  const [part = ''] = rest.split('\n## ');
  return part
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

/** Words in backquotes. */
const namesIn = (cell: string): readonly string[] =>
  [...cell.matchAll(/`(\w+)`/g)].map(([, name = '']) => name);

interface Told {
  readonly about: readonly string[];
  readonly details: readonly string[];
}

export const TYPES_TOLD: ReadonlyMap<string, Told> = new Map(
  rowsBelow('Types').map(([type = '', about = '', , details = '']) => [
    namesIn(type).join(),
    { about: namesIn(about), details: namesIn(details) },
  ]),
);

/** Those that the document explains. */
export const DETAILS: ReadonlySet<string> = new Set(
  rowsBelow('Details').flatMap(([names = '']) => namesIn(names)),
);

/** What an event says and its row does not. */
export function undocumented(type: string, event: WrittenEvent): readonly string[] {
  const told = TYPES_TOLD.get(type) ?? { about: [], details: [] };
  const { resourceType, details } = event;
  // An offer is about no thing of whoever received it.
  const subjects = resourceType === null ? [] : [resourceType];
  return [
    ...subjects.filter((subject) => !told.about.includes(subject)),
    ...Object.keys(details).filter((detail) => !told.details.includes(detail)),
  ];
}
