/** The settings for golang.org/x/oauth2 as they are printed, where Go has the module in its cache. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { GOOD, SERVICE } from '../flows/app-people.ts';
import { skipWithout, starts } from '../support/tools.ts';
import { converse, openPrinting, SERVICE_SCOPES, WEB_SCOPES, type Printing } from './printed.ts';

const MODULE = 'golang.org/x/oauth2';
const CREDENTIALS = `${MODULE}/clientcredentials`;
/** `go mod download golang.org/x/oauth2@v0.38.0` puts it there. */
const VERSION = 'v0.38.0';

const cwd = mkdtempSync(join(tmpdir(), 'gatehouse-go-'));
// A test fetches nothing: what is not in the cache is not there.
const env = { GOPROXY: 'off', GOSUMDB: 'off', GOFLAGS: '-mod=mod', GOTOOLCHAIN: 'local' };
writeFileSync(join(cwd, 'go.mod'), `module printed\n\ngo 1.21\n\nrequire ${MODULE} ${VERSION}\n`);
const skip = skipWithout(
  starts('go', ['list', MODULE, CREDENTIALS], { cwd, env: { ...process.env, ...env } }),
  `Go with ${MODULE} ${VERSION}`,
);

let printing: Printing;
before(async () => {
  printing = await openPrinting();
});
after(async () => {
  await printing.stop();
  rmSync(cwd, { recursive: true, force: true });
});

function go(code: string, talk: Parameters<typeof converse>[1]): Promise<string> {
  writeFileSync(join(cwd, 'main.go'), code);
  return converse({ program: 'go', args: ['run', '.'], cwd, env }, talk);
}

for (const type of ['web', 'public']) {
  test(`x/oauth2 goes through the whole flow of a ${type} app`, { skip }, async () => {
    const visit = (address: string) => printing.allow(address);
    const code = await printing.settings('go', { ...GOOD, type });
    assert.deepEqual(await printing.scopesOf(await go(code, { visit })), WEB_SCOPES);
    const { code: asking, ...asked } = await printing.askingSettings('go', { ...GOOD, type });
    assert.deepEqual(await printing.scopesOf(await go(asking, { ...asked, visit })), WEB_SCOPES);
  });
}

test('x/oauth2 gets a service its token', { skip }, async () => {
  const code = await printing.settings('go', SERVICE);
  assert.deepEqual(await printing.scopesOf(await go(code, {})), SERVICE_SCOPES);
  const { code: asking, ...asked } = await printing.askingSettings('go', SERVICE);
  assert.deepEqual(await printing.scopesOf(await go(asking, asked)), SERVICE_SCOPES);
});
