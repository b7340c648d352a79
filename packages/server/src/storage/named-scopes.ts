/** Which scopes the rows that still mean something name, page by page: a million of them must hold up nobody. */
import type { NamedScopes, NamingKind } from '../oauth/ports.ts';
import { isOfKeptAccess } from './ended-access.ts';
import { isOfNoEndingApp } from './ending-apps.ts';
import { scopeReader } from './oauth-rows.ts';
import type { ScopedHandle } from './engine.ts';

type Page = Parameters<NamedScopes['page']>[1];

export function namedScopes(handle: ScopedHandle): NamedScopes {
  const read = scopeReader(handle);
  const rows: Readonly<
    Record<NamingKind, (page: Page) => Promise<{ id: string; scopes: string }[]>>
  > = {
    tokens: ({ after, limit, now }) =>
      handle.read
        .selectFrom('developer_tokens')
        .select(['id', 'scopes'])
        .where('id', '>', after)
        .where('revoked_at', 'is', null)
        .where('exposed_at', 'is', null)
        .where((eb) => eb.or([eb('expires_at', 'is', null), eb('expires_at', '>', now)]))
        .orderBy('id')
        .limit(limit)
        .execute(),
    apps: ({ after, limit }) =>
      handle.read
        .selectFrom('apps')
        .select(['id', 'scopes'])
        .where('id', '>', after)
        .where('deleted_at', 'is', null)
        .orderBy('id')
        .limit(limit)
        .execute(),
    grants: ({ after, limit }) =>
      handle.read
        .selectFrom('grants')
        .select(['id', 'scopes'])
        .where('id', '>', after)
        .where('revoked_at', 'is', null)
        .where(isOfNoEndingApp('client_id'))
        .where(isOfKeptAccess('grants'))
        .orderBy('id')
        .limit(limit)
        .execute(),
  };
  return {
    async page(kind, page) {
      return (await rows[kind](page)).map(({ id, scopes }) => ({ id, scopes: read(scopes) }));
    },
  };
}
