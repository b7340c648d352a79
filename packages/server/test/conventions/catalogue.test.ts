/** Nobody keeps a part of the catalogue, which can be replaced while the server runs: modules are given its holder and ask it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCatalogues, type Catalogues } from '../../src/catalogue/catalogues.ts';
import { configuredCatalogue } from '../../src/compose/configured-catalogue.ts';
import { startApp } from '../support/running-app.ts';
import { moduleOf, sources } from './source.ts';

const files = sources('src/**/*.ts').filter(({ path }) => moduleOf(path) !== 'catalogue');

/** Where a line of a file matches. */
const linesWith = (pattern: RegExp, isExempt: (path: string) => boolean): string[] =>
  files
    .filter(({ path }) => !isExempt(path))
    .flatMap(({ path, text }) =>
      text.split('\n').flatMap((line, at) => (pattern.test(line) ? [`${path}:${at + 1}`] : [])),
    );

test('the configuration is asked for scopes, roles and presets in one place alone', () => {
  const isExempt = (path: string): boolean =>
    moduleOf(path) === 'config' || path === 'src/compose/configured-catalogue.ts';
  assert.deepEqual(linesWith(/\bconfig\.(scopes|roles|presets)\b/, isExempt), []);
});

/** Values of one moment, which are handed over in a call and kept by nobody. */
const OF_ONE_MOMENT: ReadonlySet<string> = new Set([
  'src/oauth/metadata.ts',
  'src/api/v2/schemas/token.ts',
]);

test('no module is given a catalogue or a part of one to keep', () => {
  const part =
    /^\s+readonly \w+\??: (Catalogue|FormerNames|Resources|readonly (ScopeDefinition|Preset|Resource)\[\])\b/;
  const isExempt = (path: string): boolean =>
    moduleOf(path) === 'config' || OF_ONE_MOMENT.has(path);
  assert.deepEqual(linesWith(part, isExempt), []);
});

test('nothing is read of the catalogue while the server is composed, so nothing can be kept', async () => {
  let isComposed = false;
  const running = await startApp({
    catalogues: (config) => {
      const catalogues: Catalogues = createCatalogues(configuredCatalogue(config));
      const current = (): ReturnType<Catalogues['current']> => {
        assert.ok(isComposed, 'the catalogue was read while the server was composed');
        return catalogues.current();
      };
      return { ...catalogues, current };
    },
    onComposed: () => void (isComposed = true),
  });
  try {
    const answer = await fetch(`${running.base}/openapi.json`);
    assert.equal(answer.status, 200);
  } finally {
    await running.stop();
  }
});
