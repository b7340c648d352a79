/** What the command line says of tokens, apps and consents, compared with what is kept. */
import assert from 'node:assert/strict';
import { Gatehouse } from '../cli/gatehouse.ts';
import { CATALOGUES, type History } from './history.ts';
import { definitionOf } from './installation.ts';

interface Listed {
  readonly id: string;
  readonly scopes: readonly string[];
}

export const fileOf = (catalogue: readonly string[]): string =>
  JSON.stringify({
    scopes: [{ category: 'All', scopes: catalogue.map(entryOf) }],
    presets: [],
    roles: { owner: ['*'], admin: ['*'], member: ['*'], viewer: ['asset.read'] },
  });

function entryOf(named: string): object {
  const { name, description, level, holders, was = [] } = definitionOf(named);
  return { name, description, level, holders, was };
}

/** Never a former name, and nothing left out: rows keep what left the catalogue. */
export async function assertCommandLine(history: History): Promise<void> {
  const { installation, user, web, service, catalogue } = history;
  const gatehouse = new Gatehouse();
  Object.assign(gatehouse.env, installation.env);
  gatehouse.write('gatehouse.yaml', fileOf(CATALOGUES[catalogue] ?? []));
  const list = async (kind: string): Promise<readonly Listed[]> =>
    (await gatehouse.json([kind, 'list', '--user', user.email])) as readonly Listed[];
  try {
    const { tokens, grants, apps } = history.place.modules.storage;
    for (const { id, scopes } of await list('token'))
      assert.deepEqual(scopes, (await tokens.byId(id))?.scopes);
    const key = { userId: user.id, clientId: web.app.id, accountId: user.accountId };
    const grant = await grants.find(key);
    for (const { scopes } of await list('grant')) assert.deepEqual(scopes, grant?.scopes);
    const [app] = await list('app');
    assert.equal(app?.id, service.app.id);
    assert.deepEqual(app.scopes, (await apps.byId(app.id))?.scopes);
    const file = JSON.parse(await gatehouse.done(['user', 'export', user.email]));
    const exported: readonly Listed[] = file.developer_tokens;
    for (const { id, scopes } of exported)
      assert.deepEqual(scopes, (await tokens.byId(id))?.scopes);
  } finally {
    await gatehouse.remove();
  }
}
