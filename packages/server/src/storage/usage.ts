/** Counts of use. One batch is one transaction, so that a batch that failed can be written again as it is. */
import type { TokenAddress, TokenUse } from '../developer-tokens/types.ts';
import type { UsageBatch, UsageStore } from '../developer-tokens/ports.ts';
import { deleteOver } from './delete-over.ts';
import { isBefore } from './ended.ts';
import type { Database, Engine, Handle } from './engine.ts';
import { tellingRefusedRows } from './row-refused.ts';
import { newRow, toCamel } from './rows.ts';

export function usageStore(handle: Handle, engine: Engine['name']): UsageStore {
  return {
    record: (batch) =>
      tellingRefusedRows(
        handle.write(async (db) => {
          const known = await lockKnown(db, engine, batch);
          const ofKnown = ({ tokenId }: { tokenId: string }): boolean => known.has(tokenId);
          for (const used of batch.lastUsed.filter(ofKnown)) await moveLastUsed(db, used);
          const uses = mergeUses(batch.uses.filter(ofKnown));
          for (const some of slices(uses)) await addUses(db, some);
          const places = mergePlaces(batch.addresses.filter(ofKnown));
          for (const some of slices(places)) await addPlaces(db, some);
        }),
      ),
    ...reads(handle),
    purge: (beforeDay) =>
      deleteOver(handle, {
        table: 'token_uses',
        key: ['token_id', 'day', 'outcome'],
        over: [isBefore('day', beforeDay)],
      }),
    purgeAddresses: (before) =>
      deleteOver(handle, {
        table: 'token_addresses',
        key: ['token_id', 'address', 'agent'],
        over: [isBefore('last_used_at', before)],
      }),
  };
}

const reads = (handle: Handle): Pick<UsageStore, 'uses' | 'addresses'> => ({
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
      .orderBy('address')
      .orderBy('agent')
      .limit(limit)
      .execute();
    return rows.map(toCamel);
  },
});

/** Engines bound the number of parameters of one statement. */
const MOST_ROWS = 500;

function* slices<Row>(rows: readonly Row[]): Generator<readonly Row[]> {
  for (let start = 0; start < rows.length; start += MOST_ROWS) {
    yield rows.slice(start, start + MOST_ROWS);
  }
}

/**
 * Tokens that exist, their rows held in the order of their ids: processes that flush the same tokens at the same time
 * come one after the other instead of waiting for each other in a ring.
 */
async function lockKnown(
  db: Database,
  engine: Engine['name'],
  { lastUsed, uses, addresses }: UsageBatch,
): Promise<ReadonlySet<string>> {
  const ids = new Set([...lastUsed, ...uses, ...addresses].map(({ tokenId }) => tokenId));
  const known = new Set<string>();
  for (const some of slices([...ids].sort())) {
    const query = db
      .selectFrom('developer_tokens')
      .select('id')
      .where('id', 'in', some)
      // A program that goes on calling leaves no address behind any more.
      .where((eb) =>
        eb.not(
          eb.exists(
            eb
              .selectFrom('users')
              .select('users.id')
              .whereRef('users.id', '=', 'developer_tokens.user_id')
              .where('users.erased_at', 'is not', null),
          ),
        ),
      )
      .orderBy('id');
    const rows = await (engine === 'postgres' ? query.forNoKeyUpdate() : query).execute();
    for (const { id } of rows) known.add(id);
  }
  return known;
}

/** PostgreSQL refuses a statement that adds to one row twice. */
function merge<Row>(
  rows: readonly Row[],
  keyOf: (row: Row) => readonly unknown[],
  add: (left: Row, right: Row) => Row,
): readonly Row[] {
  const merged = new Map<string, Row>();
  for (const row of rows) {
    const key = JSON.stringify(keyOf(row));
    const before = merged.get(key);
    merged.set(key, before === undefined ? row : add(before, row));
  }
  return [...merged.values()];
}

const mergeUses = (uses: readonly TokenUse[]): readonly TokenUse[] =>
  merge(
    uses,
    ({ tokenId, day, outcome }) => [tokenId, day, outcome],
    (left, right) => ({ ...left, count: left.count + right.count }),
  );

const mergePlaces = (places: readonly TokenAddress[]): readonly TokenAddress[] =>
  merge(
    places,
    ({ tokenId, address, agent }) => [tokenId, address, agent],
    (left, right) => ({
      ...left,
      firstUsedAt: Math.min(left.firstUsedAt, right.firstUsedAt),
      lastUsedAt: Math.max(left.lastUsedAt, right.lastUsedAt),
      uses: left.uses + right.uses,
    }),
  );

async function moveLastUsed(db: Database, used: UsageBatch['lastUsed'][number]): Promise<void> {
  await db
    .updateTable('developer_tokens')
    .set({ last_used_at: used.at, last_used_address: used.address, last_used_agent: used.agent })
    .where('id', '=', used.tokenId)
    .where((eb) => eb.or([eb('last_used_at', 'is', null), eb('last_used_at', '<=', used.at)]))
    .execute();
}

async function addUses(db: Database, uses: readonly TokenUse[]): Promise<void> {
  await db
    .insertInto('token_uses')
    .values(uses.map((use) => newRow('token_uses', use)))
    .onConflict((conflict) =>
      conflict
        .columns(['token_id', 'day', 'outcome'])
        .doUpdateSet((eb) => ({ count: eb('token_uses.count', '+', eb.ref('excluded.count')) })),
    )
    .execute();
}

async function addPlaces(db: Database, places: readonly TokenAddress[]): Promise<void> {
  await db
    .insertInto('token_addresses')
    .values(places.map((place) => newRow('token_addresses', place)))
    .onConflict((conflict) =>
      conflict.columns(['token_id', 'address', 'agent']).doUpdateSet((eb) => ({
        uses: eb('token_addresses.uses', '+', eb.ref('excluded.uses')),
        // Another process may have flushed a later use first.
        last_used_at: eb
          .case()
          .when('token_addresses.last_used_at', '>', eb.ref('excluded.last_used_at'))
          .then(eb.ref('token_addresses.last_used_at'))
          .else(eb.ref('excluded.last_used_at'))
          .end(),
      })),
    )
    .execute();
}
