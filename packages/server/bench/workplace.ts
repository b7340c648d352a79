/** A directory with a configuration, a user and tokens: what every measurement starts from. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { User } from '../src/identity/types.ts';
import { readConfig } from '../src/config/read.ts';
import { openModules, type Modules } from '../src/compose/modules.ts';

export const PASSWORD = 'copper lantern drifting north';
export const SCOPES = ['account.read', 'team.read', 'asset.read', 'asset.create', 'comment.read'];

/** Limits that count every request and refuse none: what is measured is the work and not the refusal of it. */
const SETTINGS = `
rate_limit: { requests: 1000000, failures: 1000000, window_seconds: 1, changes_per_day: 1000000 }
attempts: { per_account: 10000, per_address: 100000 }
tokens: { most_per_user: 10000 }
apps: { most_per_user: 1000 }
`;

export interface Workplace {
  readonly directory: string;
  readonly modules: Modules;
  readonly user: User;
  mint(): Promise<string>;
  /** Closes the modules, so that a server can have the database to itself. */
  close(): Promise<void>;
  remove(): void;
}

/** `env` as the program would find it. */
export async function makeWorkplace(env: NodeJS.ProcessEnv = {}): Promise<Workplace> {
  const directory = mkdtempSync(join(tmpdir(), 'gatehouse-bench-'));
  writeFileSync(join(directory, 'gatehouse.yaml'), SETTINGS);
  const modules = await openModules({ config: readConfig({ env, directory }) });
  const user = await makeUser(modules);
  return {
    directory,
    modules,
    user,
    mint: async () => (await mint(modules, user)).value,
    close: () => modules.close(),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}

export const SYSTEM = { source: 'system', client: 'bench', address: null, actorId: null } as const;

async function makeUser({ accounts }: Modules): Promise<User> {
  const form = { name: 'Ada Example', email: 'ada@example.com', password: PASSWORD };
  const made = await accounts.createUser({ ...form, isOperator: false }, SYSTEM);
  if (made.outcome !== 'created') throw new Error(JSON.stringify(made));
  return made.user;
}

export async function mint(
  { tokens }: Modules,
  user: User,
): Promise<{ readonly id: string; readonly value: string }> {
  const form = {
    description: 'nightly export',
    scopes: SCOPES,
    lifeSeconds: null,
    accountId: user.accountId,
    creationKey: crypto.randomUUID(),
  };
  const made = await tokens.create(form, { user, origin: SYSTEM, ceiling: null });
  if (made.outcome !== 'created') throw new Error(JSON.stringify(made));
  return { id: made.token.id, value: made.value };
}
