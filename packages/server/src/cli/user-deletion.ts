/** Deleting people, with or without the grace period, and taking it back. */
import { createInterface } from 'node:readline/promises';
import type { Command } from 'commander';
import type { User } from '../identity/types.ts';
import type { DeletionOutcome } from '../identity/accounts/deletion.ts';
import type { CommandContext } from '../compose/contexts.ts';
import { findUser, origin, withModules } from './installation.ts';
import { Misused, Refused } from './refusal.ts';
import { plain, type Terminal } from './terminal.ts';

interface DeleteOptions {
  readonly now?: true;
  readonly yes?: true;
  readonly accountTo?: string;
  readonly json?: true;
}

type Show = (
  work: { modules: CommandContext; terminal: Terminal },
  id: string,
  json: boolean,
) => Promise<void>;

export function addDeletion(user: Command, terminal: Terminal, show: Show): void {
  user
    .command('delete')
    .description('end the access of a user at once, and erase the data after the grace period')
    .argument('<user>', 'e-mail address or id')
    .option('--now', 'erase at once; this cannot be taken back')
    .option('--yes', 'do not ask')
    .option('--account-to <user>', 'who takes over accounts that others work in')
    .option('--json', 'print the record as JSON')
    .action(async (named: string, options: DeleteOptions, command: Command) => {
      await withModules({ terminal, command }, async (modules) => {
        const found = await findUser(modules, named);
        if (options.yes !== true) await confirm(terminal, found, options);
        await erase(modules, found, options);
        await show({ modules, terminal }, found.id, options.json === true);
      });
    });
  user
    .command('keep')
    .description('take back the deletion of a user that is not erased yet')
    .argument('<user>', 'e-mail address or id')
    .option('--json', 'print the record as JSON')
    .action(async (named: string, options: { json?: true }, command: Command) => {
      await withModules({ terminal, command }, async (modules) => {
        const { id: userId, email } = await findUser(modules, named);
        const outcome = await modules.accounts.cancelDeletion({ userId, origin: origin() });
        if (outcome !== 'cancelled') throw new Refused(`${email} is not being deleted`);
        await show({ modules, terminal }, userId, options.json === true);
      });
    });
}

async function confirm(terminal: Terminal, { email }: User, { now }: DeleteOptions): Promise<void> {
  const { stdin, stderr } = terminal;
  if (stdin.isTTY !== true) throw new Misused('say --yes: there is nobody to ask');
  const reader = createInterface({ input: stdin, output: stderr });
  const what = now === true ? 'Erase at once' : 'Delete';
  const answer = await reader.question(`${what}: ${plain(email)}? Type the address: `);
  reader.close();
  if (answer.trim().toLowerCase() !== email) throw new Refused('nothing was deleted');
}

async function erase(modules: CommandContext, user: User, options: DeleteOptions): Promise<void> {
  const { accountTo, now } = options;
  const heirId = accountTo === undefined ? null : (await findUser(modules, accountTo)).id;
  const isNow = now === true;
  const given = { userId: user.id, heirId, isNow, origin: origin() };
  const outcome = await modules.accounts.requestDeletion(given);
  if (outcome.outcome !== 'requested') throw refusalOf(user, outcome);
  if (isNow) await modules.accounts.eraseUser(user.id);
}

function refusalOf(
  { email }: User,
  refusal: Exclude<DeletionOutcome, { outcome: 'requested' }>,
): Refused {
  switch (refusal.outcome) {
    case 'last-operator':
      return new Refused(
        `${email} is the only operator; "gatehouse user create --operator" makes another first`,
      );
    case 'needs-heir': {
      const members = refusal.members.map((member) => plain(member.email)).join(', ');
      return new Refused(
        `others work in an account of ${email}; say --account-to one of: ${members}`,
      );
    }
    case 'not-operator':
    case 'no-such-user':
      return new Refused(`${email} is erased already`);
  }
}
