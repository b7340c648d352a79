/** docs/reference/endpoints.md has a row for every route and errors.md for every reason, and no other. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { REASONS } from '../../src/api/refusal.ts';
import { MEANINGS } from '../../src/oauth/error.ts';
import type { Route } from '../../src/http/route.ts';
import { startApp, type RunningApp } from '../support/running-app.ts';

const root = new URL('../../../../', import.meta.url);

/** The cells of every table row of a document, without the padding. */
const rowsOf = (document: string) =>
  readFileSync(new URL(`docs/reference/${document}`, root), 'utf8')
    .split('\n')
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
  const documented = rowsOf('endpoints.md')
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
  const documented = rowsOf('errors.md')
    .filter(([first = '', second = '']) => /^`\w+`$/.test(first) && /^[45]\d\d$/.test(second))
    .map(([reason = '', status = '']) => `| ${reason} | ${status} | …`);
  const reasons = Object.entries(REASONS).map(
    ([reason, { status }]) => `| \`${reason}\` | ${status} | …`,
  );
  assertSame(documented, reasons);
});

test('every reason of OAuth has its row, with its error, cause and cure', () => {
  const documented = rowsOf('errors.md')
    .filter(([first = '', second = '']) => /^`\w+`$/.test(first) && /^`\w+`$/.test(second))
    .map(([reason = '', error = '', cause = '', cure = '']) => {
      assert.match(cause, /^.{10,}\.$/, `say why ${reason} happens`);
      assert.match(cure, /^.{10,}\.$/, `say what helps against ${reason}`);
      return `| ${reason} | ${error} | …`;
    });
  const reasons = Object.entries(MEANINGS).map(
    ([reason, { code }]) => `| \`${reason}\` | \`${code}\` | …`,
  );
  assertSame(documented, reasons);
});

function assertSame(documented: readonly string[], reasons: readonly string[]): void {
  assert.deepEqual(without(reasons, documented), [], 'rows that docs/reference/errors.md lacks');
  assert.deepEqual(without(documented, reasons), [], 'rows without a reason');
  assert.equal(new Set(documented).size, documented.length, 'a row is there twice');
}
