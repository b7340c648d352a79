/** Forms in which scopes are chosen say which of them do something on this server. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { PARTS_OF_SERVER } from '../../src/oauth/vocabulary.ts';
import { signUp, startApp, type RunningApp } from '../support/running-app.ts';

let running: RunningApp;
before(async () => {
  running = await startApp();
});
after(() => running.stop());

test('they are what the routes of the API ask for', () => {
  const asked = running.app.routes.flatMap(({ access }) =>
    access.kind === 'bearer' ? access.scopes : [],
  );
  assert.deepEqual([...new Set(asked)].toSorted(), PARTS_OF_SERVER);
});

test('the forms of tokens and apps name them, by their names of today', async () => {
  const visitor = await signUp(running, 'ada@example.com');
  for (const path of ['/tokens/new', '/apps/new']) {
    const { text } = await visitor.get(path);
    assert.match(
      text,
      /only account\.read ?, auditlog\.read and team\.read open something on this server/,
    );
    assert.match(text, /up to the API that checks it/);
  }
  const other = await startApp({
    change: (config) => ({
      ...config,
      scopes: config.scopes
        .filter(({ name }) => !['account.read', 'auditlog.read'].includes(name))
        .map((scope) =>
          scope.name === 'team.read' ? { ...scope, name: 'teams.see', was: ['team.read'] } : scope,
        ),
    }),
  });
  try {
    const { text } = await (await signUp(other, 'ada@example.com')).get('/tokens/new');
    assert.match(text, /only teams\.see opens something on this server/);
  } finally {
    await other.stop();
  }
});
