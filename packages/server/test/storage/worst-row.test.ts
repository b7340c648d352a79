/** A batch survives its worst row, on both databases: the others are written, the bad one is counted and dropped. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { readConfig } from '../../src/config/read.ts';
import { purge } from '../../src/compose/jobs.ts';
import { RowRefused, writeSurvivors } from '../../src/kit/survivors.ts';
import { openModules, type Modules } from '../../src/compose/modules.ts';
import { sharedPostgres } from '../support/postgres.ts';
import { addToken } from '../operations/token.ts';
import { ENGINES, type EngineName } from './places.ts';

test('every good row is written once and every bad one dropped once, wherever they stand', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.boolean(), { maxLength: 60 }), async (rows) => {
      const entries = rows.map((isGood, at) => ({ isGood, at }));
      const written: number[] = [];
      const dropped: number[] = [];
      const left = await writeSurvivors(entries, {
        async write(some) {
          if (some.some(({ isGood }) => !isGood)) throw new RowRefused('bad');
          written.push(...some.map(({ at }) => at));
        },
        onDropped: ({ at }) => dropped.push(at),
      });
      assert.equal(left, null);
      const positions = (good: boolean) =>
        entries.filter(({ isGood }) => isGood === good).map(({ at }) => at);
      assert.deepEqual(written, positions(true));
      assert.deepEqual(dropped, positions(false));
    }),
  );
});

test('what fails for another reason is left for a later try, without what was written', async () => {
  const written: number[] = [];
  let isDown = false;
  const left = await writeSurvivors([0, 1, 2, 3], {
    async write(some) {
      if (isDown) throw new Error('away');
      if (some.includes(3)) throw new RowRefused('bad');
      written.push(...some);
      isDown = true;
    },
    onDropped: () => assert.fail('nothing is dropped'),
  });
  assert.deepEqual(
    [written, left?.rows],
    [
      [0, 1],
      [2, 3],
    ],
  );
});

async function open(engine: EngineName, directory: string): Promise<Modules> {
  const config = readConfig({ env: {}, directory });
  const databaseUrl = engine === 'sqlite' ? null : await (await sharedPostgres()).createMigrated();
  return openModules({ config: { ...config, storage: { ...config.storage, databaseUrl } } });
}

for (const engine of ENGINES) {
  describe(engine, () => {
    const directory = mkdtempSync(join(tmpdir(), 'gatehouse-worst-'));
    let modules: Modules;
    before(async () => {
      modules = await open(engine, directory);
    });
    after(async () => {
      await modules.close();
      rmSync(directory, { recursive: true });
    });

    test('uses of one token that cannot be written keep no other from being written', async () => {
      const tokens = [];
      for (const name of ['ada', 'bob', 'eve', 'zoe']) {
        tokens.push(await addToken(modules, `${name}-${crypto.randomUUID()}@example.com`));
      }
      const at = modules.clock();
      for (const [index, { id }] of tokens.entries()) {
        // As a late read of a socket that was reset gave it.
        const address = index === 2 ? (null as unknown as string) : '192.0.2.1';
        modules.usage.note({ tokenId: id, outcome: 'allowed', address, agent: 'x', at });
      }
      await modules.usage.flush();
      const places = [];
      for (const { id } of tokens)
        places.push((await modules.storage.usage.addresses(id, 9)).length);
      assert.deepEqual(places, [1, 1, 0, 1]);
      assert.equal(modules.counts.dropped.of('token-use'), 1);
      await modules.usage.flush();
      assert.equal(modules.counts.dropped.of('token-use'), 1, 'it is not tried again');
    });

    test('a kind that cannot be purged keeps no other from its turn', async () => {
      const { attempts, sessions } = modules.storage;
      await attempts.hit('old', 1, 1);
      const broken = { ...sessions, purge: () => Promise.reject(new Error('stuck')) };
      const half = { ...modules, storage: { ...modules.storage, sessions: broken } };
      await assert.rejects(purge(half), AggregateError);
      assert.equal((await attempts.hit('old', 1, 1)).count, 1);
    });
  });
}
