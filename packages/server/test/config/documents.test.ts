import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Type, type TSchema } from 'typebox';
import { renderSettings } from '../../scripts/write-settings.ts';
import { describeConfig } from '../../src/config/describe.ts';
import { FileSchema } from '../../src/config/schema.ts';
import { VARIABLES } from '../../src/config/variables.ts';
import { readIn } from './workplace.ts';

const root = new URL('../../../../', import.meta.url);
const document = readFileSync(new URL('docs/reference/configuration.md', root), 'utf8');

/** First cells of the rows of every table, with the second ones. */
const rows = new Map(
  // The tables of the database have a section of their own.
  document
    .replace(/^## How long things are kept\n[^]*?(?=^## )/m, '')
    .split('\n')
    .map((line) => /^\| `([^`]+)` *\| *([^|]*?) *\|/.exec(line))
    .filter((row) => row !== null)
    .map(([, key = '', value = '']) => [key, value]),
);

const something = (schema: TSchema): TSchema =>
  Type.IsUnion(schema) ? (schema.anyOf.find((part) => !Type.IsNull(part)) ?? schema) : schema;

function keysOf(schema: TSchema, path: string): string[] {
  const inner = something(schema);
  if (Type.IsArray(inner)) {
    const items = keysOf(inner.items, `${path}[]`);
    return items.length === 1 ? [path] : [path, ...items];
  }
  if (!Type.IsObject(inner)) return [path];
  return Object.entries(inner.properties).flatMap(([key, value]) =>
    keysOf(value, path === '' ? key : `${path}.${key}`),
  );
}

test('the document lists every key of the schema and no other', () => {
  const documented = [...rows.keys()].filter((key) => !key.startsWith('GATEHOUSE_'));
  assert.deepEqual(documented.sort(), keysOf(FileSchema, '').sort());
});

test('the document lists every variable and no other', () => {
  const named = new Set(document.match(/GATEHOUSE_\w+/g));
  for (const passedOver of ['GATEHOUSE_SERVICE_HOST', 'GATEHOUSE_PROT']) named.delete(passedOver);
  assert.deepEqual([...named].sort(), [...VARIABLES].sort());
});

test('what is written from the table of settings is up to date', async () => {
  for (const [path, text] of await renderSettings())
    assert.equal(readFileSync(path, 'utf8'), text, `${path} is stale: npm run write-settings`);
});

test('the description speaks of every key of the schema', () => {
  const described = describeConfig(readIn({ env: { GATEHOUSE_METRICS_PORT: '9464' } }));
  for (const key of keysOf(FileSchema, '').filter((name) => !name.includes('[]'))) {
    const value = key
      .split('.')
      .reduce<unknown>(
        (inner, name) =>
          typeof inner === 'object' && inner !== null
            ? Object.entries(inner).find(([found]) => found === name)?.[1]
            : undefined,
        described,
      );
    assert.notEqual(value, undefined, key);
  }
});
