/** Brings the database to the form that this version needs. `serve` does the same when it starts. */
import type { Command } from 'commander';
import { systemClock } from '../kit/clock.ts';
import { lookAtConfig } from './installation.ts';
import { print, printJson, type Terminal } from './terminal.ts';

export function addMigrateCommand(program: Command, terminal: Terminal): void {
  program
    .command('migrate')
    .description('apply the pending migrations of the database and print their names')
    .option('--json', 'print the names as JSON')
    .action(async ({ json }: { json?: true }, command: Command) => {
      const applied = await migrate(await lookAtConfig({ terminal, command }));
      if (json === true) return printJson(terminal, { applied });
      await print(terminal, applied.length === 0 ? 'nothing to apply' : applied.join('\n'));
    });
}

async function migrate({
  storage: { dataDirectory, databaseUrl },
}: Awaited<ReturnType<typeof lookAtConfig>>): Promise<readonly string[]> {
  const { openStorage } = await import('../storage/storage.ts');
  const storage = await openStorage({ dataDirectory, databaseUrl, clock: systemClock });
  try {
    return await storage.migrate();
  } finally {
    await storage.close();
  }
}
