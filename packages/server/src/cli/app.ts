/** OAuth apps of any user: make, list, stop, delete. A new client secret goes to standard output alone, once. */
import { countOf } from '../kit/plural.ts';
import { Option, type Command } from 'commander';
import type { AppForm } from '../apps/form.ts';
import type { AppAct } from '../apps/switch.ts';
import type { App } from '../apps/types.ts';
import { newId } from '../kit/ids.ts';
import { BLANK_FORM } from '../oauth/clients/fields.ts';
import { CLIENT_TYPES, type ClientType } from '../oauth/vocabulary.ts';
import type { PageRequest } from '../kit/page.ts';
import type { CommandContext } from '../compose/contexts.ts';
import { addSecretCommands } from './app-secret.ts';
import { addTransfer } from './app-transfer.ts';
import { findActiveUser, findUser, origin, withModules } from './installation.ts';
import { managed, noSuchApp } from './managed-app.ts';
import { readNames } from './names.ts';
import { Refused, refuseFields } from './refusal.ts';
import { printList } from './list.ts';
import { table } from './table.ts';
import { print, printJson, tell, type Terminal } from './terminal.ts';

interface Json {
  readonly json?: true;
}

export function addAppCommands(program: Command, terminal: Terminal): void {
  const app = program.command('app').description('OAuth apps of any user').helpCommand(false);
  addCreate(app, terminal);
  addList(app, terminal);
  addSecretCommands(app, terminal);
  addTransfer(app, terminal);
  addSwitch(app, terminal, 'disable');
  addSwitch(app, terminal, 'enable');
  addSwitch(app, terminal, 'delete');
}

interface CreateOptions extends Json {
  readonly name: string;
  readonly type: ClientType;
  readonly redirectUri?: readonly string[];
  readonly scopes?: readonly string[];
  readonly optionalScopes?: readonly string[];
  readonly description?: string;
  readonly homepage?: string;
  readonly privacy?: string;
  readonly legacyWithoutPkce?: true;
  readonly resourceServer?: true;
}

function addCreate(app: Command, terminal: Terminal): void {
  app
    .command('create')
    .description('register an app for a user and print its client secret, this once')
    .argument('<user>', 'e-mail address or id')
    .requiredOption('--name <name>', 'what people see when it asks them for access')
    .addOption(
      new Option('--type <type>', 'web has a secret, public has none, service acts as itself')
        .choices(CLIENT_TYPES)
        .makeOptionMandatory(),
    )
    .option('--redirect-uri <uri>', 'where answers go; once for each URI', collect)
    .option('--scopes <names>', 'scopes, separated by spaces or commas', readNames)
    .option('--optional-scopes <names>', 'those of them that people may leave out', readNames)
    .option('--description <text>', 'what it does, in a sentence')
    .option('--homepage <url>', 'its homepage')
    .option('--privacy <url>', 'its privacy policy')
    .option('--legacy-without-pkce', 'take codes of a public app without PKCE, which is a risk')
    .option('--resource-server', 'let it ask about every token; it then needs no scopes')
    .option('--json', 'print the record as JSON, with the secret in "client_secret"')
    .action(async (named: string, options: CreateOptions, command: Command) => {
      await withModules({ terminal, command }, (modules) =>
        create({ modules, terminal }, named, options),
      );
    });
}

const collect = (one: string, all: readonly string[] = []): readonly string[] => [...all, one];

interface Work {
  readonly modules: CommandContext;
  readonly terminal: Terminal;
}

