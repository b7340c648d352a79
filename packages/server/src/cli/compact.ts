/** Gives the space of deleted rows back to the disk, on SQLite and without a running server. */
import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { lookAtConfig } from './installation.ts';
import { Refused } from './refusal.ts';
import { print, printJson, type Terminal } from './terminal.ts';

export function addCompactCommand(program: Command, terminal: Terminal): void {
  program
    .command('compact')
    .description('make the SQLite file as small as what it holds, while no server runs')
    .option('--json', 'print the sizes as JSON')
    .action(async ({ json }: { json?: true }, command: Command) => {
      const { dataDirectory, databaseUrl } = (await lookAtConfig({ terminal, command })).storage;
      if (databaseUrl !== null)
        throw new Refused(
          'this is for SQLite; PostgreSQL uses the space of deleted rows again by itself',
        );
      const { databaseFile } = await import('../storage/database-file.ts');
      const file = databaseFile(dataDirectory);
      if (!existsSync(file)) throw new Refused(`there is no database in ${dataDirectory}`);
      const { compactSqlite } = await import('../storage/compact.ts');
      const compacted = compactSqlite(file);
      if (compacted.outcome === 'in-use')
        throw new Refused('another process has the database open; stop the server first');
      const { bytesBefore, bytesAfter } = compacted;
      if (json === true)
        return printJson(terminal, { bytes_before: bytesBefore, bytes_after: bytesAfter });
      await print(terminal, `${bytesBefore} bytes before, ${bytesAfter} bytes now`);
    });
}
