import assert from 'node:assert/strict';
import { test } from 'node:test';
import { moduleOf, sources } from './source.ts';

/** What pages and the API both speak to. */
const SERVICES = [
  'identity',
  'developer-tokens',
  'apps',
  'consent',
  'checker',
  'audit',
  'catalogue',
  'oauth',
  'keys',
  'limits',
  'kit',
] as const;

/** Arrows point to the calmer module: each module may import what stands behind its colon. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  kit: [],
  changes: ['kit'],
  keys: ['kit'],
  limits: ['kit'],
  audit: ['kit'],
  catalogue: ['kit'],
  oauth: ['catalogue', 'keys', 'kit'],
  identity: ['audit', 'keys', 'limits', 'kit'],
  'developer-tokens': ['identity', 'audit', 'catalogue', 'oauth', 'limits', 'kit'],
  apps: ['identity', 'audit', 'catalogue', 'oauth', 'changes', 'limits', 'kit'],
  consent: ['identity', 'audit', 'catalogue', 'oauth', 'kit'],
  checker: ['identity', 'catalogue', 'oauth', 'changes', 'kit'],
  http: ['keys', 'kit'],
  api: ['config', ...SERVICES, 'http'],
  portal: [...SERVICES, 'http'],
  config: ['identity', 'catalogue', 'oauth', 'keys', 'mail', 'kit'],
  mail: ['kit'],
  storage: ['catalogue', 'oauth', 'kit'],
};

/** Modules whose ports these implement: their types may be named, their code may not be run. */
const TYPES_ONLY: Readonly<Record<string, readonly string[]>> = {
  storage: [
    'identity',
    'developer-tokens',
    'apps',
    'consent',
    'changes',
    'checker',
    'audit',
    'keys',
    'limits',
    'mail',
  ],
  mail: ['identity', 'developer-tokens', 'apps', 'consent', 'audit'],
};

const FORBIDDEN_NAMES = /(^|\/)(utils?|helpers?|common|shared|misc)(\/|\.ts$)/;

const files = sources('src/**/*.ts');

test('there is source to look at', () => {
  assert.ok(files.length > 50);
});

test('every import points to a calmer module', () => {
  const wrong: string[] = [];
  for (const file of files) {
    const name = moduleOf(file.path);
    const allowed = ALLOWED[name];
    // The composition and the command line may import every module.
    if (allowed === undefined) continue;
    for (const { target, isTypeOnly } of file.imports) {
      if (!target.startsWith('src/')) continue;
      const other = moduleOf(target);
      const isTypes = isTypeOnly && (TYPES_ONLY[name] ?? []).includes(other);
      if (other !== name && !allowed.includes(other) && !isTypes) {
        wrong.push(`${file.path} imports ${target}`);
      }
    }
  }
  assert.deepEqual(wrong, []);
});

test('the protocol core knows neither HTTP nor SQL nor the clock', () => {
  const wrong = files
    .filter((file) => moduleOf(file.path) === 'oauth')
    .filter(
      (file) =>
        /Date\.now|new Date\(|process\.env/.test(file.text) ||
        file.imports.some(({ target }) => /fastify|kysely|node:http|node:sqlite|^pg$/.test(target)),
    );
  assert.deepEqual(
    wrong.map((file) => file.path),
    [],
  );
});

test('authorization codes are made by the protocol core alone', () => {
  const makers = files.filter((file) =>
    file.imports.some(({ target }) => target === 'src/oauth/authorize/code.ts'),
  );
  assert.ok(makers.length > 0);
  assert.deepEqual(
    makers.map((file) => file.path).filter((path) => moduleOf(path) !== 'oauth'),
    [],
  );
});

test('no file or folder is named after nothing in particular', () => {
  assert.deepEqual(
    files.filter((file) => FORBIDDEN_NAMES.test(file.path)).map((file) => file.path),
    [],
  );
});
