/** From the question back to the app, in Chromium: its policy of content must let the browser go wherever an app may be. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Page, Request } from 'playwright-core';
import { PASSWORD } from '../support/running-app.ts';
import type { Registered } from '../support/oauth.ts';
import {
  closeApps,
  hasIpv6,
  linkOf,
  newApp,
  sendOn,
  serveApp,
  type AppServer,
} from './oauth-apps.ts';
import { complaintsOf, leave, openStage, type Stage } from './stage.ts';

const USER = 'ada@example.com';
const HTTPS = 'https://app.example.com/callback';
const SCHEME = 'com.example.cutting-room:/callback';
const LOOPBACK = [
  'http://127.0.0.1/callback',
  'http://[::1]/callback',
  'http://localhost/callback',
];

/** Whatever was allowed before. */
const ASK = { prompt: 'consent' };

let stage: Stage;
let web: Registered;
let native: Registered;
let local: AppServer;

before(async () => {
  // Nothing answers there; that the browser tries is what counts.
  const flags = ['--host-resolver-rules=MAP app.example.com 127.0.0.1:9'];
  stage = await openStage({ flags });
  await stage.person({ email: USER });
  web = await newApp(stage, { redirectUris: [HTTPS, ...LOOPBACK] });
  native = await newApp(stage, { type: 'public', redirectUris: [SCHEME, ...LOOPBACK] });
  local = await serveApp();
});
after(async () => {
  await closeApps();
  await stage.close();
});

async function press(page: Page, name: 'Allow' | 'Deny' | 'Sign in'): Promise<void> {
  const button = page.getByRole('button', { name, exact: true });
  await button.waitFor();
  // Allow may lie where the button before it lay, and a pointer that did not move is not believed.
  await page.mouse.move(3, 3);
  await button.click();
}

async function typeSignIn(page: Page): Promise<void> {
  await page.locator('input[name="email"]').fill(USER);
  await page.locator('input[name="password"]').fill(PASSWORD);
}

/** The answer as the browser sends it to an app that no server here can be. */
async function sentBy(page: Page, act: () => Promise<void>): Promise<URL> {
  const [request] = await Promise.all([
    page.waitForEvent('requestfailed', (request: Request) => request.url().startsWith(HTTPS)),
    act(),
  ]);
  assert.doesNotMatch(request.failure()?.errorText ?? '', /CSP|ABORTED/);
  return new URL(request.url());
}

for (const javaScriptEnabled of [true, false]) {
  const way = javaScriptEnabled ? 'with script' : 'without script';

  test(`signing in and allowing leads to an https app ${way}`, async () => {
    const page = await stage.open({ javaScriptEnabled });
    await page.goto(linkOf(web, HTTPS, ASK));
    await typeSignIn(page);
    await press(page, 'Sign in');
    const { searchParams } = await sentBy(page, () => press(page, 'Allow'));
    assert.match(searchParams.get('code') ?? '', /^gate_oac_/);
    assert.equal(searchParams.get('state'), 'kq2w');
    await leave(page);
  });
}

test('denying leads there too', async () => {
  const page = await stage.openAs(USER);
  await page.goto(linkOf(web, HTTPS, ASK));
  const { searchParams } = await sentBy(page, () => press(page, 'Deny'));
  assert.equal(searchParams.get('error'), 'access_denied');
  await leave(page);
});

test('whoever allowed it before is sent on by signing in alone', async () => {
  const page = await stage.open();
  await page.goto(linkOf(web, HTTPS));
  await typeSignIn(page);
  const { searchParams } = await sentBy(page, () => press(page, 'Sign in'));
  assert.match(searchParams.get('code') ?? '', /^gate_oac_/);
  await leave(page);
});

const HOSTS = [
  ['127.0.0.1', '127.0.0.1'],
  ['::1', '[::1]'],
  ['127.0.0.1', 'localhost'],
] as const;

for (const [listens, name] of HOSTS) {
  const skip = listens === '::1' && !hasIpv6 ? 'there is no IPv6 here' : false;
  test(`the answer reaches a program on ${name} and a port of its own`, { skip }, async () => {
    const program = await serveApp(undefined, { listens, name });
    const page = await stage.openAs(USER);
    await page.goto(linkOf(web, `${program.origin}/callback`, ASK));
    await press(page, 'Allow');
    await page.getByText('At /callback').waitFor();
    assert.equal(new URL(page.url()).origin, program.origin);
    await leave(page);
  });
}

test('a callback may send the user on to another origin', async () => {
  const front = await serveApp(undefined, { name: 'localhost' });
  const back = await serveApp(sendOn(`${front.origin}/home`));
  const page = await stage.openAs(USER);
  await page.goto(linkOf(web, `${back.origin}/callback`, ASK));
  await press(page, 'Allow');
  await page.getByText('At /home').waitFor();
  await leave(page);

  const stranger = await stage.open();
  await stranger.goto(linkOf(web, `${back.origin}/callback`, ASK));
  await typeSignIn(stranger);
  await press(stranger, 'Sign in');
  await press(stranger, 'Allow');
  await stranger.getByText('At /home').waitFor();
  await leave(stranger);
});

/** Where the browser is sent next; no page follows a scheme that only programs on a device know. */
async function nextRedirect(page: Page, act: () => Promise<void>): Promise<URL> {
  const client = await page.context().newCDPSession(page);
  await client.send('Network.enable');
  const redirected = new Promise<string>((resolve) => {
    client.on('Network.requestWillBeSent', ({ request, redirectResponse }) => {
      if (redirectResponse !== undefined) resolve(request.url);
    });
  });
  await act();
  return new URL(await redirected);
}

