/** People: make, list, give a role, suspend and resume. */
import { Argument, type Command } from 'commander';
import { isRole, ROLES } from '../accounts/types.ts';
import type { Rooms } from '../rooms.ts';
import { findUser, origin, readAll, withNewRooms, withRooms } from './installation.ts';
import { refuseFields } from './refusal.ts';
import { readSecret } from './secret-input.ts';
import { table } from './table.ts';
import { print, printJson, type Terminal } from './terminal.ts';
import { addExport } from './user-export.ts';
import { userRecord, userRow } from './user-records.ts';

interface Json {
  readonly json?: true;
}

const USER = ['<user>', 'e-mail address or id'] as const;
const JSON_OPTION = ['--json', 'print the record as JSON'] as const;

export function addUserCommands(program: Command, terminal: Terminal): void {
  const user = program.command('user').description('people who sign in').helpCommand(false);
  addCreate(user, terminal);
  addList(user, terminal);
  addRole(user, terminal);
  addSuspension(user, terminal);
  addExport(user, terminal);
}

interface CreateOptions extends Json {
  readonly name: string;
  readonly operator?: true;
}

function addCreate(user: Command, terminal: Terminal): void {
  user
    .command('create')
    .description(
      'make a user whose address counts as verified; the password is read from standard input',
    )
    .argument('<email>', 'e-mail address')
    .requiredOption('--name <name>', "the user's name")
    .option('--operator', 'let the user administer the installation; the first user always may')
    .option(...JSON_OPTION)
    .action(async (email: string, options: CreateOptions, command: Command) => {
      const password = await readSecret(terminal, { name: 'password', isNew: true });
      await withNewRooms({ terminal, command }, async (rooms) => {
        const form = { name: options.name, email, password };
        const isOperator = options.operator === true;
        const made = await rooms.accounts.createUser({ ...form, isOperator }, origin());
        if (made.outcome === 'invalid') refuseFields(made.errors, FIELDS);
        await showOne({ rooms, terminal }, made.user.id, options);
      });
    });
}

const FIELDS = { name: '--name', email: 'e-mail address', password: 'password' };

function addList(user: Command, terminal: Terminal): void {
  user
    .command('list')
    .description('list the users, newest first')
    .option('--search <text>', 'only those with this in their name or address')
    .option('--json', 'print the records as JSON')
    .action(async (options: Json & { search?: string }, command: Command) => {
      await withRooms({ terminal, command }, async (rooms) => {
        const { users } = rooms.accounts.records;
        const all = await readAll((page) => users.list(options.search ?? '', page));
        if (options.json === true) return printJson(terminal, all.map(userRecord));
        if (all.length > 0) await print(terminal, table(all.map(userRow)));
      });
    });
}

function addRole(user: Command, terminal: Terminal): void {
  user
    .command('role')
    .description('give a role in an account; every token of the user there follows at once')
    .argument(...USER)
    .addArgument(
      new Argument('<role>', 'the role; "none" takes the membership away').choices([
        ...ROLES,
        'none',
      ]),
    )
    .option('--account-of <user>', "in this user's account instead of the user's own")
    .option(...JSON_OPTION)
    .action(async (...given: [string, string, Json & { accountOf?: string }, Command]) => {
      const [named, role, options, command] = given;
      await withRooms({ terminal, command }, async (rooms) => {
        const { id: userId } = await findUser(rooms, named);
        const { accountId } = await findUser(rooms, options.accountOf ?? named);
        const change = { userId, accountId, role: isRole(role) ? role : null, origin: origin() };
        await rooms.accounts.changeRole(change);
        await showOne({ rooms, terminal, accountId }, userId, options);
      });
    });
}

const SUSPENSIONS = {
  suspend: 'end the sessions of a user and refuse every token, until it is lifted',
  resume: 'lift the suspension; the tokens work again',
} as const;

function addSuspension(user: Command, terminal: Terminal): void {
  for (const name of ['suspend', 'resume'] as const) {
    user
      .command(name)
      .description(SUSPENSIONS[name])
      .argument(...USER)
      .option(...JSON_OPTION)
      .action(async (named: string, options: Json, command: Command) => {
        await withRooms({ terminal, command }, async (rooms) => {
          const { id: userId } = await findUser(rooms, named);
          const isSuspended = name === 'suspend';
          await rooms.accounts.setSuspended({ userId, isSuspended, origin: origin() });
          await showOne({ rooms, terminal }, userId, options);
        });
      });
  }
}

interface Showing {
  readonly rooms: Rooms;
  readonly terminal: Terminal;
  /** The account whose role is shown; the user's own unless given. */
  readonly accountId?: string;
}

async function showOne(showing: Showing, id: string, { json }: Json): Promise<void> {
  const { rooms, terminal } = showing;
  const { users, accounts } = rooms.accounts.records;
  const user = await users.byId(id);
  if (user === null) throw new Error(`user ${id} is gone`);
  const { accountId = user.accountId } = showing;
  const role = (await accounts.membership(accountId, id))?.role ?? null;
  if (json === true)
    return printJson(terminal, { ...userRecord({ ...user, role }), account_id: accountId });
  await print(terminal, table([userRow({ ...user, role })]));
}
