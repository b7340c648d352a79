/** A page that another site asked for writes nothing into the browser or the database. */
import assert from 'node:assert/strict';
import { after, before, mock, test } from 'node:test';
import type { Route } from '../../src/http/route.ts';
import { requestOf } from '../oauth/place.ts';
import { registerApp, type Registered } from '../support/oauth.ts';
import { PASSWORD, signUp, startApp, type RunningApp } from '../support/running-app.ts';
import type { WebVisitor } from '../support/visitor.ts';

let running: RunningApp;
let registered: Registered;
/** By what they are to the site: nobody, somebody whose address is not proved, the operator. */
let visitors: Readonly<Record<string, WebVisitor>>;
let pages: readonly Route[];
let keep: { readonly mock: { callCount(): number } };

before(async () => {
  const roomy = { windowSeconds: 900, perAccount: 10_000, perAddress: 10_000 };
  running = await startApp({ change: (config) => ({ ...config, attempts: roomy }) });
  const operator = await signUp(running, 'operator@example.com');
  const user = await running.app.storage.users.byEmail('operator@example.com');
  assert.ok(user !== null);
  registered = await registerApp(running.app, user);
  visitors = { nobody: running.visitor(), unproved: await unproved(), operator };
  pages = running.app.routes.filter(
    ({ family, method }) => family === 'portal' && method === 'GET',
  );
  keep = mock.method(running.app.storage.returns, 'keep');
});
after(() => running.stop());

async function unproved(): Promise<WebVisitor> {
  const form = { name: 'Nell', email: 'nell@example.com', password: PASSWORD };
  await running.visitor().post('/sign-up', form);
  const visitor = running.visitor();
  await visitor.post('/sign-in', form);
  return visitor;
}

const ELSEWHERE: readonly Readonly<Record<string, string>>[] = [
  { 'sec-fetch-site': 'cross-site', 'sec-fetch-dest': 'document' },
  { 'sec-fetch-site': 'cross-site', 'sec-fetch-dest': 'image' },
  { 'sec-fetch-site': 'same-site', 'sec-fetch-dest': 'document' },
  // A link in a message of whoever wrote it.
  { 'sec-fetch-site': 'none', 'sec-fetch-dest': 'document' },
  // What the browser says stands above a referrer.
  { 'sec-fetch-site': 'cross-site', referer: 'http://localhost/' },
  { referer: 'https://evil.example/forgot-password' },
  { referer: 'about:blank' },
  {},
];

const AS_IMAGE = ELSEWHERE.slice(1, 2);
/** The page that other sites send people to by design. */
const ENTRANCE = '/oauth2/auth';
const LONG = `/tokens?x=${'x'.repeat(6000)}`;

const address = ({ path }: Route, returnTo: string): string =>
  path === ENTRANCE
    ? requestOf(registered, { state: 's'.repeat(returnTo.length) })
    : `${path.replace(':id', registered.app.id)}?${new URLSearchParams({ return_to: returnTo }).toString()}`;

async function assertPlantsNothing(
  page: Route,
  { who, visitor }: { who: string; visitor: WebVisitor },
): Promise<void> {
  for (const headers of page.path === ENTRANCE ? AS_IMAGE : ELSEWHERE) {
    for (const returnTo of ['/tokens/planted', LONG]) {
      const url = address(page, returnTo);
      const reply = await visitor.send('GET', url, { headers });
      const facts = `${who} ${url.slice(0, 80)} ${JSON.stringify(headers)}`;
      assert.ok(reply.status < 500, facts);
      assert.deepEqual(reply.setCookies, [], facts);
    }
  }
}

test('whatever page another site asks for, as whomever', async () => {
  assert.ok(pages.length > 30);
  for (const [who, visitor] of Object.entries(visitors)) {
    for (const page of pages) await assertPlantsNothing(page, { who, visitor });
  }
  assert.equal(keep.mock.callCount(), 0);
});

test('a link of our own notes the way back, with and without Fetch Metadata', async () => {
  for (const headers of [
    { 'sec-fetch-site': 'same-origin' },
    { referer: `${running.base}/sign-in` },
    { referer: `${running.app.config.server.baseUrl}/sign-in` },
  ]) {
    for (const path of ['/sign-up', '/forgot-password']) {
      const reply = await running.visitor().send('GET', `${path}?return_to=%2Ftokens`, { headers });
      assert.match(reply.setCookies.join(), /^gatehouse_return_\d+=%2Ftokens;/);
    }
  }
});

test('without the cookie the form itself carries the way back', async () => {
  const visitor = running.visitor();
  visitor.headers['sec-fetch-site'] = 'cross-site';
  await visitor.get('/forgot-password?return_to=%2Ftokens');
  assert.equal(visitor.hidden('/forgot-password')?.['return_to'], '/tokens');
});

test('an app that sends somebody whose address is not proved is found again afterwards', async () => {
  const before = keep.mock.callCount();
  const [headers = {}] = ELSEWHERE;
  const url = requestOf(registered, { state: 's'.repeat(6000) });
  const reply = await visitors['unproved']?.send('GET', url, { headers });
  assert.match(reply?.setCookies.join() ?? '', /^gatehouse_return_\d+=[\w-]{43};/);
  assert.equal(keep.mock.callCount(), before + 1);
});

test('another site cannot make a browser forget where it was going', async () => {
  const visitor = running.visitor();
  await visitor.post('/sign-in', { email: 'operator@example.com', password: PASSWORD });
  visitor.cookies.set('gatehouse_return', '%2Fapps');
  const [headers = {}] = ELSEWHERE;
  assert.equal((await visitor.send('GET', '/sign-in', { headers })).location, '/apps');
  assert.equal(visitor.cookies.get('gatehouse_return'), '%2Fapps');
  const own = { 'sec-fetch-site': 'same-origin' };
  assert.equal((await visitor.send('GET', '/sign-in', { headers: own })).location, '/apps');
  assert.equal(visitor.cookies.has('gatehouse_return'), false);
});
