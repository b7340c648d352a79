/** Documents that people follow: links lead somewhere, the index is whole, nothing speaks of where it was written. */
import assert from 'node:assert/strict';
import { existsSync, globSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));

const PLACES = [
  '*.{md,json,yaml}',
  '.ci/*',
  'docs/**',
  'examples/**',
  'scripts/**',
  'packages/*/*.json',
  'packages/*/{bench,bin,src,test}/**',
];

const written = globSync(PLACES, { cwd: ROOT, exclude: ['**/node_modules/**'] })
  .map((path) => path.replaceAll('\\', '/'))
  .filter((path) => statSync(join(ROOT, path)).isFile());

const textOf = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

const LINK = /\]\(([^)\s]+)\)/g;

/** What GitHub makes of a heading. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');

const anchorsOf = (path: string): ReadonlySet<string> =>
  new Set([...textOf(path).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => anchorOf(heading)));

/** Why a link leads nowhere; `null` when it leads somewhere. */
function faultOf(from: string, link: string): string | null {
  if (/^(https?:|mailto:)/.test(link)) return null;
  const [file = '', anchor] = link.split('#', 2);
  const target = file === '' ? from : join(dirname(from), file);
  if (!existsSync(join(ROOT, target))) return `${from}: ${link}`;
  if (anchor === undefined || !statSync(join(ROOT, target)).isFile()) return null;
  return anchorsOf(target).has(anchor) ? null : `${from}: ${link}`;
}

test('links in documents lead somewhere', () => {
  const documents = written.filter((path) => path.endsWith('.md'));
  const links = documents.flatMap((path) =>
    [...textOf(path).matchAll(LINK)].map(([, link = '']) => ({ path, link })),
  );
  assert.ok(links.length > 20);
  assert.deepEqual(
    links.map(({ path, link }) => faultOf(path, link)).filter((fault) => fault !== null),
    [],
  );
});

test('a link that leads nowhere is noticed', () => {
  assert.equal(faultOf('README.md', 'docs/operating.md#health'), null);
  assert.notEqual(faultOf('README.md', 'docs/operating.md#wealth'), null);
  assert.notEqual(faultOf('README.md', 'docs/nowhere.md'), null);
});

test('the index names every document', () => {
  const index = textOf('docs/README.md');
  const documents = readdirSync(join(ROOT, 'docs'), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => relative(join(ROOT, 'docs'), join(parentPath, name)))
    .filter((path) => path !== 'README.md' && !/^(images|decisions)/.test(path));
  assert.ok(documents.length > 9);
  const missing = ['decisions', ...documents].filter((path) => !index.includes(`](${path})`));
  assert.deepEqual(missing, []);
});

/** Split, so that this file does not hold what it looks for. */
const FORBIDDEN = [
  ['/ho', 'me/'],
  ['/Us', 'ers/'],
  ['/ro', 'ot/'],
  ['/wo', 'rk/'],
  ['/tmp/ba', 'sh'],
  ['registry.npm', 'js.org'],
  ['BEGIN PRIVATE ', 'KEY'],
  ['BEGIN RSA PRIVATE ', 'KEY'],
].map((parts) => parts.join(''));

test('no file holds a place of one machine, a registry or a private key', () => {
  const found = written
    .filter((path) => !/\.(png|ico|woff2|gz|zip)$/.test(path))
    .flatMap((path) => {
      const text = textOf(path);
      return FORBIDDEN.filter((word) => text.includes(word)).map((word) => `${path}: ${word}`);
    });
  assert.deepEqual(found, []);
});

test('the two commands of the README are the gate', () => {
  const readme = textOf('README.md');
  assert.match(readme, /^npm ci\b/m);
  assert.match(readme, /\bnpm test$/m);
  assert.deepEqual(textOf('.ci/run').trim().split('\n').slice(-2), ['npm ci', 'npm test']);
});
