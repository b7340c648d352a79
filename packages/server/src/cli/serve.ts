/** Starts the server, in this process, after saying what is seldom meant. */
import type { Command } from 'commander';
import { ListenFailed } from '../http/listen.ts';
import { readConfigOf } from './installation.ts';
import { Refused } from './refusal.ts';
import { sayWaiting, tell, type Terminal } from './terminal.ts';

export function addServeCommand(program: Command, terminal: Terminal): void {
  program
    .command('serve')
    .description(
      'start the server; on SIGTERM, SIGINT or SIGQUIT it finishes what is under way and ends',
    )
    .action(async (_options: object, command: Command) => {
      const config = await readConfigOf({ terminal, command });
      const { warningsAbout } = await import('../config/warnings.ts');
      const { warningsAboutLinks } = await import('../config/variables.ts');
      const warnings = [...warningsAboutLinks(terminal.env), ...warningsAbout(config)];
      for (const warning of warnings) tell(terminal, `warning: ${warning}`);
      const { serve } = await import('../main.ts');
      try {
        await serve(config, {
          onWaiting: (place) => sayWaiting(terminal, place),
          onNewer: (version) =>
            tell(
              terminal,
              `warning: the newer version ${version} has changed the database; this one works beside it, and should follow soon`,
            ),
        });
      } catch (error) {
        throw explain(error) ?? error;
      }
    });
}

type Where = Pick<ListenFailed, 'listener'> & { readonly place: string };

const settingOf = ({ listener }: Where, key: 'host' | 'port'): string =>
  listener === 'server'
    ? `set server.${key} in gatehouse.yaml or GATEHOUSE_${key.toUpperCase()}`
    : `set metrics.${key} in gatehouse.yaml or GATEHOUSE_METRICS_${key.toUpperCase()}`;

const notHere = (where: Where): string =>
  `${where.place} is not an address of this machine; ${settingOf(where, 'host')}`;

const REASONS: ReadonlyMap<string, (where: Where) => string> = new Map(
  Object.entries({
    EADDRINUSE: (where) =>
      `${where.place} is in use by another program; end it, or ${settingOf(where, 'port')}`,
    EACCES: (where) =>
      `${where.place} is reserved for the system; ${settingOf(where, 'port')} to 1024 or more`,
    EADDRNOTAVAIL: notHere,
    ENOTFOUND: notHere,
    EAI_AGAIN: notHere,
  }),
);

/** Only what listening failed with: other failures have the same codes. */
function explain(error: unknown): Refused | null {
  if (!(error instanceof ListenFailed)) return null;
  const { listener, cause } = error;
  const {
    code = '',
    port,
    address,
    hostname,
  } = cause as NodeJS.ErrnoException & { port?: number; address?: string; hostname?: string };
  const at =
    hostname === undefined
      ? `port ${port ?? 'unknown'} of ${address ?? 'this machine'}`
      : `the host ${hostname}`;
  const place = listener === 'server' ? at : `the metrics listener: ${at}`;
  const reason = REASONS.get(code);
  return reason === undefined ? null : new Refused(reason({ listener, place }), { cause: error });
}
