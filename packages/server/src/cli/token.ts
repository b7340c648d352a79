/** Developer tokens of any user: make and list. A new one goes to standard output alone, once. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import type { User } from '../identity/types.ts';
import type { TokenForm } from '../developer-tokens/create.ts';
import { isFinal, stateOf, type DeveloperToken } from '../developer-tokens/types.ts';
import { days } from '../kit/clock.ts';
import { newId } from '../kit/ids.ts';
import type { PageRequest } from '../kit/page.ts';
import { countOf } from '../kit/plural.ts';
import type { CommandContext } from '../compose/contexts.ts';
import { findActiveUser, findUser, origin, withModules } from './installation.ts';
import { printList } from './list.ts';
import { readNames } from './names.ts';
import { Misused, Refused, refuseFields } from './refusal.ts';
import { plain, print, printJson, tell, type Terminal } from './terminal.ts';
import { addEndingCommands, endOf } from './token-end.ts';

interface Json {
  readonly json?: true;
}

export function addTokenCommands(program: Command, terminal: Terminal): void {
  const token = program
    .command('token')
    .description('developer tokens of any user')
    .helpCommand(false);
  addCreate(token, terminal);
  addList(token, terminal);
  addEndingCommands(token, terminal);
}

interface CreateOptions extends Json {
  readonly description: string;
  readonly scopes?: readonly string[];
  readonly preset?: string;
  readonly allScopes?: true;
  readonly expires?: Days;
  readonly accountOf?: string;
}

function addCreate(token: Command, terminal: Terminal): void {
  token
    .command('create')
    .description('make a token for a user and print it, this once; the user is told by e-mail')
    .argument('<user>', 'e-mail address or id')
    .requiredOption('--description <text>', 'what the token is for')
    .addOption(
      new Option('--scopes <names>', 'scopes, separated by spaces or commas')
        .argParser(readNames)
        .conflicts(['preset', 'allScopes']),
    )
    .addOption(
      new Option('--preset <name>', 'a named choice of scopes from the configuration').conflicts(
        'allScopes',
      ),
    )
    .option('--all-scopes', "every scope that the user's role allows")
    .option(
      '--expires <days>',
      'days until it ends, or "never"; without it 90, or fewer where the policy says so',
      readDays,
    )
    .option('--account-of <user>', "for this user's account instead of the user's own")
    .option('--json', 'print the record as JSON, with the token in "token"')
    .action(async (named: string, options: CreateOptions, command: Command) => {
      await withModules({ terminal, command }, (modules) =>
        create({ modules, terminal }, named, options),
      );
    });
}

type Days = number | 'never';

function readDays(text: string): Days {
  if (text === 'never') return text;
  if (/^[1-9]\d{0,4}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Expected a whole number of days, or "never".');
}

interface Work {
  readonly modules: CommandContext;
  readonly terminal: Terminal;
}

async function create(work: Work, named: string, options: CreateOptions): Promise<void> {
  const { modules } = work;
  const user = await findActiveUser(modules, named);
  const form = await formOf(modules, user, options);
  const made = await modules.tokens.create(form, { user, origin: origin(), ceiling: null });
  switch (made.outcome) {
    case 'created':
      return showNew(work, { ...made, email: user.email }, options);
    case 'email-unverified':
      throw new Refused(`${user.email} has not proved the address yet`);
    case 'too-many':
      throw new Refused(
        `${user.email} has ${countOf(made.most, 'token')} already; revoke one first`,
      );
    case 'made-enough':
    case 'already-created':
      throw new Error(`the command line was answered ${made.outcome}`);
    case 'invalid':
      refuseFields(made.errors, FIELDS);
  }
}

interface NewToken {
  readonly token: DeveloperToken;
  readonly value: string;
  readonly email: string;
}

async function showNew(work: Work, made: NewToken, { json }: Json): Promise<void> {
  const { modules, terminal } = work;
  const { token, value, email } = made;
  tell(terminal, `Token ${token.id} for ${email}, ${endOf(token.expiresAt)}. Shown this once.`);
  if (json !== true) return print(terminal, value);
  const { tokenRecord } = await import('./token-records.ts');
  await printJson(terminal, { ...tokenRecord({ token, email }, modules.clock()), token: value });
}

const FIELDS = { description: '--description', scope: '--scopes', expires_in: '--expires' };

async function formOf(
  modules: CommandContext,
  user: User,
  options: CreateOptions,
): Promise<TokenForm> {
  const { accountId } =
    options.accountOf === undefined ? user : await findUser(modules, options.accountOf);
  const role = (await modules.accounts.reads.accounts.membership(accountId, user.id))?.role;
  if (role === undefined) throw new Refused(`${user.email} has no role in this account`);
  const { description, expires = defaultDays(modules) } = options;
  const lifeSeconds = expires === 'never' ? null : days(expires);
  const scopes = chosenScopes(modules, options, modules.catalogues.current().heldBy(role));
  return { description, scopes, lifeSeconds, accountId, creationKey: newId() };
}

const DEFAULT_DAYS = 90;

const defaultDays = ({ tokens }: CommandContext): number =>
  Math.min(DEFAULT_DAYS, tokens.policy.longestLifeDays ?? DEFAULT_DAYS);

/** What is named is taken as it stands, and refused when the role does not allow it; choices keep within the role. */
function chosenScopes(
  { catalogues }: CommandContext,
  options: CreateOptions,
  allowed: ReadonlySet<string>,
): readonly string[] {
  if (options.scopes !== undefined) return options.scopes;
  const { forTokens, presets } = catalogues.current();
  if (options.allScopes === true) {
    return forTokens.map(({ name }) => name).filter((name) => allowed.has(name));
  }
  if (options.preset === undefined) {
    throw new Misused('say what the token may do: --scopes, --preset or --all-scopes');
  }
  const preset = presets.find(({ name }) => name.toLowerCase() === options.preset?.toLowerCase());
  if (preset !== undefined) return preset.scopes.filter((name) => allowed.has(name));
  const names = presets.map(({ name }) => `"${name}"`).join(', ');
  throw new Refused(`there is no preset "${plain(options.preset)}"; there are ${names || 'none'}`);
}

function addList(token: Command, terminal: Terminal): void {
  token
    .command('list')
    .description('list tokens, newest first')
    .option('--user <user>', 'only those of this user: e-mail address or id')
    .option('--live', 'only those that are not expired, revoked or exposed')
    .option('--json', 'print the records as JSON')
    .action(async (options: Json & { user?: string; live?: true }, command: Command) => {
      await withModules({ terminal, command }, async (modules) => {
        const { tokenRecord, tokenRow, withOwners } = await import('./token-records.ts');
        const now = modules.clock();
        const filter =
          options.user === undefined ? {} : { userId: (await findUser(modules, options.user)).id };
        const { tokens } = modules.tokens.reads;
        const list = (page: PageRequest) => tokens.list(filter, page);
        const isShown = (token: DeveloperToken): boolean =>
          options.live !== true || !isFinal(stateOf(token, now));
        await printList(
          terminal,
          {
            list,
            know: (found: readonly DeveloperToken[]) => withOwners(modules, found.filter(isShown)),
            record: (one) => tokenRecord(one, now),
            row: (one) => tokenRow(one, now),
          },
          options,
        );
      });
    });
}
