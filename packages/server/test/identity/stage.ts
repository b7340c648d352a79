/** The identity module over a real database, with a clock that tests may set forward. No HTTP. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createIdentity, type Identity } from '../../src/identity/identity.ts';
import type { AccountContext, Visitor } from '../../src/identity/context.ts';
import {
  createPasswordHasher,
  type PasswordHasher,
} from '../../src/identity/authentication/password.ts';
import type { AccountStorage, AccountStores } from '../../src/identity/ports.ts';
import type { User } from '../../src/identity/types.ts';
import type { Config } from '../../src/config/config.ts';
import { readConfig } from '../../src/config/read.ts';
import { deriveKeys } from '../../src/keys/keys.ts';
import { randomBytes } from '../../src/kit/random.ts';
import type { Notice } from '../../src/mail/ports.ts';
import { openModules, type Modules } from '../../src/compose/modules.ts';
import type { EngineName } from '../storage/places.ts';
import { sharedPostgres } from '../support/postgres.ts';

export const PASSWORD = 'copper lantern drifting north';
export const NEW_PASSWORD = 'velvet harbour quietly sings';

export const cheapHasher = (): PasswordHasher =>
  createPasswordHasher({ randomBytes, cost: { memory: 8, passes: 1, parallelism: 1 } });

export interface AccountStage {
  readonly modules: Modules;
  /** Another process on the same database. */
  other(): Promise<Modules>;
  readonly time: { now: number };
  /** Signed up and proved, without a session. */
  person(email: string): Promise<User>;
  /** Signed up; the proof stands in the newest message. */
  unproved(email: string, browser?: Visitor): Promise<{ browserToken: string }>;
  /** Newest first. */
  mailTo(email: string): Promise<readonly Notice[]>;
  /** The value from the link of the newest message of a kind. */
  proofFor(email: string, kind: Notice['kind']): Promise<string>;
  /** By the link to the new address, in a session of the user. */
  changeEmail(user: User, email: string): Promise<void>;
  reread(user: Pick<User, 'id'>): Promise<User>;
  stop(): Promise<void>;
}

export const browser = (address = '192.0.2.1', deviceToken: string | null = null): Visitor => ({
  address,
  agent: 'Test/1.0',
  deviceToken,
});

export async function openAccounts(
  options: {
    engine?: EngineName;
    change?: (config: Config) => Config;
    passwords?: PasswordHasher;
  } = {},
): Promise<AccountStage> {
  const directory = await mkdtemp(join(tmpdir(), 'gatehouse-accounts-'));
  const isPostgres = options.engine === 'postgres';
  const url = isPostgres ? await (await sharedPostgres()).createMigrated() : null;
  const env = url === null ? {} : { GATEHOUSE_DATABASE_URL: url };
  const read = readConfig({ env, directory });
  const config = options.change?.(read) ?? read;
  const time = { now: 1_790_000_000 };
  const passwords = options.passwords ?? cheapHasher();
  const open = () => openModules({ config, clock: () => time.now, passwords });
  const modules = await open();
  const opened = [modules];
  const { accounts, storage } = modules;

  async function mailTo(email: string): Promise<readonly Notice[]> {
    const { items } = await storage.outbox.list('all', { page: 1, pageSize: 1000 });
    return items.map(({ notice }) => notice).filter(({ to }) => to === email);
  }

  async function proofFor(email: string, kind: Notice['kind']): Promise<string> {
    const notice = (await mailTo(email)).find((one) => one.kind === kind);
    const link = notice === undefined ? null : /proof=(\S+)/.exec(modules.renderMail(notice).text);
    if (link?.[1] === undefined) throw new Error(`no ${kind} for ${email}`);
    return link[1];
  }

  return {
    modules,
    time,
    async other() {
      const other = await open();
      opened.push(other);
      return other;
    },
    mailTo,
    async person(email) {
      const origin = { source: 'cli', client: 'cli/test', address: null, actorId: null } as const;
      const form = { name: 'Ada Example', email, password: PASSWORD, isOperator: false };
      const made = await accounts.createUser(form, origin);
      if (made.outcome !== 'created') throw new Error(JSON.stringify(made.errors));
      return made.user;
    },
    async unproved(email, from = browser()) {
      const form = { name: 'Ada Example', email, password: PASSWORD };
      const outcome = await accounts.signUp(form, from);
      if (outcome.outcome !== 'sent') throw new Error(outcome.outcome);
      return outcome;
    },
    proofFor,
    async changeEmail(user, email) {
      const origin = { source: 'portal', client: 'web', address: null, actorId: user.id } as const;
      await accounts.requestEmailChange({ user, email, origin }, browser());
      const proof = await proofFor(email, 'change-email');
      const link = { proof, signedInUserId: user.id, password: null };
      const { outcome } = await accounts.confirmEmailChange(link, browser());
      if (outcome !== 'changed') throw new Error(outcome);
    },
    async reread({ id }) {
      const user = await storage.users.byId(id);
      if (user === null) throw new Error('no such user');
      return user;
    },
    async stop() {
      for (const one of opened) await one.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** What every act of the identity module is given. */
export const contextOf = ({ modules }: Pick<AccountStage, 'modules'>): AccountContext => ({
  storage: modules.storage,
  passwords: cheapHasher(),
  clock: modules.clock,
  randomBytes,
  brandName: 'Gatehouse',
  policy: modules.config,
  rules: modules.rules,
  proofKeys: deriveKeys(modules.config.masterSecrets, 'e-mail proof'),
  onDropped: () => undefined,
  onMail: () => undefined,
});

/** Acts of the command line. */
export const cli = { source: 'cli', client: 'cli/test', address: null, actorId: null } as const;

/** Acts of a person in the portal. */
export const originOf = ({ id }: { readonly id: string }) =>
  ({ source: 'portal', client: 'web', address: '192.0.2.1', actorId: id }) as const;

/** The identity module over stores that a test changes, within transactions. */
export function accountsOver(
  stage: Pick<AccountStage, 'modules'>,
  change: (stores: AccountStores) => AccountStores,
  onDropped: (id: string) => void = () => undefined,
): Identity {
  const { storage } = stage.modules;
  const transaction: AccountStorage['transaction'] = (work) =>
    storage.transaction((stores) => work(change(stores)));
  return createIdentity({
    ...contextOf(stage),
    storage: { ...storage, transaction },
    onDropped: (_job, id) => onDropped(id),
  });
}
