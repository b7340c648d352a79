/** All that is held about a person, to standard output or into a file that its owner alone may read. */
import { open, unlink } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { findUser, origin, withModules } from './installation.ts';
import { lineOf, Refused } from './refusal.ts';
import { seenInJson, tell, write, type Terminal } from './terminal.ts';

export function addExport(user: Command, terminal: Terminal): void {
  user
    .command('export')
    .description('write everything that is held about a user as JSON, without secrets')
    .argument('<user>', 'e-mail address or id')
    .option('--output <file>', 'write into this new file, which you alone may read')
    .action(async (named: string, { output }: { output?: string }, command: Command) => {
      await withModules({ terminal, command }, async (modules) => {
        const found = await findUser(modules, named);
        const make = () => modules.accounts.exportPerson({ user: found, origin: origin() });
        if (output === undefined) {
          for await (const piece of await make()) await write(terminal, seenInJson(piece));
          return;
        }
        const file = resolve(terminal.directory, output);
        await writeFile(file, make);
        tell(terminal, `written to ${file}`);
      });
    });
}

/** Half a file is taken away again. */
async function writeFile(file: string, make: () => Promise<AsyncIterable<string>>): Promise<void> {
  const handle = await open(file, 'wx', 0o600).catch((error: unknown) => {
    throw new Refused(`${file} cannot be made: ${lineOf(error)}`);
  });
  try {
    for await (const piece of await make()) await handle.write(piece);
    await handle.sync();
  } catch (error) {
    await unlink(file);
    throw error;
  } finally {
    await handle.close();
  }
}
