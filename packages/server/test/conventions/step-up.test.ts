/** Every form of a signed-in person decides whether it asks for the password again, and docs/reference/endpoints.md says what. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import type { Route } from '../../src/http/route.ts';
import { startApp, type RunningApp } from '../support/running-app.ts';

const root = new URL('../../../../', import.meta.url);
const section =
  readFileSync(new URL('docs/reference/endpoints.md', root), 'utf8')
    .split('\n### Where the password is asked for again\n')[1]
    ?.split(/\n##+ /)[0] ?? '';

let running: RunningApp;
let forms: readonly Route[];
before(async () => {
  running = await startApp();
  forms = running.app.routes.filter(
    ({ family, method, access }) =>
      family === 'portal' && method === 'POST' && access.kind !== 'public',
  );
});
after(() => running.stop());

test('every form of a signed-in person has its row, with its decision', () => {
  assert.ok(forms.length > 20);
  const rows = section
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.split('|').slice(1, -1))
    .map(([path = '', decision = '']) => [path.trim().slice(1, -1), decision.trim()] as const);
  const decided = forms.map(({ path, stepUp }) => [path, stepUp] as const);
  assert.equal(new Set(rows.map(([path]) => path)).size, rows.length, 'a row is there twice');
  assert.deepEqual(Object.fromEntries(rows), Object.fromEntries(decided));
});

test('what lasts, and what operators do to others, is never without it', () => {
  const LASTS =
    /secret|operator|suspend|resume|role|delete|introspection|access\/end|transfer|account\/email/;
  const unasked = forms
    .filter(({ path, access }) => LASTS.test(path) || access.kind === 'operator')
    .filter(({ stepUp = '' }) => stepUp.startsWith('never'))
    .map(({ path }) => path);
  // The first only looks.
  assert.deepEqual(unasked, ['/admin/tokens', '/admin/mail/:id/retry']);
});
