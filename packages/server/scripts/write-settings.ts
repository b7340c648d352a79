/**
 * Writes what the table of settings says into the documents: the JSON Schema from which editors complete gatehouse.yaml, the
 * gatehouse.yaml of the repository and three tables of docs/reference/configuration.md.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { Type, type TSchema } from 'typebox';
import { stringify } from 'yaml';
import { DEFAULTS, FileSchema, isNeeded, LEAVES, ROWS } from '../src/config/schema.ts';
import { FILE_VARIABLE, SETTING_VARIABLES } from '../src/config/variables.ts';
import { somethingOf } from '../src/config/validate.ts';

const pathOf = (name: string): string =>
  fileURLToPath(new URL(`../../../${name}`, import.meta.url));
const YAML = pathOf('gatehouse.yaml');
const SCHEMA = pathOf('docs/reference/gatehouse.schema.json');
const DOCUMENT = pathOf('docs/reference/configuration.md');

/** Each file with the text that it should have. */
export async function renderSettings(): Promise<ReadonlyMap<string, string>> {
  const schema = { $schema: 'http://json-schema.org/draft-07/schema#', ...FileSchema };
  const texts = [
    [SCHEMA, JSON.stringify(schema)],
    [YAML, renderYaml()],
    [DOCUMENT, renderDocument(readFileSync(DOCUMENT, 'utf8'))],
  ] as const;
  const formatted = texts.map(async ([filepath, text]) => {
    const options = await resolveConfig(filepath);
    return [filepath, await format(text, { ...options, filepath })] as const;
  });
  return new Map(await Promise.all(formatted));
}

const HEAD = `# yaml-language-server: $schema=docs/reference/gatehouse.schema.json
#
# The configuration of Gatehouse. Every value below is the default: delete what you do not change.
# GATEHOUSE_* variables win over this file. Secrets never stand here: they come from GATEHOUSE_DATABASE_URL,
# GATEHOUSE_SMTP_URL and GATEHOUSE_MASTER_SECRET, or from the files that the same names with _FILE point to.
# docs/reference/configuration.md describes every key and variable; \`gatehouse config\` prints what is in effect.
`;

/** What the descriptions of the lists leave to the reference. */
const NOTES: Readonly<Record<string, string>> = {
  scopes: `# A level may be given to each scope; without one, names in .read read, in .delete delete, all others write.
# \`holders: apps\` keeps a scope away from developer tokens.
# This one is an example, for an API about media: Gatehouse's own API asks for account.read, team.read and auditlog.read alone,
# and what the others open is for your API to say. A catalogue of your own replaces all of this and needs roles of its own.
`,
  presets: '# * stands for anything.\n',
  roles: '# A role that loses a scope narrows every token of its members at once.\n',
};

function renderYaml(): string {
  const sections = ROWS.flatMap(([name, row]) => {
    if (row.kind === 'secret') return [];
    const value = DEFAULTS[name];
    if (row.kind === 'setting')
      return [`# ${describe(row.schema)}\n${NOTES[name] ?? ''}${stringify({ [name]: value })}`];
    const keys = Object.entries(row.keys).flatMap(([key, inner]) =>
      inner.kind === 'secret' ? [] : [{ key, inner }],
    );
    if (value === null) {
      const lines = keys.map(({ key, inner }) => `#   ${key}: ${describe(inner.schema)}\n`);
      return [
        `# ${row.description} Null for ${row.absence}. Its keys:\n${lines.join('')}${name}: null\n`,
      ];
    }
    const lines = keys.map(({ key, inner }) => {
      const text = stringify({ [key]: inner.default });
      return `  # ${describe(inner.schema)}\n  ${text}`;
    });
    return [`# ${row.description}\n${name}:\n${lines.join('')}`];
  });
  return [HEAD, ...sections].join('\n');
}

type Rows = readonly (readonly string[])[];

function renderDocument(document: string): string {
  const variables = SETTING_VARIABLES.map(({ name, path }) => [code(name), code(path.join('.'))]);
  const secrets = LEAVES.flatMap(({ row }) =>
    row.kind === 'secret'
      ? [[code(row.variable), code(`${row.variable}_FILE`), row.description]]
      : [],
  );
  const tables: readonly (readonly [string, Rows])[] = [
    ['## Keys of gatehouse.yaml', keyRows()],
    [
      '## Variables',
      [[code(FILE_VARIABLE), 'name of the configuration file; it must exist'], ...variables],
    ],
    ['### Secrets', secrets],
  ];
  return tables.reduce((text, [heading, rows]) => withRows(text, heading, rows), document);
}

/** The document with other rows in the first table below the heading. */
function withRows(document: string, heading: string, rows: Rows): string {
  const start = document.indexOf(`\n${heading}\n`);
  const table = /^(\|.*\n\|[- |]+\n)(?:\|.*\n)*/m.exec(document.slice(start));
  if (start === -1 || table === null) throw new Error(`no table below "${heading}"`);
  const at = start + table.index;
  const lines = rows.map((cells) => `| ${cells.join(' | ')} |\n`);
  return `${document.slice(0, at)}${table[1]}${lines.join('')}${document.slice(at + table[0].length)}`;
}

const code = (text: string): string => `\`${text}\``;

const keyRows = (): Rows =>
  ROWS.flatMap(([name, row]): Rows => {
    if (row.kind === 'secret') return [];
    if (row.kind === 'setting')
      return Type.IsObject(row.schema)
        ? Object.entries(row.schema.properties).map(([key, schema]) => [
            code(`${name}.${key}`),
            'see `gatehouse.yaml`',
            describe(schema),
          ])
        : [[code(name), 'the catalogue in `gatehouse.yaml`', describe(row.schema)]];
    return Object.entries(row.keys).flatMap(([key, inner]) => {
      if (inner.kind === 'secret') return [];
      const value = Array.isArray(inner.default) ? 'none' : code(String(inner.default));
      const shown = isNeeded(inner) ? (row.absence ?? '') : value;
      return [[code(`${name}.${key}`), shown, describe(inner.schema, code)]];
    });
  });

interface Keywords {
  readonly description?: string;
  readonly minimum?: number;
  readonly maximum?: number;
}

/** What a setting means, and which values it may have. */
function describe(schema: TSchema, mark = (text: string): string => text): string {
  const kind = somethingOf(schema);
  const { description = '', minimum, maximum }: Keywords = { ...kind };
  if (Type.IsInteger(kind)) return `${description} ${minimum ?? ''} to ${maximum ?? ''}.`;
  if (!Type.IsEnum(kind)) return description;
  const values = kind.enum.map((value) => mark(String(value)));
  const choices = values.length > 2 ? `One of ${values.join(', ')}` : values.join(' or ');
  return `${description} ${choices}.`;
}

if (import.meta.main) {
  for (const [path, text] of await renderSettings()) writeFileSync(path, text);
}
