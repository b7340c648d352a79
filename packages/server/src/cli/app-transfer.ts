/** Gives an app another owner. */
import { countOf } from '../kit/plural.ts';
import { InvalidArgumentError, type Command } from 'commander';
import { usualOverlap } from '../apps/transfer.ts';
import { findActiveUser, withModules } from './installation.ts';
import { managed, noSuchApp } from './managed-app.ts';
import { Refused } from './refusal.ts';
import { table } from './table.ts';
import { print, printJson, tell, type Terminal } from './terminal.ts';

interface Options {
  readonly to: string;
  readonly overlap?: number;
  readonly json?: true;
}

export function addTransfer(app: Command, terminal: Terminal): void {
  app
    .command('transfer')
    .description('give an app to another user, at once; both are told by e-mail')
    .argument('<id>', 'client ID')
    .requiredOption('--to <user>', 'the new owner: e-mail address or id')
    .option(
      '--overlap <hours>',
      'hours until the client secrets of before end, 0 to 168; without it 24, and 0 for a service',
      readHours,
    )
    .option('--json', 'print the record as JSON')
    .action(async (id: string, options: Options, command: Command) => {
      await withModules({ terminal, command }, async (modules) => {
        const { app: found, actor } = await managed(modules, id);
        const to = await findActiveUser(modules, options.to);
        const { overlap } = options;
        const overlapSeconds = overlap === undefined ? usualOverlap(found) : overlap * 3600;
        const asked = { id: found.id, toId: to.id, overlapSeconds };
        const done = await modules.authorization.apps.transfer(asked, actor);
        if (done.outcome === 'not-found') throw noSuchApp(id);
        if (done.outcome === 'too-many')
          throw new Refused(
            `${to.email} has ${countOf(done.most, 'app')} already; one has to go first`,
          );
        if (done.outcome !== 'transferred') throw new Refused(REFUSALS[done.outcome](to.email));
        const { secretsEndAt } = done;
        if (found.type !== 'public')
          tell(
            terminal,
            secretsEndAt === null
              ? 'Its client secrets have ended. "gatehouse app secret add" makes another.'
              : `Its client secrets end at ${new Date(secretsEndAt * 1000).toISOString()}.`,
          );
        const { appRecord, appRow, withFacts } = await import('./app-records.ts');
        for (const one of await withFacts(modules, [done.app])) {
          if (options.json === true) await printJson(terminal, appRecord(one));
          else await print(terminal, table([appRow(one)]));
        }
      });
    });
}

function readHours(text: string): number {
  if (/^\d{1,3}$/.test(text) && Number(text) <= 168) return Number(text);
  throw new InvalidArgumentError('Expected a whole number of hours, 0 to 168.');
}

const REFUSALS = {
  'same-owner': (email: string) => `the app is ${email}'s already`,
  'not-eligible': (email: string) => `${email} has not proved the address yet, or is suspended`,
  'not-operator': () => 'only operators transfer apps',
  'invalid-overlap': () => 'the overlap is at most 168 hours',
} as const;
