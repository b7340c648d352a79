/** Client secrets of any app. A new one goes to standard output alone, once. */
import type { Command } from 'commander';
import { newId } from '../kit/ids.ts';
import { withModules } from './installation.ts';
import { managed, noSuchApp } from './managed-app.ts';
import { Refused } from './refusal.ts';
import { table } from './table.ts';
import { plain, print, printJson, tell, type Terminal } from './terminal.ts';

interface Json {
  readonly json?: true;
}

export function addSecretCommands(app: Command, terminal: Terminal): void {
  const secret = app
    .command('secret')
    .description('client secrets of an app: several work at the same time')
    .helpCommand(false);
  addAdd(secret, terminal);
  addList(secret, terminal);
  addRevoke(secret, terminal);
}

function addAdd(secret: Command, terminal: Terminal): void {
  secret
    .command('add')
    .description('add a client secret and print it, this once; the others work on')
    .argument('<id>', 'client ID')
    .option('--json', 'print the record as JSON, with the secret in "client_secret"')
    .action(async (id: string, { json }: Json, command: Command) => {
      await withModules({ terminal, command }, async (modules) => {
        const { app, actor } = await managed(modules, id);
        const asked = { id: app.id, creationKey: newId() };
        const added = await modules.authorization.apps.addSecret(asked, actor);
        if (added.outcome !== 'added') throw new Refused(REFUSALS[added.outcome]);
        tell(terminal, `Client secret ${added.secret.id} of app ${app.id}. Shown this once.`);
        if (json !== true) return print(terminal, added.value);
        const { secretRecord } = await import('./app-records.ts');
        await printJson(terminal, { ...secretRecord(added.secret), client_secret: added.value });
      });
    });
}

const REFUSALS = {
  'not-found': 'the app was deleted in the meantime',
  'has-none': 'a public app has no secret',
  'too-many': 'the app has as many secrets as can live at a time; revoke one first',
  'made-enough': 'the limit of a day was applied to the command line',
  'already-added': 'a new creation key was taken',
} as const;

function addList(secret: Command, terminal: Terminal): void {
  secret
    .command('list')
    .description('list the client secrets of an app that work, newest first, by id')
    .argument('<id>', 'client ID')
    .option('--json', 'print the records as JSON')
    .action(async (id: string, { json }: Json, command: Command) => {
      await withModules({ terminal, command }, async (modules) => {
        const { app } = await managed(modules, id);
        const { secretRecord, secretRow } = await import('./app-records.ts');
        const secrets = await modules.authorization.apps.reads.secrets.ofApp(app.id);
        if (json === true) return printJson(terminal, secrets.map(secretRecord));
        if (secrets.length > 0) await print(terminal, table(secrets.map(secretRow)));
      });
    });
}

function addRevoke(secret: Command, terminal: Terminal): void {
  secret
    .command('revoke')
    .description('end a client secret, and the tokens that a service got by it, for good')
    .argument('<id>', 'client ID')
    .argument('<secret>', 'id of the secret, as "list" prints it')
    .action(async (...given: [string, string, object, Command]) => {
      const [id, secretId, , command] = given;
      await withModules({ terminal, command }, async (modules) => {
        const { app, actor } = await managed(modules, id);
        const secrets = await modules.authorization.apps.reads.secrets.ofApp(app.id);
        if (!secrets.some((one) => one.id === secretId))
          throw new Refused(`the app has no secret ${plain(secretId)}`);
        const outcome = await modules.authorization.apps.revokeSecret(
          { id: app.id, secretId },
          actor,
        );
        if (outcome.outcome === 'not-found') throw noSuchApp(id);
        tell(terminal, `Client secret ${secretId} of app ${app.id} is revoked.`);
      });
    });
}
