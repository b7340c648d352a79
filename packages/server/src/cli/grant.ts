/** What people allowed apps: look at it, take it back. */
import type { Command } from 'commander';
import type { Connection } from '../consent/types.ts';
import { dayOf } from '../developer-tokens/usage.ts';
import { isUuid } from '../kit/ids.ts';
import type { PageRequest } from '../kit/page.ts';
import type { CommandContext } from '../compose/contexts.ts';
import type { KnownGrant } from './app-records.ts';
import { findUser, origin, withModules } from './installation.ts';
import { printList } from './list.ts';
import { Refused } from './refusal.ts';
import { table } from './table.ts';
import { plain, print, printJson, type Terminal } from './terminal.ts';

interface Json {
  readonly json?: true;
}

export function addGrantCommands(program: Command, terminal: Terminal): void {
  const grant = program.command('grant').description('what people allowed apps').helpCommand(false);
  addList(grant, terminal);
  addRevoke(grant, terminal);
}

interface ListOptions extends Json {
  readonly user?: string;
  readonly app?: string;
}

function addList(grant: Command, terminal: Terminal): void {
  grant
    .command('list')
    .description('list grants that are not over, most recent first')
    .option('--user <user>', 'only those of this user: e-mail address or id')
    .option('--app <id>', 'only those to this app: client ID')
    .option('--json', 'print the records as JSON')
    .action(async (options: ListOptions, command: Command) => {
      await withModules({ terminal, command }, async (modules) => {
        const { grantRecord, grantRow } = await import('./app-records.ts');
        const list = await listOf(modules, options);
        const know = (found: readonly Connection[]) => withEmails(modules, found);
        await printList(terminal, { list, know, record: grantRecord, row: grantRow }, options);
      });
    });
}

const USE_DAYS = 30;
const sinceDayOf = ({ clock }: CommandContext): number => dayOf(clock()) - USE_DAYS + 1;

async function listOf(modules: CommandContext, { user, app }: ListOptions) {
  const filter = {
    sinceDay: sinceDayOf(modules),
    ...(user !== undefined && { userId: (await findUser(modules, user)).id }),
    ...(app !== undefined && { clientId: app.toLowerCase() }),
  };
  const { grants } = modules.authorization.consent.reads;
  return (page: PageRequest) => grants.connections(filter, page);
}

async function withEmails(
  { accounts }: CommandContext,
  grants: readonly Connection[],
): Promise<readonly KnownGrant[]> {
  const users = await accounts.reads.users.byIds(grants.map(({ userId }) => userId));
  return grants.map((grant) => ({ grant, email: users.get(grant.userId)?.email ?? '' }));
}

function addRevoke(grant: Command, terminal: Terminal): void {
  grant
    .command('revoke')
    .description('disconnect an app from a user: all that it holds by the grant ends')
    .argument('<id>', 'id of the grant')
    .option('--json', 'print the record as JSON, as it was')
    .action(async (id: string, { json }: Json, command: Command) => {
      await withModules({ terminal, command }, async (modules) => {
        const { consent } = modules.authorization;
        const filter = { id: id.toLowerCase(), sinceDay: sinceDayOf(modules) };
        const page = { page: 1, pageSize: 1 };
        const { items } = isUuid(id)
          ? await consent.reads.grants.connections(filter, page)
          : { items: [] };
        const { grantRecord, grantRow } = await import('./app-records.ts');
        const [known] = await withEmails(modules, items);
        if (known === undefined) throw new Refused(`there is no grant ${plain(id)}`);
        await consent.disconnect({
          grantId: known.grant.id,
          userId: null,
          appName: known.grant.app.name,
          origin: origin(),
        });
        if (json === true) await printJson(terminal, grantRecord(known));
        else await print(terminal, table([grantRow(known)]));
      });
    });
}
