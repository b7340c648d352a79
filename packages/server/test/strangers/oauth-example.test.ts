/** examples/web-app as its README starts it: a process of its own, from "Sign in" to "Disconnect". */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { after, before, test } from 'node:test';
import { freePort } from '../support/free-port.ts';
import { WebVisitor } from '../support/visitor.ts';
import { openOAuthStage, USER, type OAuthStage } from './oauth-stage.ts';

const EXAMPLE = fileURLToPath(new URL('../../../../examples/web-app/', import.meta.url));

let stage: OAuthStage;
let appUrl: string;
let program: ChildProcess;

before(async () => {
  stage = await openOAuthStage();
  appUrl = `http://localhost:${await freePort()}`;
  const { app, secret } = await stage.register({
    redirectUris: ['http://localhost:3000/callback'],
  });
  program = spawn(process.execPath, ['app.ts'], {
    cwd: EXAMPLE,
    env: {
      ...process.env,
      GATEHOUSE_URL: stage.base,
      CLIENT_ID: app.id,
      CLIENT_SECRET: secret,
      APP_URL: appUrl,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  assert.ok(program.stdout);
  const [said] = await once(program.stdout, 'data');
  assert.equal(String(said).trim(), `Open ${appUrl}`);
});
after(async () => {
  program.kill();
  await stage.stop();
});

async function signedIn(): Promise<WebVisitor> {
  const browser = new WebVisitor(appUrl);
  const welcome = await browser.get('/');
  assert.match(welcome.html, /<a href="\/sign-in">Sign in with Gatehouse<\/a>/);
  const { url } = await browser.get('/sign-in');
  const home = await browser.get((await stage.allow(url)).href);
  assert.equal(home.url, `${appUrl}/`);
  assert.match(home.text, new RegExp(`Signed in as Nell New \\(${USER}\\)`));
  return browser;
}

/** How often Gatehouse answered this well since it started. */
const answered = (route: string): number =>
  stage.running.log.filter((line) => line.includes(`"${route}"`) && line.includes('"status":200'))
    .length;

test('signs in, shows the record, refreshes and disconnects', async () => {
  const browser = await signedIn();
  assert.match(browser.page?.text ?? '', /This app may use: account\.read offline/);
  assert.match(browser.page?.text ?? '', /"_type": "user"/);
  const exchanges = answered('/oauth2/token');
  const refreshed = await browser.submit('/refresh');
  assert.match(refreshed.text, /Signed in as Nell New/);
  assert.equal(answered('/oauth2/token'), exchanges + 1);
  const over = await browser.submit('/disconnect');
  assert.match(over.text, /You are not signed in/);
  assert.equal(answered('/oauth2/revoke'), 1);
});

test('notices that the user took the access back at Gatehouse', async () => {
  const browser = await signedIn();
  const user = await stage.open('/connections');
  const path = /href="(\/connections\/[^"]+)"/.exec(user.page?.html ?? '')?.[1] ?? '';
  await user.get(path);
  await user.submit(`${path}/disconnect`);
  assert.match((await browser.get('/')).text, /You are not signed in/);
});

test('says so when the user denies it, and takes no answer that it did not ask for', async () => {
  const browser = new WebVisitor(appUrl);
  const { url } = await browser.get('/sign-in');
  const denied = await browser.get((await stage.deny(`${url}&prompt=consent`)).href);
  assert.match(denied.text, /You did not allow it/);

  const victim = new WebVisitor(appUrl);
  const attackers = await stage.allow((await browser.get('/sign-in')).url);
  assert.equal((await victim.get(attackers.href)).status, 400);
  await victim.get('/sign-in');
  const foreign = await victim.get(attackers.href);
  assert.match(foreign.text, /That did not work/);
  assert.match((await victim.get('/')).text, /You are not signed in/);
});
