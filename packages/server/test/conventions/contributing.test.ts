/** CONTRIBUTING.md leads somewhere: its files, the names in them, and its commands are there. */
import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));
const SERVER = join(ROOT, 'packages/server');
const document = readFileSync(join(ROOT, 'CONTRIBUTING.md'), 'utf8');

/** Of files, folders and documents; those of the server without `packages/server`. */
const PLACE = /`((?:src|test|docs|bench|scripts|examples|\.ci)\/[\w./*{},-]*)`/g;
/** One name or several, and the file that has them. */
const NAMED = /((?:`\w+`(?:, | and | or )?)+) \(`((?:src|test)\/[\w./-]+\.ts)`\)/g;
/** A file by its last parts. */
const FILE = /`([\w-]+(?:\/[\w.-]+)*\.(?:ts|md|yaml))`/g;

const all = (pattern: RegExp, text: string): readonly (readonly string[])[] =>
  [...text.matchAll(pattern)].map((match) => match.slice(1).map((part) => part ?? ''));

const isThere = (place: string): boolean =>
  [ROOT, SERVER].some((base) => globSync(place.replace(/\/$/, ''), { cwd: base }).length > 0);

test('every place that it names is there', () => {
  const places = all(PLACE, document).map(([place = '']) => place);
  assert.ok(places.length > 60, String(places.length));
  assert.deepEqual(
    places.filter((place) => !isThere(place)),
    [],
  );
  assert.ok(!isThere('src/nowhere.ts'));
});

test('every file that it names by its last parts is there', () => {
  const known = globSync(['*.{md,yaml}', 'docs/**/*.md', 'packages/server/{src,test}/**/*.ts'], {
    cwd: ROOT,
  }).map((path) => `/${path}`);
  const files = all(FILE, document).map(([file = '']) => file);
  assert.ok(files.length > 30, String(files.length));
  assert.deepEqual(
    files.filter((file) => !known.some((path) => path.endsWith(`/${file}`))),
    [],
  );
});

/** Names that a file does not have as words of its own. */
function missingIn(names: string, file: string): readonly string[] {
  const path = join(SERVER, file);
  const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
  return all(/`(\w+)`/g, names)
    .map(([name = '']) => name)
    .filter(
      (name) =>
        !new RegExp(`(function|const|class|interface|type) ${name}\\b|^ +${name}\\(`, 'm').test(
          text,
        ),
    )
    .map((name) => `${name} in ${file}`);
}

test('every name that it gives with a file is declared there', () => {
  const pairs = all(NAMED, document);
  assert.ok(pairs.length > 25, String(pairs.length));
  assert.deepEqual(
    pairs.flatMap(([names = '', file = '']) => missingIn(names, file)),
    [],
  );
  assert.equal(missingIn('`faultOf`, `guess`', 'src/checker/checker.ts').length, 1);
});

test('every command of npm that it names is in package.json', () => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    scripts: Readonly<Record<string, string>>;
  };
  const named = all(/npm run ([\w:-]+)/g, document).map(([name = '']) => name);
  assert.ok(named.length > 5);
  assert.deepEqual(
    named.filter((name) => !Object.hasOwn(scripts, name)),
    [],
  );
});

test('each of the five tasks is short enough to be done', () => {
  const section =
    document.split('\n## A way through the code in five tasks\n')[1]?.split('\n## ')[0] ?? '';
  const tasks = section.split(/^(?=\*\*)/m).slice(1);
  assert.equal(tasks.length, 5);
  for (const task of tasks) {
    const lines = task.split('\n').filter((line) => line !== '');
    assert.ok(lines.length <= 15, `${lines[0]}: ${lines.length} lines`);
    assert.ok(/`test\/[\w./-]+\.test\.ts`/.test(task), `${lines[0]}: which test to run`);
  }
});
