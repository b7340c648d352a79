/** A browser app on another origin, in Chromium: what its page may send to the endpoints, and that it can read every answer. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { after, before, test } from 'node:test';
import type { Page } from 'playwright-core';
import { databaseFile } from '../../src/storage/database-file.ts';
import { PASSWORD } from '../support/running-app.ts';
import { postForm, type Registered } from '../support/oauth.ts';
import { closeApps, newApp, serveApp, type AppServer } from './oauth-apps.ts';
import { complaintsOf, leave, openStage, type Stage } from './stage.ts';

const USER = 'ada@example.com';
const SCRIPT = readFileSync(new URL('oauth-spa.js', import.meta.url), 'utf8');
const FAILURES = 40;

let stage: Stage;
let registered: Registered;
let spa: AppServer;

before(async () => {
  stage = await openStage({
    change: (config) => ({ ...config, rateLimit: { ...config.rateLimit, requests: FAILURES } }),
  });
  await stage.person({ email: USER });
  registered = await newApp(stage, { type: 'public', redirectUris: ['http://localhost/callback'] });
  const page = `<!doctype html>
    <html lang="en" data-issuer="${stage.base}" data-client-id="${registered.app.id}">
    <title>Cutting Room</title><link rel="icon" href="data:,">
    <button id="sign-in">Sign in with Gatehouse</button> <button id="call">Call</button>
    <button id="refresh">Refresh</button> <button id="sign-out">Sign out</button>
    <output></output><script type="module" src="/app.js"></script></html>`;
  spa = await serveApp(
    ({ url }, response) => {
      const isScript = url === '/app.js';
      response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html; charset=utf-8');
      response.end(isScript ? SCRIPT : page);
    },
    { name: 'localhost' },
  );
});
after(async () => {
  await closeApps();
  await stage.close();
});

const press = (page: Page, name: string): Promise<void> =>
  page.getByRole('button', { name, exact: true }).click();

const says = (page: Page, words: string): Promise<void> =>
  page.locator('output', { hasText: words }).waitFor();

async function signedIn(): Promise<Page> {
  const page = await stage.open();
  await page.goto(spa.origin);
  await press(page, 'Sign in with Gatehouse');
  await page.locator('input[name="email"]').fill(USER);
  await page.locator('input[name="password"]').fill(PASSWORD);
  await press(page, 'Sign in');
  await page.getByRole('button', { name: 'Allow', exact: true }).waitFor();
  // The button may lie where the one before it lay, and a pointer that did not move is not believed.
  await page.mouse.move(3, 3);
  await press(page, 'Allow');
  await says(page, `Signed in as ${USER}`);
  return page;
}

test('its page signs in with PKCE, calls the API, refreshes and revokes', async () => {
  const page = await signedIn();
  assert.equal(page.url(), `${spa.origin}/`);
  await press(page, 'Refresh');
  await says(page, 'Refreshed');
  await press(page, 'Call');
  await says(page, `Signed in as ${USER}`);
  await press(page, 'Sign out');
  await says(page, 'Refused: 401');
  await press(page, 'Refresh');
  await says(page, 'Failed: 400 invalid_grant');
  await leave(page);
});

test('it hears of a denial', async () => {
  const page = await stage.openAs(USER);
  await page.goto(spa.origin);
  await press(page, 'Sign in with Gatehouse');
  await press(page, 'Deny');
  await says(page, 'Failed: access_denied');
  await leave(page);
});

test('while the database is locked it reads 503, and the same refresh goes on afterwards', async () => {
  const page = await signedIn();
  const database = new DatabaseSync(databaseFile(stage.running.app.config.storage.dataDirectory));
  database.exec('begin immediate');
  await press(page, 'Refresh');
  await says(page, 'Failed: 503 temporarily_unavailable');
  database.exec('rollback');
  database.close();
  await press(page, 'Refresh');
  await says(page, 'Refreshed');
  await press(page, 'Call');
  await says(page, `Signed in as ${USER}`);
  // The browser tells of a 503 in its console, whoever reads it.
  assert.deepEqual(
    complaintsOf(page).filter((text) => !text.includes('status of 503')),
    [],
  );
  await page.context().close();
});

interface Sent {
  readonly path: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

interface Read {
  readonly status: number;
  readonly error: string;
  readonly challenge: string | null;
  readonly retryAfter: string | null;
}

/** One fetch of the page; fails as the page would when CORS keeps the answer from it. */
const ask = (page: Page, { path, ...sent }: Sent): Promise<Read> =>
  page.evaluate(
    async ({ url, init }) => {
      const response = await fetch(url, init);
      const answer = (await response.json()) as { error?: string };
      return {
        status: response.status,
        error: answer.error ?? '',
        challenge: response.headers.get('www-authenticate'),
        retryAfter: response.headers.get('retry-after'),
      };
    },
    { url: stage.base + path, init: { method: 'POST', ...sent } },
  );

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const wrongBasic = (): Readonly<Record<string, string>> => ({
  ...FORM,
  authorization: `Basic ${btoa(`${registered.app.id}:wrong`)}`,
});

