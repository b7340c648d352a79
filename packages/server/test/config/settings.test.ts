/** The table of settings, and what is told about a row that forgets something. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Type, type TSchema } from 'typebox';
import { Check } from 'typebox/schema';
import { camelCase, nameInConfig } from '../../src/config/config.ts';
import {
  choice,
  converted,
  list,
  orNull,
  section,
  text,
  whole,
  type Secret,
  type Section,
  type Setting,
} from '../../src/config/setting.ts';
import { SETTINGS } from '../../src/config/settings.ts';
import { DOMAIN, HOST } from '../../src/config/texts.ts';
import { somethingOf } from '../../src/config/validate.ts';
import { sources } from '../conventions/source.ts';

type Table = Readonly<Record<string, Section | Setting | Secret>>;

const files = sources('src/**/*.ts').filter(({ path }) => !path.startsWith('src/config/'));

/** Whether a file that speaks of the section takes the name out of something: `.name`, `{ name` or `, name`. */
const isRead = (sectionName: string, name: string): boolean =>
  files.some(
    ({ path, text: source }) =>
      new RegExp(`[.{,]\\s*${name}\\b`).test(source) &&
      new RegExp(`\\b${sectionName}\\b`).test(`${path} ${source}`),
  );

const UNITS = /_(milliseconds|seconds|minutes|hours|days|bytes|mib)$/;

function faultsOf(table: Table): string[] {
  const variables = new Set<string>();
  return Object.entries(table).flatMap(([name, row]) =>
    row.kind === 'section'
      ? Object.entries(row.keys).flatMap(([key, inner]) =>
          faultsOfRow(key, inner, { name, variables, isOptional: row.absence !== null }).map(
            (fault) => `${name}.${key}: ${fault}`,
          ),
        )
      : [],
  );
}

interface Around {
  /** Of the section. */
  readonly name: string;
  readonly variables: Set<string>;
  readonly isOptional: boolean;
}

function faultsOfRow(key: string, row: Setting | Secret, { name, variables, isOptional }: Around) {
  const { variable } = row;
  const isTaken = variable !== undefined && variables.has(variable);
  if (variable !== undefined) variables.add(variable);
  const description = row.kind === 'secret' ? row.description : descriptionOf(row.schema);
  const faults: readonly (readonly [boolean, string])[] = [
    [isTaken, `${variable} sets something else already`],
    [description === '', 'no description'],
    [
      !isRead(camelCase(name), nameInConfig(key, row)),
      `nothing in src reads ${nameInConfig(key, row)}`,
    ],
    ...(row.kind === 'secret' ? [] : faultsOfValue(key, row, isOptional)),
  ];
  return faults.flatMap(([applies, fault]) => (applies ? [fault] : []));
}

const descriptionOf = (schema: TSchema): string => {
  const { description = '' }: { description?: string } = { ...somethingOf(schema) };
  return description.trim();
};

function faultsOfValue(key: string, row: Setting, isOptional: boolean) {
  const isNumber = Type.IsInteger(somethingOf(row.schema));
  const ending = UNITS.exec(key)?.[1] ?? (key === 'port' ? 'port' : 'count');
  return [
    [
      !Check(row.schema, row.default) && !(isOptional && row.default === null),
      'the default is not allowed',
    ],
    [isNumber && row.unit !== ending, `the unit is ${row.unit}, and the key says ${ending}`],
  ] as const;
}

test('every row of the table is complete, and something reads it', () => {
  assert.deepEqual(faultsOf(SETTINGS), []);
});

const NUMBER = { unit: 'count', range: [1, 10] } as const;
const WRONG: readonly (readonly [string, string, Setting, string])[] = [
  [
    'a default above the range',
    'requests',
    whole(11, NUMBER, 'Requests.'),
    'the default is not allowed',
  ],
  ['no default', 'requests', whole(null, NUMBER, 'Requests.'), 'the default is not allowed'],
  [
    'a default that is no such text',
    'host',
    text('a b', { of: HOST }, 'Host.'),
    'the default is not allowed',
  ],
  ['no description', 'requests', whole(5, NUMBER, ''), 'no description'],
  [
    'no description of what may be null',
    'host',
    orNull(text(null, { of: HOST }, ' ')),
    'no description',
  ],
  [
    'a count that is a duration',
    'retry_seconds',
    whole(5, NUMBER, 'Time.'),
    'the unit is count, and the key says seconds',
  ],
  [
    'a duration in another unit',
    'idle_hours',
    converted(5, { ...NUMBER, unit: 'days' }, 'Time.'),
    'the unit is days, and the key says hours',
  ],
  [
    'a name that nothing in src has',
    'zoological_garden',
    choice('open', { of: ['open'] }, 'Garden.'),
    'nothing in src reads zoologicalGarden',
  ],
  [
    'a name before its conversion',
    'zebra_hours',
    converted(5, { ...NUMBER, unit: 'hours' }, 'Time.'),
    'nothing in src reads zebraSeconds',
  ],
];

for (const [name, key, row, fault] of WRONG)
  test(`a row with ${name} is told`, () => {
    const table = { zoo: section('A zoo.', { [key]: row }) };
    assert.ok(faultsOf(table).includes(`zoo.${key}: ${fault}`), faultsOf(table).join('\n'));
  });

test('a variable that sets two things is told', () => {
  const domains = list({ of: DOMAIN, item: 'A domain.', variable: 'GATEHOUSE_ZOO' }, 'Domains.');
  const host = text('here', { of: HOST, variable: 'GATEHOUSE_ZOO' }, 'Host.');
  assert.deepEqual(
    faultsOf({ zoo: section('A zoo.', { domains, host }) }).filter((fault) =>
      /GATEHOUSE/.test(fault),
    ),
    ['zoo.host: GATEHOUSE_ZOO sets something else already'],
  );
});

test('the compiler asks for the unit of a number', () => {
  // @ts-expect-error Without a unit it does not compile.
  const row = whole(5, { range: [1, 10] }, 'Requests.');
  assert.equal(row.unit, undefined);
});
