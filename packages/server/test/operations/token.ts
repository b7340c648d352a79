/** A person with a token in the database of a configuration, made while no server runs. */
import type { Config } from '../../src/config/config.ts';
import { openModules, type Modules } from '../../src/compose/modules.ts';

export async function makeToken(config: Config): Promise<{ id: string; value: string }> {
  const modules = await openModules({ config });
  try {
    return await addToken(modules);
  } finally {
    await modules.close();
  }
}

export async function addToken(
  { accounts, tokens }: Modules,
  email = 'ada@example.com',
): Promise<{ id: string; value: string }> {
  const origin = { source: 'cli', client: 'cli/test', address: null, actorId: null } as const;
  const person = { name: 'Ada', email, password: 'copper lantern drifting north' };
  const made = await accounts.createUser({ ...person, isOperator: false }, origin);
  if (made.outcome !== 'created') throw new Error(JSON.stringify(made));
  const { user } = made;
  const form = { description: 'nightly export', scopes: ['asset.read'], lifeSeconds: null };
  const created = await tokens.create(
    { ...form, accountId: user.accountId, creationKey: crypto.randomUUID() },
    { user, origin, ceiling: null },
  );
  if (created.outcome !== 'created') throw new Error(JSON.stringify(created));
  return { id: created.token.id, value: created.value };
}
