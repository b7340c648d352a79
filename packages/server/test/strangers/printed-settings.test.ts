/** The programs that an app's pages print, run exactly as they are printed: with the secret in them, and asking for it. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { GOOD, SERVICE } from '../flows/app-people.ts';
import { withoutProgram } from '../support/tools.ts';
import { converse, openPrinting, SERVICE_SCOPES, WEB_SCOPES, type Printing } from './printed.ts';

/** Where packages are found. */
const cwd = fileURLToPath(new URL('../../', import.meta.url));
const directory = mkdtempSync(join(cwd, '.printed-'));

let printing: Printing;
before(async () => {
  printing = await openPrinting();
});
after(async () => {
  await printing.stop();
  rmSync(directory, { recursive: true, force: true });
});

type Talk = Parameters<typeof converse>[1];

const shell = (code: string, talk: Talk) => converse({ program: 'sh', args: ['-c', code] }, talk);

function module(code: string, talk: Talk): Promise<string> {
  const file = join(directory, 'program.mjs');
  writeFileSync(file, code);
  return converse({ program: process.execPath, args: [file] }, talk);
}

const LIBRARIES = [
  { library: 'curl', run: shell, skip: withoutProgram('curl') || withoutProgram('openssl') },
  { library: 'openid-client', run: module, skip: false },
] as const;

for (const { library, run, skip } of LIBRARIES) {
  test(`${library} gets a service its token`, { skip }, async () => {
    const token = await run(await printing.settings(library, SERVICE), {});
    assert.deepEqual(await printing.scopesOf(token), SERVICE_SCOPES);
    const { code, secret } = await printing.askingSettings(library, SERVICE);
    assert.ok(secret !== undefined);
    assert.deepEqual(await printing.scopesOf(await run(code, { secret })), SERVICE_SCOPES);
  });

  for (const type of ['web', 'public'])
    test(`${library} goes through the whole flow of a ${type} app`, { skip }, async () => {
      const visit = (address: string) => printing.allow(address);
      const token = await run(await printing.settings(library, { ...GOOD, type }), { visit });
      assert.deepEqual(await printing.scopesOf(token), WEB_SCOPES);
      const { code, ...asked } = await printing.askingSettings(library, { ...GOOD, type });
      assert.equal(asked.secret !== undefined, type === 'web');
      const again = await run(code, { ...asked, visit });
      assert.deepEqual(await printing.scopesOf(again), WEB_SCOPES);
    });
}

test('cURL refuses an answer to another request', { skip: LIBRARIES[0].skip }, async () => {
  const visit = async (address: string): Promise<URL> => {
    const back = await printing.allow(address);
    back.searchParams.set('state', 'another');
    return back;
  };
  const code = await printing.settings('curl', { ...GOOD, type: 'public' });
  await assert.rejects(shell(code, { visit }), /This answers another request/);
});
