/** What is remembered of clients is never older than a change that this process made. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createClientDirectory } from '../../src/apps/directory.ts';
import type { ClientStore } from '../../src/oauth/ports.ts';
import type { RegisteredClient } from '../../src/oauth/vocabulary.ts';

const client = (secretId: string): RegisteredClient => ({
  // The directory looks at nothing in it.
  client: {} as RegisteredClient['client'],
  secrets: [{ id: secretId, hash: new Uint8Array(32) }],
});

/** A store whose reads end when the test says so. */
function slowStore() {
  const waiting: ((found: RegisteredClient | null) => void)[] = [];
  let reads = 0;
  const store: ClientStore = {
    byId() {
      reads += 1;
      return new Promise((resolve) => waiting.push(resolve));
    },
  };
  const answer = (found: RegisteredClient | null): void => waiting.shift()?.(found);
  return { store, answer, reads: () => reads };
}

test('a read that began before a change is not remembered after it', async () => {
  const { store, answer, reads } = slowStore();
  const directory = createClientDirectory(store, () => 0);
  const early = directory.byId('x');
  directory.reader.onAnything();
  answer(client('revoked'));
  assert.equal((await early)?.secrets[0]?.id, 'revoked');
  const late = directory.byId('x');
  assert.equal(reads(), 2);
  answer(client('new'));
  assert.equal((await late)?.secrets[0]?.id, 'new');
  assert.equal((await directory.byId('x'))?.secrets[0]?.id, 'new');
  assert.equal(reads(), 2);
});

test('it is forgotten within a second, counted from the start of the read', async () => {
  const { store, answer, reads } = slowStore();
  let now = 0;
  const directory = createClientDirectory(store, () => now);
  const first = directory.byId('x');
  now = 700;
  answer(client('one'));
  await first;
  now = 799;
  await directory.byId('x');
  assert.equal(reads(), 1);
  now = 800;
  const second = directory.byId('x');
  assert.equal(reads(), 2);
  answer(client('two'));
  assert.equal((await second)?.secrets[0]?.id, 'two');
});

test('ids that nobody has are not remembered', async () => {
  const { store, answer, reads } = slowStore();
  const directory = createClientDirectory(store, () => 0);
  for (const id of ['x', 'x', 'y']) {
    const asked = directory.byId(id);
    answer(null);
    assert.equal(await asked, null);
  }
  assert.equal(reads(), 3);
});
