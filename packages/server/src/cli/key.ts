/** Signing keys: looked at, rotated before their time, withdrawn. */
import { Argument, type Command } from 'commander';
import type { SigningAlgorithm } from '../keys/ports.ts';
import { ADDED_ALGORITHMS, type KnownKey } from '../keys/signing-keys.ts';
import { withModules } from './installation.ts';
import { Refused } from './refusal.ts';
import { table } from './table.ts';
import { plain, print, printJson, tell, type Terminal } from './terminal.ts';

export function addKeyCommands(program: Command, terminal: Terminal): void {
  const key = program
    .command('key')
    .description('signing keys, whose public halves are at /oauth2/jwks')
    .helpCommand(false);
  addList(key, terminal);
  addAlgorithm(key, terminal);
  addRotate(key, terminal);
  addWithdraw(key, terminal);
}

function addList(key: Command, terminal: Terminal): void {
  key
    .command('list')
    .description('list the signing keys by algorithm, newest first')
    .option('--json', 'print the records as JSON')
    .action(async ({ json }: { json?: true }, command: Command) => {
      await withModules({ terminal, command }, async ({ signingKeys }) => {
        const keys = await signingKeys.list();
        if (json === true) return printJson(terminal, keys.map(recordOf));
        if (keys.length > 0) await print(terminal, table(keys.map(rowOf)));
      });
    });
}

function addAlgorithm(key: Command, terminal: Terminal): void {
  key
    .command('add')
    .description('keep keys of one more algorithm from now on')
    .addArgument(new Argument('<algorithm>', 'the algorithm').choices([...ADDED_ALGORITHMS]))
    .action(async (algorithm: SigningAlgorithm, _options: object, command: Command) => {
      await withModules({ terminal, command }, async ({ signingKeys }) => {
        await signingKeys.add(algorithm);
        await print(terminal, table((await signingKeys.list()).map(rowOf)));
      });
    });
}

function addRotate(key: Command, terminal: Terminal): void {
  key
    .command('rotate')
    .description('let the next key of each algorithm sign, once everybody can have read it')
    .action(async (_options: object, command: Command) => {
      await withModules({ terminal, command }, async ({ signingKeys }) => {
        await signingKeys.rotate();
        await print(terminal, table((await signingKeys.list()).map(rowOf)));
      });
    });
}

function addWithdraw(key: Command, terminal: Terminal): void {
  key
    .command('withdraw')
    .description('end a signing key that leaked: it is published no more, and the next one signs')
    .argument('<id>', 'id of the key, as "list" prints it')
    .action(async (id: string, _options: object, command: Command) => {
      await withModules({ terminal, command }, async ({ signingKeys }) => {
        if (!(await signingKeys.withdraw(id)))
          throw new Refused(`there is no signing key ${plain(id)}`);
        tell(terminal, `Signing key ${plain(id)} is withdrawn. Copies live ten minutes in caches.`);
      });
    });
}

const time = (seconds: number): string => new Date(seconds * 1000).toISOString();

const recordOf = ({ id, algorithm, state, isReadable, ...key }: KnownKey): object => ({
  kid: id,
  alg: algorithm,
  state,
  readable: isReadable,
  created_at: time(key.createdAt),
  active_at: time(key.activeAt),
  withdrawn_at: key.withdrawnAt === null ? null : time(key.withdrawnAt),
});

const rowOf = ({ id, algorithm, state, isReadable, activeAt }: KnownKey) => ({
  id,
  algorithm,
  state: isReadable ? state : `${state}, cannot be opened`,
  signs_from: time(activeAt),
});
