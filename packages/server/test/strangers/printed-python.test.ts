/** The settings for requests-oauthlib as they are printed, where Python has it. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { GOOD, SERVICE } from '../flows/app-people.ts';
import { skipWithout, starts } from '../support/tools.ts';
import { converse, openPrinting, SERVICE_SCOPES, WEB_SCOPES, type Printing } from './printed.ts';

const skip = skipWithout(
  starts('python3', ['-c', 'import requests_oauthlib']),
  'python3 with requests-oauthlib',
);

let printing: Printing;
before(async () => {
  printing = await openPrinting();
});
after(() => printing.stop());

const python = (script: string, talk: Parameters<typeof converse>[1]): Promise<string> =>
  converse({ program: 'python3', args: ['-c', script] }, talk);

for (const type of ['web', 'public']) {
  test(`requests-oauthlib goes through the whole flow of a ${type} app`, { skip }, async () => {
    const visit = (address: string) => printing.allow(address);
    const code = await printing.settings('requests-oauthlib', { ...GOOD, type });
    assert.deepEqual(await printing.scopesOf(await python(code, { visit })), WEB_SCOPES);
  });
}

test('requests-oauthlib gets a service its token', { skip }, async () => {
  const code = await printing.settings('requests-oauthlib', SERVICE);
  assert.deepEqual(await printing.scopesOf(await python(code, {})), SERVICE_SCOPES);
  const { code: asking, ...asked } = await printing.askingSettings('requests-oauthlib', SERVICE);
  assert.deepEqual(await printing.scopesOf(await python(asking, asked)), SERVICE_SCOPES);
});
