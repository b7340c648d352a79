/** Starts the server, in this process, after saying what is seldom meant. */
import type { Command } from 'commander';
import { readConfigOf } from './installation.ts';
import { Refused } from './refusal.ts';
import { sayWaiting, tell, type Terminal } from './terminal.ts';

export function addServeCommand(program: Command, terminal: Terminal): void {
  program
    .command('serve')
    .description('start the server; on SIGTERM or SIGINT it finishes what is under way and ends')
    .action(async (_options: object, command: Command) => {
      const config = await readConfigOf({ terminal, command });
      const { warningsAbout } = await import('../config/warnings.ts');
      for (const warning of warningsAbout(config)) tell(terminal, `warning: ${warning}`);
      const { serve } = await import('../main.ts');
      try {
        await serve(config, { onWaiting: (place) => sayWaiting(terminal, place) });
      } catch (error) {
        throw explain(error) ?? error;
      }
    });
}

const CHANGE = 'set server.port in gatehouse.yaml or GATEHOUSE_PORT';
const REASONS: Readonly<Record<string, (place: string) => string>> = {
  EADDRINUSE: (place) => `${place} is in use by another program; end it, or ${CHANGE}`,
  EACCES: (place) => `${place} is reserved for the system; ${CHANGE} to 1024 or more`,
  EADDRNOTAVAIL: (place) =>
    `${place} is not an address of this machine; set server.host in gatehouse.yaml or GATEHOUSE_HOST`,
};

/** Only what listening failed with: other failures have the same codes. */
function explain(error: unknown): Refused | null {
  if (!(error instanceof Error) || !('syscall' in error) || error.syscall !== 'listen') return null;
  const {
    code = '',
    port,
    address,
  } = error as NodeJS.ErrnoException & {
    port?: number;
    address?: string;
  };
  const reason = REASONS[code];
  const place = `port ${port ?? 'unknown'} of ${address ?? 'this machine'}`;
  return reason === undefined ? null : new Refused(reason(place), { cause: error });
}
