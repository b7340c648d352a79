/** The settings that an app's pages print, run as they are printed. */
import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { fileURLToPath } from 'node:url';
import { ask, callMe, GOOD, SERVICE } from '../flows/app-people.ts';
import { signUp, startApp, type RunningApp } from '../support/running-app.ts';
import { unescape, type Page, type WebVisitor } from '../support/visitor.ts';

const run = promisify(execFile);
/** Where packages are found. */
const cwd = fileURLToPath(new URL('../../', import.meta.url));

let running: RunningApp;
let ada: WebVisitor;
before(async () => {
  running = await startApp();
  ada = await signUp(running, 'ada@example.com');
});
after(() => running.stop());

function printed({ html }: Page, id: string): string {
  const inside = new RegExp(`<code id="settings-${id}">([^]*?)</code>`).exec(html)?.[1];
  assert.ok(inside !== undefined, `the page prints no settings for ${id}`);
  return unescape(inside);
}

const without = (program: string): string | false =>
  spawnSync(program, ['--version']).error === undefined ? false : `there is no ${program} here`;

const shell = async (script: string): Promise<string> =>
  (await run('sh', ['-c', script])).stdout.trim();

const module = async (script: string): Promise<string> => {
  const args = ['--input-type=module', '--eval', script];
  return (await run(process.execPath, args, { cwd })).stdout.trim();
};

/** Opens the address as a browser would, allows the app, and answers where the browser was sent. */
async function allow(address: string): Promise<URL> {
  const { pathname, search } = new URL(address);
  const page = await ada.get(pathname + search);
  const end = page.url.startsWith(running.base)
    ? await ada.submit('/oauth2/auth', { decision: 'allow', scope: ['asset.create'] })
    : page;
  return new URL(end.url);
}

const scopesOf = async (token: string): Promise<readonly string[]> =>
  (await callMe(running, token)).json.scopes;

const WEB_SCOPES = ['account.read', 'asset.create', 'asset.read', 'offline'];

test('cURL gets a service its token', { skip: without('curl') }, async () => {
  const page = await ask(ada, SERVICE);
  const { access_token: token } = JSON.parse(await shell(printed(page, 'curl')));
  assert.deepEqual(await scopesOf(token), ['account.read', 'asset.read']);
});

test('openid-client gets a service its token', async () => {
  const page = await ask(ada, SERVICE);
  const script = `${printed(page, 'openid-client')}\nconsole.log(tokens.access_token);`;
  assert.deepEqual(await scopesOf(await module(script)), ['account.read', 'asset.read']);
});

/** A public app shows them on its own page, without a secret. */
for (const type of ['web', 'public']) {
  test(
    `cURL goes through the whole flow of a ${type} app`,
    { skip: without('curl') || without('openssl') },
    async () => {
      const page = await ask(ada, { ...GOOD, type });
      const whole = printed(page, 'curl');
      // Who pastes all of it at once has no code yet, and is told so.
      assert.match(await shell(whole), /"error":"invalid_grant"/);
      const [start = '', end = ''] = whole.split(/\n(?=curl )/);
      const [address = '', verifier = ''] = (await shell(`${start}\necho "$verifier"`)).split('\n');
      const back = await allow(address);
      const code = back.searchParams.get('code') ?? '';
      assert.equal(back.searchParams.get('state')?.length, 32);
      const answer = await shell(`verifier=${verifier}\n${end.replace('<CODE>', code)}`);
      assert.deepEqual(await scopesOf(JSON.parse(answer).access_token), WEB_SCOPES);
    },
  );

  test(`openid-client goes through the whole flow of a ${type} app`, async () => {
    const page = await ask(ada, { ...GOOD, type });
    const whole = printed(page, 'openid-client');
    const [start = '', end = ''] = whole.split('// At the redirect URI');
    const keep = 'console.log(JSON.stringify({ address: url.href, codeVerifier, state }));';
    const { address, codeVerifier, state } = JSON.parse(await module(start + keep));
    const back = await allow(address);
    const [discovery = ''] = start.split('const codeVerifier');
    const token = await module(
      `${discovery}
const [codeVerifier, state] = ${JSON.stringify([codeVerifier, state])};
const currentUrl = new URL(${JSON.stringify(back.href)});
//${end}
console.log(tokens.access_token);`,
    );
    assert.deepEqual(await scopesOf(token), WEB_SCOPES);
  });
}
