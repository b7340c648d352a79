/** Secrets come in by standard input: a command line is seen by everybody on the machine and kept by the shell. */
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { Misused, Refused } from './refusal.ts';
import type { Terminal } from './terminal.ts';

const LONGEST = 64 * 1024;

/** One line: piped, or typed without being shown. `isNew`: what is typed is asked for twice. */
export async function readSecret(
  terminal: Terminal,
  { name, isNew }: { name: string; isNew: boolean },
): Promise<string> {
  if (terminal.stdin.isTTY !== true) return readPiped(terminal, name);
  const secret = await ask(terminal, `${name}: `);
  if (isNew && secret !== (await ask(terminal, `${name} again: `))) {
    throw new Refused('the two are not the same');
  }
  return secret;
}

async function readPiped({ stdin }: Terminal, name: string): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stdin) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > LONGEST) throw new Misused(`expected one line on standard input: the ${name}`);
    chunks.push(bytes);
  }
  const text = Buffer.concat(chunks)
    .toString('utf8')
    .replace(/\r?\n$/, '');
  if (text === '' || /[\r\n]/.test(text)) {
    throw new Misused(`expected one line on standard input: the ${name}`);
  }
  return text;
}

const nowhere = (): Writable =>
  new Writable({
    write(_chunk, _encoding, done) {
      done();
    },
  });

async function ask({ stdin, stderr }: Terminal, question: string): Promise<string> {
  const given = new AbortController();
  // From here on the keyboard is silent; only then is the question asked.
  const reader = createInterface({
    input: stdin,
    output: nowhere(),
    terminal: true,
    historySize: 0,
  });
  // Control-C and Control-D.
  reader.once('close', () => given.abort());
  stderr.write(question);
  try {
    return await reader.question('', { signal: given.signal });
  } catch {
    throw new Refused('nothing was typed');
  } finally {
    reader.close();
    stderr.write('\n');
  }
}
