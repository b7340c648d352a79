import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, test } from 'node:test';
import { Gatehouse } from './gatehouse.ts';

const gatehouse = new Gatehouse();
gatehouse.isProgram = true;
after(() => gatehouse.remove());

const TOKEN = `gate_pat_${'A1b2C3d4'.repeat(6)}`;

test('the version is the one of the package', async () => {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  const { version }: { version: string } = JSON.parse(text);
  assert.deepEqual(await gatehouse.run(['--version']), {
    code: 0,
    stdout: `${version}\n`,
    stderr: '',
  });
});

test('without a command the program says which there are, and ends with 2', async () => {
  for (const args of [[], ['user'], ['token']]) {
    const { code, stdout, stderr } = await gatehouse.run(args);
    assert.deepEqual({ code, stdout }, { code: 2, stdout: '' });
    assert.match(stderr, /^Usage: gatehouse [^]*\nCommands:\n/);
  }
});

test('no help shows an empty list as a default', async () => {
  const { stdout } = await gatehouse.run(['app', 'create', '--help']);
  assert.match(stdout, /once for each URI\n/);
});

test('what is unknown, missing or too much is refused with 2', async () => {
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [['srve'], /unknown command 'srve'\n\(Did you mean serve\?\)/],
    [['user', 'creat'], /unknown command 'creat'/],
    [['serve', '--prot', '80'], /unknown option '--prot'/],
    [['serve', 'now'], /too many arguments/],
    [['user', 'create', 'ada@example.com'], /required option '--name <name>' not specified/],
    [['user', 'suspend'], /missing required argument 'user'/],
    [['config', '--config'], /option '--config <file>' argument missing/],
  ];
  for (const [args, reason] of cases) {
    const { code, stdout, stderr } = await gatehouse.run(args);
    assert.deepEqual({ code, stdout }, { code: 2, stdout: '' }, args.join(' '));
    assert.match(stderr, reason);
    assert.match(stderr, /\n\(--help says how the command is used\)\n$/);
  }
});

test('a secret that was put into an argument is not repeated', async () => {
  const cases: readonly (readonly string[])[] = [
    ['user', 'create', 'ada@example.com', '--name', 'Ada', "--password=hush it's"],
    ['user', 'create', 'ada@example.com', '--name', 'Ada', '-phush'],
    ['token', 'revoke', 'x', `--token=${TOKEN}hush`],
    [TOKEN],
    ['token', 'create', 'a@example.com', '--description', 'x', '--expires', TOKEN],
  ];
  for (const args of cases) {
    const { code, stdout, stderr } = await gatehouse.run(args);
    assert.deepEqual({ code, stdout }, { code: 2, stdout: '' }, args.join(' '));
    assert.doesNotMatch(stderr, /hush|A1b2C3d4/);
  }
});
