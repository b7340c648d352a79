/** People: make, list, give a role, suspend and resume. */
import { Argument, Option, type Command } from 'commander';
import { countOf } from '../kit/plural.ts';
import { EARLIER, type Earlier } from '../identity/accounts/earlier.ts';
import type { LivingAccess, LivingList } from '../identity/ports.ts';
import { isRole, ROLES, type UserWithRole } from '../identity/types.ts';
import { isoTimeOrNull } from '../api/v2/iso-time.ts';
import type { PageRequest } from '../kit/page.ts';
import type { CommandContext } from '../compose/contexts.ts';
import { findUser, origin, withNewModules, withModules } from './installation.ts';
import { Refused, refuseFields } from './refusal.ts';
import { readSecret } from './secret-input.ts';
import { printList } from './list.ts';
import { table } from './table.ts';
import { plain, print, printJson, type Terminal } from './terminal.ts';
import { addDeletion } from './user-deletion.ts';
import { addExport } from './user-export.ts';
import { addEmail, addPassword } from './user-recovery.ts';
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
  addPassword(user, terminal);
  addEmail(user, terminal);
  addExport(user, terminal);
  addDeletion(user, terminal, (work, id, json) => showOne(work, id, json ? { json } : {}));
}

interface CreateOptions extends Json {
  readonly name: string;
  /** `false`: `--no-password` was given. */
  readonly password: boolean;
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
    .option('--no-password', 'make the user without one; they choose one with a link by e-mail')
    .option('--operator', 'let the user administer the installation; the first user always may')
    .option(...JSON_OPTION)
    .action(async (email: string, options: CreateOptions, command: Command) => {
      const password = options.password
        ? await readSecret(terminal, { name: 'password', isNew: true })
        : null;
      await withNewModules({ terminal, command }, async (modules) => {
        const form = { name: options.name, email, password };
        const isOperator = options.operator === true;
        const made = await modules.accounts.createUser({ ...form, isOperator }, origin());
        if (made.outcome === 'invalid') refuseFields(made.errors, FIELDS);
        await showOne({ modules, terminal }, made.user.id, options);
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
      await withModules({ terminal, command }, async (modules) => {
        const { users } = modules.accounts.reads;
        const list = (page: PageRequest) => users.list(options.search ?? '', page);
        const shown = { list, know: (all: readonly UserWithRole[]) => all };
        await printList(terminal, { ...shown, record: userRecord, row: userRow }, options);
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
    .addOption(earlierOption())
    .option(...JSON_OPTION)
    .action(async (...given: [string, string, RoleOptions, Command]) => {
      const [named, role, options, command] = given;
      await withModules({ terminal, command }, async (modules) => {
        const { id: userId } = await findUser(modules, named);
        const { accountId } = await findUser(modules, options.accountOf ?? named);
        const { earlier } = options;
        const to = isRole(role) ? role : null;
        const change = { userId, accountId, role: to, origin: origin(), earlier };
        const changed = await modules.accounts.changeRole(change);
        if (changed.outcome === 'undecided') refuseUndecided(changed.living);
        await showOne({ modules, terminal, accountId }, userId, options);
      });
    });
}

const SUSPENSIONS = {
  suspend: 'end the sessions of a user and refuse every token, until it is lifted',
  resume: 'lift the suspension; what the user had before works again or ends, as --earlier says',
} as const;

function addSuspension(user: Command, terminal: Terminal): void {
  for (const name of ['suspend', 'resume'] as const) {
    const suspension = user
      .command(name)
      .description(SUSPENSIONS[name])
      .argument(...USER);
    if (name === 'resume') suspension.addOption(earlierOption());
    suspension
      .option(...JSON_OPTION)
      .action(async (named: string, options: EarlierOptions, command: Command) => {
        await withModules({ terminal, command }, async (modules) => {
          const { id: userId } = await findUser(modules, named);
          const isSuspended = name === 'suspend';
          const { earlier } = options;
          const change = { userId, isSuspended, origin: origin(), earlier };
          const outcome = await modules.accounts.setSuspended(change);
          if (typeof outcome === 'object') refuseUndecided(outcome.living);
          await showOne({ modules, terminal }, userId, options);
        });
      });
  }
}

interface EarlierOptions extends Json {
  readonly earlier?: Earlier;
}

interface RoleOptions extends EarlierOptions {
  readonly accountOf?: string;
}

const earlierOption = (): Option =>
  new Option(
    '--earlier <what>',
    'what becomes of tokens, services and connected apps of before: "end" ends them, "keep" lets them work again',
  ).choices(EARLIER);

/** Nothing is brought back, and nothing ended, without a word. */
function refuseUndecided({ tokens, services, grants }: LivingAccess): never {
  const lines = (kind: string, { total, first }: LivingList): readonly string[] => [
    ...first.map(
      ({ id, name, lastUsedAt }) =>
        `  ${kind} ${id}, last used ${isoTimeOrNull(lastUsedAt) ?? 'never'}: ${plain(name)}`,
    ),
    ...(total > first.length ? [`  and ${countOf(total - first.length, `more ${kind}`)}`] : []),
  ];
  throw new Refused(
    [
      'the user had these before, and they would work again. Nothing was changed. Say --earlier end to end them for good, or --earlier keep:',
      ...lines('token', tokens),
      ...lines('service', services),
      ...lines('grant', grants),
    ].join('\n'),
  );
}

interface Showing {
  readonly modules: CommandContext;
  readonly terminal: Terminal;
  /** The account whose role is shown; the user's own unless given. */
  readonly accountId?: string;
}

async function showOne(showing: Showing, id: string, { json }: Json): Promise<void> {
  const { modules, terminal } = showing;
  const { users, accounts } = modules.accounts.reads;
  const user = await users.byId(id);
  if (user === null) throw new Error(`user ${id} is gone`);
  const { accountId = user.accountId } = showing;
  const role = (await accounts.membership(accountId, id))?.role ?? null;
  if (json === true)
    return printJson(terminal, { ...userRecord({ ...user, role }), account_id: accountId });
  await print(terminal, table([userRow({ ...user, role })]));
}