for (const path of ['/oauth2/token', '/oauth2/revoke', '/oauth2/introspect']) {
  test(`the page reads whatever ${path} refuses`, async () => {
    const page = await stage.open();
    await page.goto(spa.origin);
    const body = 'grant_type=refresh_token&refresh_token=x&token=x';
    const own = `${body}&client_id=${registered.app.id}`;
    const twice = `${own}&client_id=twice`;
    const answers: readonly (readonly [Sent, number, string])[] = [
      [{ path, headers: FORM, body: twice }, 400, 'invalid_request'],
      // Not a simple request: these ask for permission first.
      [
        { path, headers: { 'content-type': 'application/json' }, body: '{}' },
        400,
        'invalid_request',
      ],
      [
        { path, headers: { ...FORM, 'x-requested-with': 'app' }, body: twice },
        400,
        'invalid_request',
      ],
      [{ path, headers: { 'content-type': 'text/plain' }, body: own }, 400, 'invalid_request'],
      [
        { path, headers: FORM, body: `${own}&more=${'x'.repeat(2_000_000)}` },
        413,
        'invalid_request',
      ],
    ];
    for (const [sent, status, error] of answers) {
      const read = await ask(page, sent);
      assert.deepEqual(
        [read.status, read.error],
        [status, error],
        JSON.stringify(sent).slice(0, 300),
      );
    }
    const refused = await ask(page, { path, headers: wrongBasic(), body });
    assert.deepEqual([refused.status, refused.error], [401, 'invalid_client']);
    assert.match(refused.challenge ?? '', /^Basic realm=/);
    await leave(page);
  });
}

test('the page reads the metadata whatever headers its library adds', async () => {
  const page = await stage.open();
  await page.goto(spa.origin);
  const read = await ask(page, {
    path: '/.well-known/oauth-authorization-server',
    method: 'GET',
    headers: { accept: 'application/json', 'mcp-protocol-version': '2026-07-28' },
  });
  assert.equal(read.status, 200);
  await leave(page);
});

test('cookies stay out of it: a page that sends credentials gets no answer', async () => {
  const page = await stage.openAs(USER);
  await page.goto(spa.origin);
  const outcome = await page.evaluate(
    (url) =>
      fetch(url, { method: 'POST', credentials: 'include' }).then(
        () => 'read',
        (error: unknown) => String(error),
      ),
    `${stage.base}/oauth2/token`,
  );
  assert.match(outcome, /Failed to fetch/);
  await page.context().close();
});

test('after too many failures it reads 429 and when to come back', async () => {
  const page = await stage.open();
  await page.goto(spa.origin);
  const wrong = { id: registered.app.id, secret: 'wrong' };
  const url = `${stage.base}/oauth2/token`;
  const asked = { grant_type: 'refresh_token', refresh_token: 'x' };
  for (let tries = 0; tries < FAILURES; tries += 1) await postForm(url, asked, wrong);
  const body = 'grant_type=refresh_token&refresh_token=x';
  const read = await ask(page, { path: '/oauth2/token', headers: wrongBasic(), body });
  assert.deepEqual([read.status, read.error], [429, 'temporarily_unavailable']);
  assert.ok(Number(read.retryAfter) >= 1);
  await leave(page);
});
