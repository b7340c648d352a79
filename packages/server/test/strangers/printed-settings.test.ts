/** The programs that an app's pages print, run exactly as they are printed: with the secret in them, and asking for it. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { GOOD, SERVICE } from '../flows/app-people.ts';
import { nodesToTry, withoutProgram } from '../support/tools.ts';
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

const moduleOn =
  (node: string) =>
  (code: string, talk: Talk): Promise<string> => {
    const file = join(directory, 'program.mjs');
    writeFileSync(file, code);
    return converse({ program: node, args: [file] }, talk);
  };

const LIBRARIES = [
  {
    library: 'curl',
    on: 'sh',
    run: shell,
    skip: withoutProgram('curl') || withoutProgram('openssl'),
  },
  ...nodesToTry().map((node) => ({
    library: 'openid-client',
    on: node,
    run: moduleOn(node),
    skip: false as const,
  })),
] as const;

for (const { library, on, run, skip } of LIBRARIES) {
  test(`${library} on ${on} gets a service its token`, { skip }, async () => {
    const token = await run(await printing.settings(library, SERVICE), {});
    assert.deepEqual(await printing.scopesOf(token), SERVICE_SCOPES);
    const { code, secret } = await printing.askingSettings(library, SERVICE);
    assert.ok(secret !== undefined);
    assert.deepEqual(await printing.scopesOf(await run(code, { secret })), SERVICE_SCOPES);
  });

  for (const type of ['web', 'public'])
    test(`${library} on ${on} goes through the whole flow of a ${type} app`, { skip }, async () => {
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

test(
  'the introspection of a resource server says what a token may do',
  { skip: LIBRARIES[0].skip },
  async () => {
    const token = await shell(await printing.settings('curl', SERVICE), {});
    const { code, secret } = await printing.introspection();
    const asking = promisify(execFile)('sh', ['-c', code]);
    asking.child.stdin?.end(`${secret}\n${token}\n`);
    const { stdout } = await asking;
    const { active, scope } = JSON.parse(stdout);
    assert.deepEqual([active, scope.split(' ')], [true, SERVICE_SCOPES]);
  },
);
