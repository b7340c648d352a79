/** Opens what a command works on: the configuration, and the modules below HTTP that the portal is built on too. */
import { existsSync } from 'node:fs';
import { userInfo } from 'node:os';
import type { Command } from 'commander';
import { parseEmail } from '../identity/accounts/email-address.ts';
import type { User } from '../identity/types.ts';
import type { Origin } from '../audit/event.ts';
import type { Config } from '../config/config.ts';
import type { ConfigSources } from '../config/read.ts';
import type { MasterSecrets } from '../keys/keys.ts';
import { assertDirectory } from '../kit/data-directory.ts';
import { isUuid } from '../kit/ids.ts';
import type { CommandContext } from '../compose/contexts.ts';
import { Refused } from './refusal.ts';
import { plain, sayWaiting, type Terminal } from './terminal.ts';

/** A command at work: where it reads and writes, and what the global options say. */
export interface Call {
  readonly terminal: Terminal;
  readonly command: Command;
}

export async function readConfigOf(
  { terminal, command }: Call,
  sources: Pick<ConfigSources, 'keepSecret'> = {},
): Promise<Config> {
  // Loaded when it is needed: `--help` must not wait for it.
  const { readConfig } = await import('../config/read.ts');
  const { config: file } = command.optsWithGlobals<{ config?: string }>();
  const { env, directory } = terminal;
  return readConfig({ env, directory, ...(file === undefined ? {} : { file }), ...sources });
}

/** The configuration without making a master secret, and whether that is kept in the data directory. */
export async function withoutMaking(call: Call): Promise<{ config: Config; isFromFile: boolean }> {
  const { config, isComplete } = await lookedAt(call);
  return { config, isFromFile: !isComplete };
}

/** The configuration without making a master secret. */
export const lookAtConfig = async (call: Call): Promise<Config> => (await lookedAt(call)).config;

/** Read once: a secret may come through a pipe. `complete` makes or reads the master secret that is still missing. */
async function lookedAt(
  call: Call,
): Promise<{ config: Config; isComplete: boolean; complete: () => Promise<Config> }> {
  let isComplete = true;
  // Never used: it stands for the master secret where only settings are looked at.
  const keepSecret = (): MasterSecrets => {
    isComplete = false;
    return [new Uint8Array(32)];
  };
  const config = await readConfigOf(call, { keepSecret });
  return {
    config,
    isComplete,
    complete: async () => {
      if (isComplete) return config;
      const { readOrMakeSecret } = await import('../config/read.ts');
      return { ...config, masterSecrets: readOrMakeSecret(config.storage.dataDirectory) };
    },
  };
}

/** Runs `act` on the installation that is there: looking at one must not make one. */
export async function withModules(
  call: Call,
  act: (modules: CommandContext) => Promise<void>,
): Promise<void> {
  const { assertSafe, databaseFile } = await import('../storage/database-file.ts');
  const { config, complete } = await lookedAt(call);
  const { dataDirectory, databaseUrl } = config.storage;
  if (databaseUrl === null) {
    assertDirectory(dataDirectory);
    assertSafe(dataDirectory);
  }
  if (databaseUrl === null && !existsSync(databaseFile(dataDirectory))) {
    throw new Refused(
      `there is no installation in ${dataDirectory}; "gatehouse serve" and "gatehouse user create" make one`,
    );
  }
  await withModulesOf(call, await complete(), act);
}

/** The same, making what is not there yet. */
export async function withNewModules(
  call: Call,
  act: (modules: CommandContext) => Promise<void>,
): Promise<void> {
  await withModulesOf(call, await readConfigOf(call), act);
}

async function withModulesOf(
  call: Call,
  config: Config,
  act: (modules: CommandContext) => Promise<void>,
): Promise<void> {
  const { openModules } = await import('../compose/modules.ts');
  const { commandContextOf } = await import('../compose/contexts.ts');
  const onWaiting = (place: string): void => sayWaiting(call.terminal, place);
  const modules = await openModules({ config, onWaiting });
  try {
    await act(commandContextOf(modules));
  } finally {
    await modules.close();
  }
}

/** Whoever may run the command on this machine may do everything: nobody is signed in. */
export const origin = (): Origin => ({
  source: 'cli',
  client: `cli/${systemUser()}`,
  address: null,
  actorId: null,
});

/** A container may run under a number that no name belongs to. */
function systemUser(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? 'unknown');
  }
}

/** By e-mail address or id. */
export async function findUser({ accounts }: CommandContext, named: string): Promise<User> {
  const { users } = accounts.reads;
  const email = parseEmail(named);
  const user = isUuid(named)
    ? await users.byId(named.toLowerCase())
    : email === null
      ? null
      : await users.byEmail(email);
  if (user === null) throw new Refused(`there is no user ${plain(named)}`);
  return user;
}

/** For acts that a suspended user could not do alone. */
export async function findActiveUser(modules: CommandContext, named: string): Promise<User> {
  const user = await findUser(modules, named);
  if (user.suspendedAt === null) return user;
  throw new Refused(`${user.email} is suspended; "gatehouse user resume" lifts it`);
}
