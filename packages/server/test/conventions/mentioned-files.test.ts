/** Comments and documents name files of the tree, which move: every name of one is the end of the path of a file that exists. */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));

const filesOf = (patterns: readonly string[]): readonly string[] =>
  globSync(patterns, { cwd: ROOT, exclude: ['**/node_modules/**', 'data/**'] }).map((path) =>
    path.replaceAll('\\', '/'),
  );

/** The path of every file, and every shorter end of it. */
const ENDS = new Set(
  filesOf(['**/*.{ts,js,css,md,yaml,json,sh}', '.ci/*']).flatMap((path) => {
    const parts = path.split('/');
    return parts.map((_, index) => parts.slice(index).join('/'));
  }),
);

const MENTION =
  /(?<![\w./@:-])(?:\.{1,2}\/)*((?:[\w.-]+\/)*[a-z\d][\w.-]*\.(?:ts|css|md|yaml))(?![\w/])/g;
const COMMENT = /\/\*.*?\*\/|(?<=^|\s)\/\/.*?$/gms;

const mentionsOf = (text: string): readonly string[] =>
  [...text.matchAll(MENTION)].map(([, name = '']) => name);

const commentsOf = (text: string): string => (text.match(COMMENT) ?? []).join('\n');

const missingFrom = (text: string): readonly string[] =>
  mentionsOf(text).filter((name) => !ENDS.has(name));

/** This file names some that are gone. */
const isAnother = (path: string): boolean => join(ROOT, path) !== import.meta.filename;

test('comments name files that exist', () => {
  const sources = filesOf(['{packages,examples,scripts}/**/*.ts']).filter(isAnother);
  const texts = sources.map((path) => ({
    path,
    text: commentsOf(readFileSync(join(ROOT, path), 'utf8')),
  }));
  assert.ok(texts.flatMap(({ text }) => mentionsOf(text)).length > 50);
  assert.deepEqual(
    texts.flatMap(({ path, text }) => missingFrom(text).map((name) => `${path}: ${name}`)),
    [],
  );
});

test('documents name files that exist', () => {
  const documents = filesOf([
    '*.md',
    'docs/**/*.md',
    '{packages,examples}/**/*.md',
    'gatehouse.yaml',
  ]);
  const texts = documents.map((path) => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }));
  assert.ok(texts.flatMap(({ text }) => mentionsOf(text)).length > 100);
  assert.deepEqual(
    texts.flatMap(({ path, text }) => missingFrom(text).map((name) => `${path}: ${name}`)),
    [],
  );
});

test('a file that is gone is noticed', () => {
  assert.deepEqual(
    missingFrom(commentsOf('/** See `http/route.ts`. */ // and ../docs/operating.md')),
    [],
  );
  assert.deepEqual(
    missingFrom(commentsOf("import 'gone.ts'; /** See\n * `http/gone.ts`. */ // gone.md")),
    ['http/gone.ts', 'gone.md'],
  );
});
