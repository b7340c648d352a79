/** A newer version beside this one has added a column: statements that were prepared before go on reading what they name. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { DatabaseSync } from 'node:sqlite';
import { databaseFile } from '../../src/storage/database-file.ts';
import { openStorage } from '../../src/storage/storage.ts';
import { addConnected } from './oauth-records.ts';
import { NOW } from './places.ts';

test('a statement that was prepared before a column was added reads every column by its name', async () => {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'gatehouse-columns-'));
  const storage = await openStorage({ dataDirectory, databaseUrl: null, clock: () => NOW });
  await storage.migrate();
  const { grant, family } = await addConnected(storage);
  const before = await storage.families.standing(family.id);
  const newer = new DatabaseSync(databaseFile(dataDirectory));
  newer.exec('alter table token_families add column colour text');
  assert.deepEqual(await storage.families.standing(family.id), before);
  await storage.grants.revoke(grant.id, NOW + 5);
  const after = await storage.families.standing(family.id);
  assert.equal(after?.grantRevokedAt, NOW + 5);
  assert.equal(after?.role, 'owner');
  newer.close();
  await storage.close();
  await rm(dataDirectory, { recursive: true });
});

test('a rotation by an older version, which leaves the columns of repeats as they are, is not taken for the one they are about', async () => {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'gatehouse-columns-'));
  const storage = await openStorage({ dataDirectory, databaseUrl: null, clock: () => NOW });
  await storage.migrate();
  const { family } = await addConnected(storage);
  const bytes = (length: number): Uint8Array => new Uint8Array(length);
  const rotation = {
    from: family.refreshHash ?? bytes(32),
    scopes: family.scopes,
    to: bytes(32),
    salt: bytes(16),
    marks: { network: bytes(32), agent: bytes(32) },
    accessTokenId: family.accessTokenId,
    generation: 2,
    refreshExpiresAt: NOW + 2000,
  };
  assert.equal(await storage.families.rotate(family.id, rotation, NOW), true);
  const read = async () => (await storage.families.standing(family.id))?.family;
  assert.deepEqual((await read())?.rotation?.marks, rotation.marks);
  const older = new DatabaseSync(databaseFile(dataDirectory));
  older.exec('update token_families set generation = 3');
  const rotated = await read();
  assert.equal(rotated?.generation, 3);
  assert.equal(rotated?.rotation, null);
  older.close();
  await storage.close();
  await rm(dataDirectory, { recursive: true });
});
