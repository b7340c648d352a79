/** The master secrets of an installation: the one that writes, and those that it replaced. Never prints one that is in use. */
import { stat } from 'node:fs/promises';
import type { Command } from 'commander';
import type { Config } from '../config/config.ts';
import { idOfSecret, type MasterSecrets } from '../keys/keys.ts';
import { withoutMaking, type Call } from './installation.ts';
import { Refused } from './refusal.ts';
import { table } from './table.ts';
import { plain, print, printJson, tell, type Terminal } from './terminal.ts';

interface Json {
  readonly json?: true;
}

export function addMasterSecretCommands(program: Command, terminal: Terminal): void {
  const secret = program
    .command('secret')
    .description('the master secret and those that it replaced')
    .helpCommand(false);
  addList(secret, terminal);
  addRotate(secret, terminal);
  addRemove(secret, terminal);
}

function addList(secret: Command, terminal: Terminal): void {
  secret
    .command('list')
    .description('list the ids of the master secrets, the one that writes first')
    .option('--json', 'print the records as JSON')
    .action(async ({ json }: Json, command: Command) => {
      const { secrets } = await secretsOf({ terminal, command });
      const records = secrets.map((one, at) => ({ id: idOfSecret(one), writes: at === 0 }));
      if (json === true) return printJson(terminal, records);
      const rows = records.map(({ id, writes }) => ({
        id,
        use: writes ? 'writes, reads' : 'reads',
      }));
      await print(terminal, table(rows));
    });
}

function addRotate(secret: Command, terminal: Terminal): void {
  secret
    .command('rotate')
    .description('put a new master secret before the others, which still read what they made')
    .option(
      '--prepare',
      'add it behind the others, so that every process reads it before one writes',
    )
    .argument('[id]', 'put this one first, which was prepared, instead of a new one')
    .action(async (id: string | undefined, { prepare }: { prepare?: true }, command: Command) => {
      const call = { terminal, command };
      const { config, secrets, file } = await secretsOf(call);
      const { randomBytes } = await import('../kit/random.ts');
      if (file === null) return tellRollOut(terminal, Buffer.from(randomBytes(32)).toString('hex'));
      if (id !== undefined && prepare === true)
        throw new Refused('--prepare makes a new secret and takes no id');
      const chosen = id === undefined ? new Uint8Array(randomBytes(32)) : find(secrets, id);
      const others = secrets.filter((one) => one !== chosen);
      await keep(config, prepare === true ? [...others, chosen] : [chosen, ...others]);
      const what = prepare === true ? 'reads' : 'writes';
      tell(terminal, `Master secret ${idOfSecret(chosen)} ${what} from the next start on.`);
      tell(terminal, 'Restart every process now: it reads the file when it starts.');
    });
}

function addRemove(secret: Command, terminal: Terminal): void {
  secret
    .command('remove')
    .description('forget a replaced master secret: what only it made ends for good')
    .argument('<id>', 'id of the secret, as "list" prints it')
    .action(async (id: string, _options: object, command: Command) => {
      const { config, secrets, file } = await secretsOf({ terminal, command });
      if (file === null)
        throw new Refused(`leave it out of ${VARIABLE}, and restart every process`);
      const gone = find(secrets, id);
      const [first, ...others] = secrets;
      if (gone === first)
        throw new Refused(`${idOfSecret(gone)} is the one that writes; "rotate" replaces it`);
      await keep(config, [first, ...others.filter((one) => one !== gone)]);
      tell(terminal, `Master secret ${idOfSecret(gone)} is gone. Restart every process now.`);
    });
}

const VARIABLE = 'GATEHOUSE_MASTER_SECRET';

interface Found {
  readonly config: Config;
  readonly secrets: MasterSecrets;
  /** `null`: they come from the environment. */
  readonly file: string | null;
}

async function secretsOf(call: Call): Promise<Found> {
  const { config, isFromFile } = await withoutMaking(call);
  if (!isFromFile) return { config, secrets: config.masterSecrets, file: null };
  const { masterSecretFile, readSecretFile } = await import('../config/master-secret.ts');
  const file = masterSecretFile(config.storage.dataDirectory);
  if ((await stat(file).catch(() => null)) === null)
    throw new Refused(`there is no master secret in ${config.storage.dataDirectory}`);
  return { config, secrets: readSecretFile(file), file };
}

async function keep({ storage }: Config, secrets: readonly Uint8Array[]): Promise<void> {
  const { replaceMasterSecrets } = await import('../config/master-secret.ts');
  const { randomBytes } = await import('../kit/random.ts');
  replaceMasterSecrets(storage.dataDirectory, secrets, randomBytes);
}

function find(secrets: MasterSecrets, id: string): Uint8Array {
  const found = secrets.find((secret) => idOfSecret(secret) === id.toLowerCase());
  if (found === undefined) throw new Refused(`there is no master secret ${plain(id)}`);
  return found;
}

/** Whoever set the variable has to change it. Nothing in use is repeated. */
async function tellRollOut(terminal: Terminal, secret: string): Promise<void> {
  tell(terminal, `The master secret comes from ${VARIABLE}. This is a new one:`);
  await print(terminal, secret);
  tell(
    terminal,
    `1. Append it to the value of ${VARIABLE}, after a comma, and restart every process.`,
  );
  tell(terminal, '2. Put it before the others, and restart every process.');
}
