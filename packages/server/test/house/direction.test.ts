import assert from 'node:assert/strict';
import { test } from 'node:test';
import { roomOf, sources } from './source.ts';

/** What pages and the API both speak to. */
const SERVICES = [
  'accounts',
  'developer-tokens',
  'apps',
  'consent',
  'checker',
  'audit',
  'oauth',
  'keys',
  'kit',
] as const;

/** Arrows point to the calmer room: each room may import what stands behind its colon. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  kit: [],
  changes: ['kit'],
  keys: ['kit'],
  oauth: ['keys', 'kit'],
  audit: ['kit'],
  accounts: ['audit', 'keys', 'kit'],
  'developer-tokens': ['accounts', 'audit', 'oauth', 'kit'],
  apps: ['accounts', 'audit', 'oauth', 'changes', 'kit'],
  consent: ['accounts', 'audit', 'oauth', 'kit'],
  checker: ['accounts', 'oauth', 'changes', 'kit'],
  http: ['keys', 'kit'],
  api: ['config', ...SERVICES, 'http'],
  portal: [...SERVICES, 'http'],
  config: ['accounts', 'oauth', 'keys', 'kit'],
  mail: ['kit'],
  storage: ['oauth', 'kit'],
};

/** Rooms whose ports these implement: their types may be named, their code may not be run. */
const TYPES_ONLY: Readonly<Record<string, readonly string[]>> = {
  storage: [
    'accounts',
    'developer-tokens',
    'apps',
    'consent',
    'changes',
    'checker',
    'audit',
    'keys',
    'mail',
  ],
  mail: ['accounts', 'developer-tokens', 'apps', 'consent', 'audit'],
};

const FORBIDDEN_NAMES = /(^|\/)(utils?|helpers?|common|shared|misc)(\/|\.ts$)/;

const files = sources('src/**/*.ts');

test('there is source to look at', () => {
  assert.ok(files.length > 50);
});

test('every import points to a calmer room', () => {
  const wrong: string[] = [];
  for (const file of files) {
    const room = roomOf(file.path);
    const allowed = ALLOWED[room];
    // The composition and the command line may import every room.
    if (allowed === undefined) continue;
    for (const { target, isTypeOnly } of file.imports) {
      if (!target.startsWith('src/')) continue;
      const other = roomOf(target);
      const isTypes = isTypeOnly && (TYPES_ONLY[room] ?? []).includes(other);
      if (other !== room && !allowed.includes(other) && !isTypes) {
        wrong.push(`${file.path} imports ${target}`);
      }
    }
  }
  assert.deepEqual(wrong, []);
});

test('the protocol core knows neither HTTP nor SQL nor the clock', () => {
  const wrong = files
    .filter((file) => roomOf(file.path) === 'oauth')
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

test('no file or folder is named after nothing in particular', () => {
  assert.deepEqual(
    files.filter((file) => FORBIDDEN_NAMES.test(file.path)).map((file) => file.path),
    [],
  );
});