async function create(work: Work, named: string, options: CreateOptions): Promise<void> {
  const { modules } = work;
  const user = await findActiveUser(modules, named);
  const registration = {
    type: options.type,
    form: formOf(options),
    accountId: user.accountId,
    creationKey: newId(),
    ...(options.resourceServer === true && { mayIntrospect: true as const }),
  };
  const actor = { user, origin: origin(), isOperator: true, ceiling: null };
  const made = await modules.authorization.apps.register(registration, actor);
  switch (made.outcome) {
    case 'registered':
      return showNew(work, { ...made, email: user.email }, options);
    case 'email-unverified':
      throw new Refused(`${user.email} has not proved the address yet`);
    case 'too-many':
      throw new Refused(`${user.email} has ${countOf(made.most, 'app')} already; delete one first`);
    case 'not-allowed':
      throw new Refused('a public app cannot prove who it is, so it is no resource server');
    case 'made-enough':
    case 'already-registered':
      throw new Error(`the command line was answered ${made.outcome}`);
    case 'invalid':
      refuseFields(made.errors, FIELDS);
  }
}

const FIELDS = {
  name: '--name',
  description: '--description',
  homepage_url: '--homepage',
  privacy_url: '--privacy',
  redirect_uris: '--redirect-uri',
  scopes: '--scopes',
  optional_scopes: '--optional-scopes',
  allows_missing_pkce: '--legacy-without-pkce',
};

const formOf = (options: CreateOptions): AppForm => ({
  ...BLANK_FORM,
  name: options.name,
  description: options.description ?? '',
  homepageUrl: options.homepage ?? '',
  privacyUrl: options.privacy ?? '',
  redirectUris: options.redirectUri ?? [],
  scopes: options.scopes ?? [],
  optionalScopes: options.optionalScopes ?? [],
  allowsMissingPkce: options.legacyWithoutPkce === true,
});

interface NewApp {
  readonly app: App;
  /** `null` for a public app. */
  readonly secret: string | null;
  readonly email: string;
}

async function showNew(work: Work, made: NewApp, { json }: Json): Promise<void> {
  const { terminal } = work;
  const { app, secret, email } = made;
  const about = secret === null ? 'It has no secret.' : 'Its client secret is shown this once.';
  tell(terminal, `App ${app.id} for ${email}. ${about}`);
  if (json !== true) return print(terminal, secret ?? app.id);
  const { appRecord } = await import('./app-records.ts');
  await printJson(terminal, { ...appRecord({ app, email, users: 0 }), client_secret: secret });
}

function addList(app: Command, terminal: Terminal): void {
  app
    .command('list')
    .description('list apps, newest first')
    .option('--user <user>', 'only those of this user: e-mail address or id')
    .option('--search <text>', 'only those with this in their name')
    .option('--json', 'print the records as JSON')
    .action(async (options: Json & { user?: string; search?: string }, command: Command) => {
      await withModules({ terminal, command }, async (modules) => {
        const { appRecord, appRow, withFacts } = await import('./app-records.ts');
        const { user, search = '' } = options;
        const owner = user === undefined ? {} : { ownerId: (await findUser(modules, user)).id };
        const { apps } = modules.authorization.apps.reads;
        const list = (page: PageRequest) => apps.list({ ...owner, search }, page);
        const know = (found: readonly App[]) => withFacts(modules, found);
        await printList(terminal, { list, know, record: appRecord, row: appRow }, options);
      });
    });
}

const WORDS: Readonly<Record<AppAct, string>> = {
  disable: 'make an app, and all that it holds, refuse until it is enabled',
  enable: 'undo that',
  delete: 'delete an app for good; its secrets and tokens, and what people allowed it, end',
};

function addSwitch(app: Command, terminal: Terminal, act: AppAct): void {
  app
    .command(act)
    .description(WORDS[act])
    .argument('<id>', 'client ID')
    .option('--json', 'print the record as JSON')
    .action(async (id: string, { json }: Json, command: Command) => {
      await withModules({ terminal, command }, async (modules) => {
        const { app: found, actor } = await managed(modules, id);
        const asked = { id: found.id, act };
        const outcome = await modules.authorization.apps.switch(asked, actor);
        if (outcome.outcome === 'not-found') throw noSuchApp(id);
        const { appRecord, appRow, withFacts } = await import('./app-records.ts');
        for (const one of await withFacts(modules, [outcome.app])) {
          if (json === true) await printJson(terminal, appRecord(one));
          else await print(terminal, table([appRow(one)]));
        }
      });
    });
}
