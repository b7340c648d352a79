/** The settings for golang.org/x/oauth2 as they are printed, where Go has the module in its cache. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { GOOD, SERVICE } from '../flows/app-people.ts';
import { converse, openPrinting, SERVICE_SCOPES, WEB_SCOPES, type Printing } from './printed.ts';

const MODULE = 'golang.org/x/oauth2';
const CREDENTIALS = `${MODULE}/clientcredentials`;
/** `go mod download golang.org/x/oauth2@v0.38.0` puts it there. */
const VERSION = 'v0.38.0';

const cwd = mkdtempSync(join(tmpdir(), 'gatehouse-go-'));
// A test fetches nothing: what is not in the cache is not there.
const env = { GOPROXY: 'off', GOSUMDB: 'off', GOFLAGS: '-mod=mod', GOTOOLCHAIN: 'local' };
writeFileSync(join(cwd, 'go.mod'), `module printed\n\ngo 1.21\n\nrequire ${MODULE} ${VERSION}\n`);
const looked = spawnSync('go', ['list', MODULE, CREDENTIALS], {
  cwd,
  env: { ...process.env, ...env },
});
const skip = looked.status === 0 ? false : `there is no Go with ${MODULE} ${VERSION} here`;

let printing: Printing;
before(async () => {
  printing = await openPrinting();
});
after(async () => {
  await printing.stop();
  rmSync(cwd, { recursive: true, force: true });
});

function go(
  { imports, body }: { imports: readonly string[]; body: string },
  reply: (line: string) => Promise<string>,
): Promise<string> {
  const names = ['context', 'fmt', ...imports].map((name) => `\t"${name}"\n`).join('');
  const program = `package main\n\nimport (\n${names})\n\nfunc main() {\n\tctx := context.Background()\n${body}\n}\n`;
  writeFileSync(join(cwd, 'main.go'), program);
  return converse({ program: 'go', args: ['run', '.'], cwd, env }, reply);
}

for (const type of ['web', 'public']) {
  test(`x/oauth2 goes through the whole flow of a ${type} app`, { skip }, async () => {
    const code = await printing.settings('go', { ...GOOD, type });
    const [start = '', end = ''] = code.split(/^(?=\/\/ At the redirect URI)/m);
    const body = `state := "a state of this test"
${start}
fmt.Println(address)
var code string
fmt.Scanln(&code)
${end}
if err != nil {
\tpanic(err)
}
fmt.Println(token.AccessToken)`;
    const token = await go({ imports: [MODULE], body }, async (address) => {
      const back = await printing.allow(address);
      assert.equal(back.searchParams.get('state'), 'a state of this test');
      return back.searchParams.get('code') ?? '';
    });
    assert.deepEqual(await printing.scopesOf(token), WEB_SCOPES);
  });
}

test('x/oauth2 calls the API as a service', { skip }, async () => {
  const code = await printing.settings('go', SERVICE);
  const body = `${code}
answer, err := client.Get("${printing.running.base}/v2/token")
if err != nil {
\tpanic(err)
}
text, err := io.ReadAll(answer.Body)
if err != nil {
\tpanic(err)
}
fmt.Println(string(text))`;
  const imports = ['io', MODULE, CREDENTIALS];
  const { scopes } = JSON.parse(await go({ imports, body }, async () => ''));
  assert.deepEqual(scopes, SERVICE_SCOPES);
});
