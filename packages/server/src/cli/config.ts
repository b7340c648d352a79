/** Prints what is in effect, in the words of gatehouse.yaml. */
import type { Command } from 'commander';
import { lookAtConfig } from './installation.ts';
import { print, printJson, type Terminal } from './terminal.ts';

export function addConfigCommand(program: Command, terminal: Terminal): void {
  program
    .command('config')
    .description('print the configuration in effect, secrets masked')
    .option('--json', 'print it as JSON instead of YAML')
    .action(async ({ json }: { json?: true }, command: Command) => {
      const config = await lookAtConfig({ terminal, command });
      const { describeConfig } = await import('../config/describe.ts');
      const description = describeConfig(config);
      if (json === true) return printJson(terminal, description);
      const { stringify } = await import('yaml');
      await print(terminal, stringify(description, { lineWidth: 0 }).trimEnd());
    });
}
