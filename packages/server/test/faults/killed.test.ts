/** A server that is ended without warning, again and again, while tokens are being made. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { openStorage, type Storage } from '../../src/storage/storage.ts';
import { makeToken } from '../operations/token.ts';
import { amount, randomOf, SEED, toldSeed } from '../support/chance.ts';
import { sharedPostgres } from '../support/postgres.ts';
import { until } from '../support/until.ts';
import { newInstallation, type Installation, type LoadedServer } from './server-processes.ts';

const random = randomOf(SEED);
const CLIENTS = 8;
const YAML = 'tokens:\n  most_per_user: 10000\n';

interface Made {
  readonly id: string;
  readonly value: string;
}

/** Makes tokens, one after the other, until the server is gone. */
async function makeTokens(base: string, maker: string, acknowledged: Made[]): Promise<void> {
  const headers = { authorization: `Bearer ${maker}`, 'content-type': 'application/json' };
  const body = JSON.stringify({ description: 'x', scopes: ['asset.read'], expires_in: null });
  for (;;) {
    try {
      const answer = await fetch(`${base}/v2/tokens`, { method: 'POST', headers, body });
      const text = await answer.text();
      assert.equal(answer.status, 201, text);
      const { id, token } = JSON.parse(text) as { id: string; token: string };
      acknowledged.push({ id, value: token });
    } catch (error) {
      // `fetch` says so when the connection breaks.
      if (error instanceof TypeError) return;
      throw error;
    }
  }
}

async function assertWork(base: string, tokens: readonly Made[]): Promise<void> {
  const statuses = await Promise.all(
    tokens.map(async ({ value }) => {
      const headers = { authorization: `Bearer ${value}` };
      return (await fetch(`${base}/v2/me`, { headers })).status;
    }),
  );
  assert.deepEqual(
    statuses.filter((status) => status !== 200),
    [],
  );
}

/** The ids that tokens, events and messages speak of: the same ones, or something was half made. */
async function idsIn(storage: Storage) {
  const all = { page: 1, pageSize: 100_000 };
  const tokens = (await storage.tokens.list({}, all)).items;
  const events = (await storage.events.list({}, all)).items;
  const mails = (await storage.outbox.list('all', all)).items.map(({ notice }) => notice);
  return {
    tokens: tokens.map(({ id }) => id).sort(),
    events: events
      .filter(({ type }) => type === 'user_token_created')
      .map(({ resourceId }) => resourceId ?? '')
      .sort(),
    mails: mails
      .flatMap((notice) => (notice.kind === 'token-created' ? [notice.tokenId] : []))
      .sort(),
  };
}

async function killOften(installation: Installation, kills: number): Promise<void> {
  const { base, config } = installation;
  const maker = await makeToken(config);
  const acknowledged: Made[] = [];
  let fresh: Made[] = [];
  let next: LoadedServer = installation.load();
  try {
    for (let kill = 0; kill < kills; kill++) {
      const server = next;
      await server.open();
      next = installation.load();
      await assertWork(base, fresh);
      fresh = [];
      const clients = Array.from({ length: CLIENTS }, () => makeTokens(base, maker.value, fresh));
      const made = fresh;
      // More than one, or the last check of this test says nothing.
      await until(() => made.length > 1, 'a token that was made');
      await delay(random() * 40);
      await server.kill();
      await Promise.all(clients);
      acknowledged.push(...fresh);
    }
    await next.open();
    await assertWork(base, acknowledged.slice(-500));
  } finally {
    await next.kill();
  }
  const { dataDirectory, databaseUrl } = config.storage;
  const storage = await openStorage({ dataDirectory, databaseUrl, clock: () => 0 });
  const ids = await idsIn(storage);
  await storage.close();
  assert.ok(acknowledged.length > kills, `only ${acknowledged.length} tokens were made`);
  assert.deepEqual(ids.events, ids.tokens);
  assert.deepEqual(ids.mails, ids.tokens);
  const kept = new Set(ids.tokens);
  assert.deepEqual(
    acknowledged.filter(({ id }) => !kept.has(id)),
    [],
  );
}

describe('a server killed while it makes tokens keeps what it acknowledged and nothing by halves', () => {
  test('on SQLite', async (context) => {
    context.diagnostic(toldSeed);
    const installation = await newInstallation(YAML);
    try {
      await killOften(installation, amount(4, { long: 200 }));
    } finally {
      await installation.remove();
    }
  });

  test('on PostgreSQL', async () => {
    const GATEHOUSE_DATABASE_URL = await (await sharedPostgres()).createMigrated();
    const installation = await newInstallation(YAML, { GATEHOUSE_DATABASE_URL });
    try {
      await killOften(installation, amount(2, { long: 20 }));
    } finally {
      await installation.remove();
    }
  });
});
