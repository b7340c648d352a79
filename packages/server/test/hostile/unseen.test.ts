/**
 * Text of strangers that is older than the rule for it, or that nobody can be asked to change, in every column at once: no page, no
 * message and no table of the command line has a raw character in it that turns or hides what stands around it.
 */
import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { Readable, Writable } from 'node:stream';
import { after, before, test } from 'node:test';
import { run } from '../../src/cli/run.ts';
import type { Route } from '../../src/http/route.ts';
import { databaseFile } from '../../src/storage/database-file.ts';
import { addressOf, isShowing, look, lookAs, type Looking } from '../costs/pages.ts';
import { openCostStage, type Stage } from '../costs/people.ts';
import { enrich } from '../costs/riches.ts';
import { render, samples } from '../mail/samples.ts';

/** An override, an isolate that is never closed, a joiner of words, a space without width, a letter that looks like nothing. */
const HOSTILE = 'ada\u202ebob\u2066c\u2060d\u200be\u3164f';
const RAW = /[\u202a-\u202e\u2060-\u2064\u200b\u3164]|&#x?(202|8234|8235|8236|8237|8238)/i;

const COLUMNS: Readonly<Record<string, readonly string[]>> = {
  users: ['name', 'location', 'bio'],
  accounts: ['display_name'],
  teams: ['name'],
  apps: ['name', 'description'],
  developer_tokens: ['description', 'last_used_agent'],
  token_addresses: ['agent'],
  sessions: ['agent'],
  outbox: ['last_error'],
};
/** What is kept as JSON: the facts in it that people read. */
const FACTS: Readonly<Record<string, string>> = { events: 'details', outbox: 'notice' };
const READ = [
  'name',
  'description',
  'app',
  'app_name',
  'appName',
  'agent',
  'from',
  'to_name',
  'by',
];

let stage: Stage;
let looking: Looking;
before(async () => {
  stage = await openCostStage('sqlite');
  const me = await stage.person({ email: 'ada@example.com' });
  const riches = await enrich(stage, me, { count: 3 });
  looking = await lookAs(stage, me, riches);
  spoil(databaseFile(stage.running.app.config.storage.dataDirectory));
});
after(() => stage.running.stop());

function spoil(file: string): void {
  const database = new DatabaseSync(file);
  for (const [table, columns] of Object.entries(COLUMNS))
    for (const column of columns)
      database.prepare(`UPDATE ${table} SET ${column} = ?`).run(HOSTILE);
  for (const [table, column] of Object.entries(FACTS))
    for (const row of database.prepare(`SELECT id, ${column} AS facts FROM ${table}`).all()) {
      const facts = JSON.parse(String(row['facts']));
      const spoilt = { ...facts, ...Object.fromEntries(READ.map((name) => [name, HOSTILE])) };
      const update = database.prepare(`UPDATE ${table} SET ${column} = ? WHERE id = ?`);
      update.run(JSON.stringify(spoilt), row['id'] ?? null);
    }
  database.close();
}

function assertSafe(text: string, where: string): void {
  const at = RAW.exec(text)?.index;
  if (at !== undefined) assert.fail(`${where}: ${JSON.stringify(text.slice(at - 120, at + 60))}`);
}

test('no page, list or form has one, in text, titles or attributes', async () => {
  const isPage = (route: Route): boolean => isShowing(route) && route.family === 'portal';
  const shown: string[] = [];
  for (const route of stage.running.app.routes.filter(isPage)) {
    const { body } = await look(looking, route, addressOf(route, looking.riches));
    assertSafe(body, route.path);
    if (body.includes('ada\ufffdbob')) shown.push(route.path);
  }
  // They do show it, hidden characters made visible.
  for (const path of [
    '/tokens',
    '/apps',
    '/connections',
    '/account',
    '/admin/people',
    '/tokens/:id',
  ])
    assert.ok(shown.includes(path), `${path} of ${shown.join(' ')}`);
  assert.ok(shown.length > 20, shown.join(' '));
});

test('nor do the lists of the command line', async () => {
  const said: string[] = [];
  const out = () => new Writable({ write: (chunk, _, done) => (said.push(String(chunk)), done()) });
  const terminal = {
    stdin: Readable.from([]),
    stdout: out(),
    stderr: out(),
    env: {},
    directory: stage.running.directory,
  };
  for (const [noun, ...options] of [
    ['user'],
    ['token'],
    ['app'],
    ['grant', '--user', 'ada@example.com'],
  ]) {
    const code = await run([noun ?? '', 'list', ...options], terminal);
    assert.equal(code, 0, said.join(''));
  }
  assert.match(said.join(''), /ada.bob/u);
  assertSafe(said.join(''), said.join(''));
});

test('nor do messages, their subjects and what programs read of them', () => {
  for (const [kind, notice] of Object.entries(samples)) {
    const told = Object.entries(notice).map(([name, value]) => [
      name,
      // Of people, apps and tokens: all that is written with a space or a capital.
      typeof value === 'string' && /^[A-Z]|\s/.test(value) && !name.endsWith('Id')
        ? HOSTILE
        : value,
    ]);
    assertSafe(JSON.stringify(render(Object.fromEntries(told))), kind);
  }
});
