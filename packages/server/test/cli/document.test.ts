import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { PassThrough } from 'node:stream';
import { after, test } from 'node:test';
import type { Argument, Command } from 'commander';
import { createProgram } from '../../src/cli/program.ts';
import { EXIT } from '../../src/cli/refusal.ts';
import { Gatehouse } from './gatehouse.ts';

const DOCUMENT = new URL('../../../../docs/reference/command-line.md', import.meta.url);
const text = readFileSync(DOCUMENT, 'utf8');

const gatehouse = new Gatehouse();
after(() => gatehouse.remove());

const stream = new PassThrough();
const program = createProgram({
  stdin: stream,
  stdout: stream,
  stderr: stream,
  env: {},
  directory: '.',
});

const nameOf = (command: Command): string =>
  command.parent === null ? command.name() : `${nameOf(command.parent)} ${command.name()}`;

const leaves = (command: Command): readonly Command[] =>
  command.commands.length === 0 ? [command] : command.commands.flatMap(leaves);

interface Described {
  readonly command: string;
  readonly rows: Readonly<Record<string, string>>;
}

const written = (argument: Argument): string =>
  argument.required ? `<${argument.name()}>` : `[${argument.name()}]`;

const describe = (command: Command): Described => ({
  command: [nameOf(command), ...command.registeredArguments.map(written)].join(' '),
  rows: Object.fromEntries([
    ...command.registeredArguments.map((argument) => [
      written(argument),
      argument.argChoices === undefined
        ? argument.description
        : `${argument.description}: ${argument.argChoices.join(', ')}`,
    ]),
    ...command.options.map((option) => [
      option.flags,
      option.mandatory ? `${option.description} (needed)` : option.description,
    ]),
  ]),
});

/** Every third heading is a command in code, with a table below it. */
const documented = text
  .split(/^### /m)
  .slice(1)
  .map((section): Described => ({
    command: /^`([^`]+)`/.exec(section)?.[1] ?? section,
    rows: Object.fromEntries(
      [...section.matchAll(/^\| `([^`]+)` *\| *(.*?) *\|$/gm)].map(([, key, value]) => [
        key,
        value,
      ]),
    ),
  }));

test('the document has every command with its arguments and options, and no other', () => {
  assert.deepEqual(documented, leaves(program).map(describe));
});

test('the document has the options of every command', () => {
  const section = /^## Options of every command\n([^]*?)^## /m.exec(text)?.[1] ?? '';
  const rows = [...section.matchAll(/^\| `([^`]+)` *\| *(.*?) *\|$/gm)].map(([, key]) => key);
  assert.deepEqual(rows, [...program.options.map(({ flags }) => flags), '-h, --help']);
});

test('the document has every exit code', () => {
  const section = /^## Exit codes\n([^]*?)^## /m.exec(text)?.[1] ?? '';
  const codes = [...section.matchAll(/^\| (\d) /gm)].map(([, code]) => Number(code));
  assert.deepEqual(codes, Object.values(EXIT));
});

test('every command says how it is used, and what the document says of it', async () => {
  for (const command of leaves(program)) {
    const words = nameOf(command).split(' ').slice(1);
    const { code, stdout, stderr } = await gatehouse.run([...words, '--help']);
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
    assert.ok(stdout.startsWith(`Usage: ${nameOf(command)} `), stdout);
    for (const key of Object.keys(describe(command).rows)) {
      assert.ok(stdout.includes(key.replace(/[<>]/g, (mark) => (key.startsWith('<') ? '' : mark))));
    }
  }
});
