import type { UsageBatch, UsageStore } from '../developer-tokens/ports.ts';
import type { Database, Handle } from './engine.ts';
import { toCamel, toSnake } from './rows.ts';

export function usageStore(handle: Handle): UsageStore {
  return {
    record: (batch) =>
      handle.write(async (db) => {
        const known = await knownTokens(db, batch);
        for (const used of batch.lastUsed)
          if (known.has(used.tokenId)) await moveLastUsed(db, used);
        for (const use of batch.uses) if (known.has(use.tokenId)) await addUse(db, use);
        for (const place of batch.addresses)
          if (known.has(place.tokenId)) await addAddress(db, place);
      }),
    async uses(tokenId, sinceDay) {
      const rows = await handle.read
        .selectFrom('token_uses')
        .selectAll()
        .where('token_id', '=', tokenId)
        .where('day', '>=', sinceDay)
        .orderBy('day')
        .orderBy('outcome')
        .execute();
      return rows.map(toCamel);
    },
    async addresses(tokenId, limit) {
      const rows = await handle.read
        .selectFrom('token_addresses')
        .selectAll()
        .where('token_id', '=', tokenId)
        .orderBy('last_used_at', 'desc')
        .limit(limit)
        .execute();
      return rows.map(toCamel);
    },
    purge: (beforeDay) =>
      handle.write(async (db) => {
        const result = await db
          .deleteFrom('token_uses')
          .where('day', '<', beforeDay)
          .executeTakeFirst();
        return Number(result.numDeletedRows);
      }),
  };
}

async function knownTokens(db: Database, batch: UsageBatch): Promise<ReadonlySet<string>> {
  const known = new Set<string>();
  const ids = [...new Set(batch.lastUsed.map(({ tokenId }) => tokenId))];
  // Engines bound the number of parameters of one statement.
  for (let start = 0; start < ids.length; start += 500) {
    const rows = await db
      .selectFrom('developer_tokens')
      .select('id')
      .where('id', 'in', ids.slice(start, start + 500))
      .execute();
    for (const { id } of rows) known.add(id);
  }
  return known;
}

async function moveLastUsed(db: Database, used: UsageBatch['lastUsed'][number]): Promise<void> {
  await db
    .updateTable('developer_tokens')
    .set({ last_used_at: used.at, last_used_address: used.address, last_used_agent: used.agent })
    .where('id', '=', used.tokenId)
    .where((eb) => eb.or([eb('last_used_at', 'is', null), eb('last_used_at', '<=', used.at)]))
    .execute();
}

async function addUse(db: Database, use: UsageBatch['uses'][number]): Promise<void> {
  await db
    .insertInto('token_uses')
    .values(toSnake(use) as never)
    .onConflict((conflict) =>
      conflict
        .columns(['token_id', 'day', 'outcome'])
        .doUpdateSet((eb) => ({ count: eb('token_uses.count', '+', use.count) })),
    )
    .execute();
}

async function addAddress(db: Database, place: UsageBatch['addresses'][number]): Promise<void> {
  await db
    .insertInto('token_addresses')
    .values(toSnake(place) as never)
    .onConflict((conflict) =>
      conflict.columns(['token_id', 'address', 'agent']).doUpdateSet((eb) => ({
        uses: eb('token_addresses.uses', '+', place.uses),
        last_used_at: place.lastUsedAt,
      })),
    )
    .execute();
}
