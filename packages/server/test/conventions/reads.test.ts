/** Pages, routes and commands read what modules offer them and change things by acts; no store is in their hands. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { apiContextOf, authorizationOf, commandContextOf } from '../../src/compose/contexts.ts';
import { openModules, type Modules } from '../../src/compose/modules.ts';
import { readConfig } from '../../src/config/read.ts';
import { moduleOf, sources } from './source.ts';

const READERS = new Set(['portal', 'api', 'cli']);

/** They look at the database itself, make its tables, or say why it cannot be used. */
const OPENS_STORAGE =
  /^src\/cli\/(check-(database|files|postgres)|compact|installation|migrate|refusal)\.ts$/;

/** `Store`, `Stores` or `Storage` at the end of the name of a type. */
const STORE = /\b[A-Z]\w*(?:Stores?|Storage)\b/g;

const COMMENT = /\/\*[\s\S]*?\*\/|\/\/.*/g;

let directory: string;
let modules: Modules;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'gatehouse-reads-'));
  modules = await openModules({ config: readConfig({ env: {}, directory }) });
});
after(async () => {
  await modules.close();
  await rm(directory, { recursive: true, force: true });
});

const readers = sources('src/**/*.ts').filter(
  ({ path }) => READERS.has(moduleOf(path)) && !OPENS_STORAGE.test(path),
);

test('pages, routes and commands import nothing of storage', () => {
  const wrong = readers.filter(
    ({ text, imports }) =>
      imports.some(({ target }) => moduleOf(target) === 'storage') ||
      /import\('[^']*\/storage\//.test(text),
  );
  assert.deepEqual(
    wrong.map(({ path }) => path),
    [],
  );
});

test('they name no type of a store', () => {
  const wrong = readers.flatMap(({ path, text }) =>
    [...text.replaceAll(COMMENT, '').matchAll(STORE)].map(([name]) => `${path} names ${name}`),
  );
  assert.deepEqual(wrong, []);
});

interface Reached {
  readonly path: string;
  readonly value: unknown;
}

/** Whatever can be reached by properties, without calling anything. */
function* reach(value: unknown, path: string, seen = new Set<unknown>()): Generator<Reached> {
  yield { path, value };
  if (typeof value !== 'object' || value === null || seen.has(value)) return;
  seen.add(value);
  for (const [name, inner] of Object.entries(value)) yield* reach(inner, `${path}.${name}`, seen);
}

const givenOut = (): readonly Reached[] => [
  ...reach(
    apiContextOf(modules, () => 0),
    'api',
  ),
  ...reach(authorizationOf(modules), 'portal'),
  ...reach({ accounts: modules.accounts, tokens: modules.tokens }, 'portal'),
  ...reach(commandContextOf(modules), 'cli'),
];

/** The stores, and their functions. */
function inStorage(): { readonly stores: Set<unknown>; readonly functions: Set<unknown> } {
  const stores = [modules.storage, ...Object.values(modules.storage)].filter(
    (one) => typeof one === 'object',
  );
  const functions = stores.flatMap((store) =>
    Object.values(store).filter((one) => typeof one === 'function'),
  );
  return { stores: new Set<unknown>(stores), functions: new Set<unknown>(functions) };
}

test('no store can be reached from what they are given, and of its functions only reads', () => {
  const { stores, functions } = inStorage();
  const all = givenOut();
  assert.deepEqual(
    all.filter(({ value }) => stores.has(value)).map(({ path }) => path),
    [],
  );
  const reached = all.filter(({ value }) => functions.has(value)).map(({ path }) => path);
  assert.ok(reached.length > 20, 'reads are found');
  assert.deepEqual(
    reached.filter((path) => !READ.test(path)),
    [],
  );
});

/** A read is called after what it answers; what writes has a verb of its own. */
const READ =
  /\.reads\.\w+\.(by[A-Z]\w*|of[A-Z]\w*|list|find\w*|count[A-Z]\w*|connections|lineage|membership|members|team\w*|uses|addresses|openOf)$/;