test('the answer to a scheme of its own leaves the browser', { timeout: 20_000 }, async () => {
  const page = await stage.openAs(USER);
  const pkce = { code_challenge: 'A'.repeat(43), code_challenge_method: 'S256' };
  await page.goto(linkOf(native, SCHEME, pkce));
  const { protocol, pathname, searchParams } = await nextRedirect(page, () => press(page, 'Allow'));
  assert.equal(protocol + pathname, SCHEME);
  assert.match(searchParams.get('code') ?? '', /^gate_oac_/);
  // What the policy of content forbids is told there.
  await leave(page);
});

for (const javaScriptEnabled of [true, false]) {
  test(`form_post reaches the app ${javaScriptEnabled ? 'by itself' : 'by one click'}`, async () => {
    const page = await stage.openAs(USER, { javaScriptEnabled });
    const earlier = local.posted.length;
    await page.goto(
      linkOf(web, `${local.origin}/callback`, { ...ASK, response_mode: 'form_post' }),
    );
    await press(page, 'Allow');
    if (!javaScriptEnabled) await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByText('At /callback').waitFor();
    const answer = local.posted[earlier];
    assert.match(answer?.get('code') ?? '', /^gate_oac_/);
    assert.deepEqual([answer?.get('state'), answer?.get('iss')], ['kq2w', stage.base]);
    assert.equal(new URL(page.url()).search, '', 'nothing of it stands in the address');
    await leave(page);
  });
}

test('Back from the app to the page that posted the answer sends nothing again', async () => {
  const page = await stage.openAs(USER);
  await page.goto(linkOf(web, `${local.origin}/callback`, { ...ASK, response_mode: 'form_post' }));
  await press(page, 'Allow');
  await page.getByText('At /callback').waitFor();
  const sent = local.posted.length;
  await page.goBack();
  await page.waitForTimeout(500);
  assert.equal(local.posted.length, sent);
  assert.ok(page.url().startsWith(stage.base), page.url());
  assert.equal(await page.getByRole('button', { name: 'Continue' }).count(), 0);
  await leave(page);
});

/** The browser of these tests keeps no page in memory; the app answers 204, so that the page stays and can be told so. */
test('a page that posted the answer and comes back from memory offers to send nothing', async () => {
  const silent = await serveApp((_request, response) => void response.writeHead(204).end());
  const page = await stage.openAs(USER);
  await page.goto(linkOf(web, `${silent.origin}/callback`, { ...ASK, response_mode: 'form_post' }));
  await press(page, 'Allow');
  const again = page.getByRole('button', { name: 'Continue' });
  await again.waitFor();
  await page.evaluate(() =>
    window.dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true })),
  );
  assert.equal(await again.count(), 0);
  await page.getByText('You have already answered this request').waitFor();
  await page.context().close();
});

test('the keyboard alone allows: Tab comes to Allow before Deny', async () => {
  const page = await stage.openAs(USER);
  await page.goto(linkOf(web, `${local.origin}/callback`, ASK));
  const stops: string[] = [];
  while (stops.at(-1) !== 'Allow' && stops.length < 20) {
    await page.keyboard.press('Tab');
    stops.push(await page.evaluate(() => document.activeElement?.textContent.trim() ?? ''));
  }
  assert.equal(stops.at(-1), 'Allow', stops.join(', '));
  assert.ok(!stops.includes('Deny'));
  // Nobody reads the page in less time (guard.test.ts).
  await page.waitForTimeout(800);
  await page.keyboard.press('Enter');
  await page.getByText('At /callback').waitFor();
  await leave(page);
});

/** A page of the app with a frame in it, as silent sign-in was done once. */
const framing = (link: string): Promise<AppServer> =>
  serveApp((_request, response) => {
    response.setHeader('content-type', 'text/html; charset=utf-8');
    response.end(`<!doctype html><link rel="icon" href="data:,"><iframe src="${link}"></iframe>`);
  });

test('no page of sign-in or consent is shown in a frame of an app', async () => {
  for (const more of [ASK, { prompt: 'login' }]) {
    const outer = await framing(
      (stage.base + linkOf(web, `${local.origin}/callback`, more)).replaceAll('&', '&amp;'),
    );
    const page = await stage.openAs(USER);
    await page.goto(outer.origin);
    const frame = page.frames()[1];
    assert.match(frame?.url() ?? '', /^chrome-error:/);
    assert.match(complaintsOf(page).join(), /frame-ancestors|X-Frame-Options/);
    await page.context().close();
  }
});

test('prompt=none in a frame answers the app and shows nothing', async () => {
  const link = linkOf(web, `${local.origin}/callback`, { prompt: 'none' });
  const outer = await framing((stage.base + link).replaceAll('&', '&amp;'));
  const page = await stage.openAs(USER);
  await page.goto(outer.origin);
  const answer = new URL(page.frames()[1]?.url() ?? '');
  // The cookie of the session is not sent from another site's frame: nobody is signed in there.
  assert.ok(
    ['login_required', 'consent_required'].includes(answer.searchParams.get('error') ?? ''),
  );
  assert.equal(answer.searchParams.get('code'), null);
  await leave(page);
});
