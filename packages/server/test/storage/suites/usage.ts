import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { UsageBatch } from '../../../src/developer-tokens/ports.ts';
import { NOW, placeOf, type OpenPlace } from '../places.ts';
import { addPerson, addToken } from '../records.ts';

const DAY = Math.floor(NOW / 86_400);

const used = (tokenId: string, count: number, at = NOW): UsageBatch => ({
  lastUsed: [{ tokenId, at, address: '192.0.2.1', agent: 'curl/8' }],
  uses: [{ tokenId, day: DAY, outcome: 'allowed', count }],
  addresses: [place(tokenId, count, at)],
});

const place = (tokenId: string, uses: number, at: number) => ({
  tokenId,
  uses,
  address: '192.0.2.1',
  agent: 'curl/8',
  firstUsedAt: at,
  lastUsedAt: at,
});

const together = (batches: readonly UsageBatch[]): UsageBatch => ({
  lastUsed: batches.flatMap(({ lastUsed }) => lastUsed),
  uses: batches.flatMap(({ uses }) => uses),
  addresses: batches.flatMap(({ addresses }) => addresses),
});

export const describeUsage = (open: OpenPlace): void => {
  describe('usage', () => {
    const at = placeOf(open);
    const someTokens = async (count: number): Promise<readonly string[]> => {
      const { user } = await addPerson(at.storage);
      const made = Array.from({ length: count }, () => addToken(at.storage, user));
      return (await Promise.all(made)).map(({ id }) => id);
    };

    test('adds up, past 2^31 as well', async () => {
      const { usage } = at.storage;
      const [id = ''] = await someTokens(1);
      await usage.record(used(id, 2_000_000_000));
      await usage.record(used(id, 2_000_000_000, NOW + 9));
      const uses = [{ tokenId: id, day: DAY, outcome: 'allowed', count: 4_000_000_000 }];
      assert.deepEqual(await usage.uses(id, DAY), uses);
      assert.deepEqual(await usage.uses(id, DAY + 1), []);
      const seen = { ...place(id, 4_000_000_000, NOW), lastUsedAt: NOW + 9 };
      assert.deepEqual(await usage.addresses(id, 10), [seen]);
    });

    test('moves the last use forward, never back', async () => {
      const { usage, tokens } = at.storage;
      const [id = ''] = await someTokens(1);
      await usage.record(used(id, 1, NOW + 5));
      await usage.record(used(id, 1, NOW + 4));
      const token = await tokens.byId(id);
      assert.deepEqual(
        [token?.lastUsedAt, token?.lastUsedAddress, token?.lastUsedAgent],
        [NOW + 5, '192.0.2.1', 'curl/8'],
      );
      assert.equal((await usage.addresses(id, 1))[0]?.lastUsedAt, NOW + 5);
    });

    test('skips tokens that do not exist and keeps the rest', async () => {
      const { usage } = at.storage;
      const [id = ''] = await someTokens(1);
      await usage.record(together([used('no such token', 1), used(id, 3)]));
      assert.equal((await usage.uses(id, DAY))[0]?.count, 3);
      await usage.record({ lastUsed: [], uses: [], addresses: [] });
    });

    test('adds what one batch says twice', async () => {
      const { usage } = at.storage;
      const [id = ''] = await someTokens(1);
      await usage.record(together([used(id, 1), used(id, 2, NOW + 1)]));
      assert.equal((await usage.uses(id, DAY))[0]?.count, 3);
      const seen = { ...place(id, 3, NOW), lastUsedAt: NOW + 1 };
      assert.deepEqual(await usage.addresses(id, 10), [seen]);
    });

    test('is exact when processes flush the same tokens in different orders', async () => {
      const other = await at.another();
      const ids = await someTokens(60);
      const forth = together(ids.map((id) => used(id, 1)));
      const back = together(ids.toReversed().map((id) => used(id, 1)));
      await Promise.all(
        Array.from({ length: 16 }, (_, index) =>
          index % 2 === 0 ? at.storage.usage.record(forth) : other.usage.record(back),
        ),
      );
      for (const id of ids) assert.equal((await at.storage.usage.uses(id, DAY))[0]?.count, 16);
    });

    test('takes a batch of thousands', async () => {
      const ids = await someTokens(1);
      const [id = ''] = ids;
      const uses = Array.from({ length: 3000 }, (_, index) => ({
        tokenId: id,
        day: DAY + index,
        outcome: 'allowed',
        count: 1,
      }));
      await at.storage.usage.record({ lastUsed: [], uses, addresses: [] });
      const found = await at.storage.usage.uses(id, DAY);
      assert.deepEqual(found, uses);
    });

    test('is purged by day, old addresses with it', async () => {
      const { usage } = at.storage;
      const [old = '', young = ''] = await someTokens(2);
      const early = used(old, 1, 99 * 86_400 - 1);
      await usage.record({
        ...early,
        uses: [{ tokenId: old, day: 98, outcome: 'allowed', count: 1 }],
      });
      await usage.record(used(young, 1));
      assert.equal(await usage.purge(99), 1);
      assert.equal(await usage.purgeAddresses(99 * 86_400), 1);
      assert.deepEqual([await usage.uses(old, 0), await usage.addresses(old, 9)], [[], []]);
      assert.equal((await usage.uses(young, 0)).length, 1);
      assert.equal((await usage.addresses(young, 9)).length, 1);
    });
  });
};
