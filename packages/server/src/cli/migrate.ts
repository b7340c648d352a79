/** Brings the database to the form that this version needs. `serve` does the same when it starts. */
import type { Command } from 'commander';
import { systemClock } from '../kit/clock.ts';
import { lookAtConfig } from './installation.ts';
import type { StorageOptions } from '../storage/storage.ts';
import { print, printJson, sayWaiting, type Terminal } from './terminal.ts';

export function addMigrateCommand(program: Command, terminal: Terminal): void {
  program
    .command('migrate')
    .description('apply the pending migrations of the database and print their names')
    .option('--json', 'print the names as JSON')
    .action(async ({ json }: { json?: true }, command: Command) => {
      const { storage } = await lookAtConfig({ terminal, command });
      const onWaiting = (place: string): void => sayWaiting(terminal, place);
      const applied = await migrate({ ...storage, onWaiting });
      if (json === true) return printJson(terminal, { applied });
      await print(terminal, applied.length === 0 ? 'nothing to apply' : applied.join('\n'));
    });
}

async function migrate(place: Omit<StorageOptions, 'clock'>): Promise<readonly string[]> {
  const { openStorage } = await import('../storage/storage.ts');
  const storage = await openStorage({ ...place, clock: systemClock });
  try {
    return await storage.migrate();
  } finally {
    await storage.close();
  }
}
