/** docs/reference/endpoints.md has a row for every route and every reason, and no other. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { REASONS } from '../../src/api/refusal.ts';
import type { Route } from '../../src/http/route.ts';
import { startApp, type RunningApp } from '../support/running-app.ts';

const root = new URL('../../../../', import.meta.url);
const lines = readFileSync(new URL('docs/reference/endpoints.md', root), 'utf8').split('\n');

/** The cells of every table row, without the padding. */
const rows = lines
  .filter((line) => line.startsWith('| '))
  .map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );

let running: RunningApp;
before(async () => {
  running = await startApp();
});
after(() => running.stop());

function accessOf({ access }: Route): string {
  if (access.kind === 'public') return 'anyone';
  if (access.kind === 'session') return 'signed in';
  if (access.kind === 'operator') return 'operator';
  if (access.kind === 'client') return 'client';
  const scopes = access.scopes.map((scope) => `\`${scope}\``).join(' ');
  return scopes === '' ? 'token' : `token with ${scopes}`;
}

const without = (all: readonly string[], those: readonly string[]): readonly string[] =>
  all.filter((item) => !those.includes(item));

test('every route has its row, with its access', () => {
  const documented = rows
    .filter(([method = '']) => /^(GET|POST|PATCH|PUT|DELETE|OPTIONS)$/.test(method))
    .map(([method = '', path = '', access = '', what = '']) => {
      assert.ok(what.length > 5, `say what ${method} ${path} does`);
      return `| ${method} | ${path} | ${access} | …`;
    });
  const routes = running.app.routes.map(
    (route) => `| ${route.method} | \`${route.path}\` | ${accessOf(route)} | …`,
  );
  assert.deepEqual(without(routes, documented), [], 'rows that docs/reference/endpoints.md lacks');
  assert.deepEqual(
    without(documented, routes),
    [],
    'rows of docs/reference/endpoints.md without a route',
  );
  assert.equal(new Set(documented).size, documented.length, 'a row is there twice');
});

test('every reason has its row, with its status', () => {
  const documented = rows
    .filter(([first = '', second = '']) => /^`\w+`$/.test(first) && /^[45]\d\d$/.test(second))
    .map(([reason = '', status = '']) => `| ${reason} | ${status} | …`);
  const reasons = Object.entries(REASONS).map(
    ([reason, { status }]) => `| \`${reason}\` | ${status} | …`,
  );
  assert.deepEqual(without(reasons, documented), [], 'rows that docs/reference/endpoints.md lacks');
  assert.deepEqual(
    without(documented, reasons),
    [],
    'rows of docs/reference/endpoints.md without a reason',
  );
});
