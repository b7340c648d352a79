/** The settings that an app's pages print, run as they are printed. */
import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { fileURLToPath } from 'node:url';
import { GOOD, SERVICE } from '../flows/app-people.ts';
import { openPrinting, SERVICE_SCOPES, WEB_SCOPES, type Printing } from './printed.ts';

const run = promisify(execFile);
/** Where packages are found. */
const cwd = fileURLToPath(new URL('../../', import.meta.url));

let printing: Printing;
before(async () => {
  printing = await openPrinting();
});
after(() => printing.stop());

const without = (program: string): string | false =>
  spawnSync(program, ['--version']).error === undefined ? false : `there is no ${program} here`;

const shell = async (script: string): Promise<string> =>
  (await run('sh', ['-c', script])).stdout.trim();

const module = async (script: string): Promise<string> => {
  const args = ['--input-type=module', '--eval', script];
  return (await run(process.execPath, args, { cwd })).stdout.trim();
};

test('cURL gets a service its token', { skip: without('curl') }, async () => {
  const code = await printing.settings('curl', SERVICE);
  const { access_token: token } = JSON.parse(await shell(code));
  assert.deepEqual(await printing.scopesOf(token), SERVICE_SCOPES);
});

test('openid-client gets a service its token', async () => {
  const code = await printing.settings('openid-client', SERVICE);
  const token = await module(`${code}\nconsole.log(tokens.access_token);`);
  assert.deepEqual(await printing.scopesOf(token), SERVICE_SCOPES);
});

/** A public app shows them on its own page, without a secret. */
for (const type of ['web', 'public']) {
  test(
    `cURL goes through the whole flow of a ${type} app`,
    { skip: without('curl') || without('openssl') },
    async () => {
      const whole = await printing.settings('curl', { ...GOOD, type });
      // Who pastes all of it at once has no code yet, and is told so.
      assert.match(await shell(whole), /"error":"invalid_grant"/);
      const [start = '', end = ''] = whole.split(/\n(?=curl )/);
      const [address = '', verifier = ''] = (await shell(`${start}\necho "$verifier"`)).split('\n');
      const back = await printing.allow(address);
      const code = back.searchParams.get('code') ?? '';
      assert.equal(back.searchParams.get('state')?.length, 32);
      const answer = await shell(`verifier=${verifier}\n${end.replace('<CODE>', code)}`);
      assert.deepEqual(await printing.scopesOf(JSON.parse(answer).access_token), WEB_SCOPES);
    },
  );

  test(`openid-client goes through the whole flow of a ${type} app`, async () => {
    const whole = await printing.settings('openid-client', { ...GOOD, type });
    const [start = '', end = ''] = whole.split('// At the redirect URI');
    const keep = 'console.log(JSON.stringify({ address: url.href, codeVerifier, state }));';
    const { address, codeVerifier, state } = JSON.parse(await module(start + keep));
    const back = await printing.allow(address);
    const [discovery = ''] = start.split('const codeVerifier');
    const token = await module(
      `${discovery}
const [codeVerifier, state] = ${JSON.stringify([codeVerifier, state])};
const currentUrl = new URL(${JSON.stringify(back.href)});
//${end}
console.log(tokens.access_token);`,
    );
    assert.deepEqual(await printing.scopesOf(token), WEB_SCOPES);
  });
}
