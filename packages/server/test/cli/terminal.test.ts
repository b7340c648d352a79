import assert from 'node:assert/strict';
import { PassThrough, Writable } from 'node:stream';
import { test } from 'node:test';
import { failureLine } from '../../src/cli/refusal.ts';
import { readSecret } from '../../src/cli/secret-input.ts';
import { table } from '../../src/cli/table.ts';
import { print, tell, withoutSecrets, type Terminal } from '../../src/cli/terminal.ts';
import { StorageUnavailable } from '../../src/storage/unavailable.ts';

/** A terminal at which somebody types; nothing in it is a real device. */
function typing(): Terminal & { readonly stdin: PassThrough; readonly shown: () => string } {
  const stdin = Object.assign(new PassThrough(), { isTTY: true });
  const stdout = new PassThrough();
  const stderr = new PassThrough({ encoding: 'utf8' });
  let shown = '';
  stderr.on('data', (text: string) => {
    shown += text;
  });
  return { stdin, stdout, stderr, env: {}, directory: '.', shown: () => shown };
}

/** Types every line when it is asked for. */
async function answer(lines: readonly string[], isNew: boolean) {
  const terminal = typing();
  const { stderr, stdin } = terminal;
  const left = [...lines];
  stderr.on('data', (text: string) => {
    if (text.endsWith(': ')) setImmediate(() => stdin.write(left.shift() ?? '\u0004'));
  });
  const secret = await readSecret(terminal, { name: 'password', isNew }).catch(String);
  return { secret, shown: terminal.shown() };
}

test('what is typed is not shown, and a new secret is asked for twice', async () => {
  assert.deepEqual(await answer(['hush hush\r', 'hush hush\r'], true), {
    secret: 'hush hush',
    shown: 'password: \npassword again: \n',
  });
  assert.deepEqual(await answer(['hux\u007fsh\r'], false), {
    secret: 'hush',
    shown: 'password: \n',
  });
});

test('the keyboard is silent before the question is asked', async () => {
  const terminal = typing();
  const order: string[] = [];
  Object.assign(terminal.stdin, { setRawMode: (isRaw: boolean) => order.push(`raw ${isRaw}`) });
  terminal.stderr.on('data', (text: string) => {
    order.push(text);
    if (text.endsWith(': ')) setImmediate(() => terminal.stdin.write('hush\r'));
  });
  await readSecret(terminal, { name: 'password', isNew: false });
  assert.deepEqual(order, ['raw true', 'password: ', 'raw false', '\n']);
});

test('two that differ are refused, and so is typing nothing', async () => {
  const differing = await answer(['hush\r', 'hash\r'], true);
  assert.equal(differing.secret, 'Error: the two are not the same');
  for (const key of ['\u0003', '\u0004']) {
    assert.equal((await answer([key], true)).secret, 'Error: nothing was typed');
  }
});

test('what cannot be written is an error and not a success', async () => {
  const stdout = new Writable({
    write(_chunk, _encoding, done) {
      done(new Error('no space left'));
    },
  });
  stdout.on('error', () => undefined);
  await assert.rejects(print({ ...typing(), stdout }, 'x'), /cannot be written: no space left/);
});

test('messages name no credential, no value of an option and no password of a URL', () => {
  const token = `acme_oat_${'x1Y2'.repeat(12)}`;
  assert.equal(withoutSecrets(`no token ${token}!`), 'no token acme_oat_…!');
  assert.equal(withoutSecrets("unknown option '--a-b=c d'"), "unknown option '--a-b=…'");
  assert.equal(withoutSecrets("unknown option '-psecret'"), "unknown option '-p…'");
  assert.equal(withoutSecrets("option '-h, --help'"), "option '-h, --help'");
  assert.equal(withoutSecrets('postgres://ada:hush@host/db'), 'postgres://…@host/db');
  const terminal = typing();
  tell(terminal, token);
  assert.equal(terminal.shown(), 'acme_oat_…\n');
});

test('columns are as wide as their widest cell', () => {
  const rows = [
    { ID: '1', NAME: 'Ada Example', X: '' },
    { ID: '200', NAME: 'Bo\nb', X: 'y' },
  ];
  assert.equal(table(rows), 'ID   NAME         X\n1    Ada Example\n200  Bo\ufffdb         y');
});

test('a database that does not answer is named as what does not', () => {
  const refused = new StorageUnavailable('connect ECONNREFUSED 127.0.0.1:5432');
  assert.equal(
    failureLine(refused),
    'the database cannot be used now: connect ECONNREFUSED 127.0.0.1:5432',
  );
  assert.equal(failureLine(new Error('no such thing\nat all')), 'no such thing');
});
