/** The settings for requests-oauthlib as they are printed, where Python has it. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import { GOOD, SERVICE } from '../flows/app-people.ts';
import { converse, openPrinting, SERVICE_SCOPES, WEB_SCOPES, type Printing } from './printed.ts';

const looked = spawnSync('python3', ['-c', 'import requests_oauthlib']);
const skip = looked.status === 0 ? false : 'there is no python3 with requests-oauthlib here';

let printing: Printing;
before(async () => {
  printing = await openPrinting();
});
after(() => printing.stop());

const python = (script: string, reply: (line: string) => Promise<string>): Promise<string> =>
  converse({ program: 'python3', args: ['-c', script] }, reply);

for (const type of ['web', 'public']) {
  test(`requests-oauthlib goes through the whole flow of a ${type} app`, { skip }, async () => {
    const code = await printing.settings('requests-oauthlib', { ...GOOD, type });
    const [start = '', end = ''] = code.split(/^(?=# At the redirect URI)/m);
    const script = `${start}
print(address, flush=True)
current_address = input()
${end}
print(token["access_token"])`;
    const token = await python(script, async (address) => (await printing.allow(address)).href);
    assert.deepEqual(await printing.scopesOf(token), WEB_SCOPES);
  });
}

test('requests-oauthlib gets a service its token', { skip }, async () => {
  const code = await printing.settings('requests-oauthlib', SERVICE);
  const token = await python(`${code}\nprint(token["access_token"])`, async () => '');
  assert.deepEqual(await printing.scopesOf(token), SERVICE_SCOPES);
});
