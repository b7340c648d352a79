/**
 * Connections that are reset at random moments, on every route of the route table and on both databases. The seed is
 * told; `TEST_SEED` repeats a run.
 */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { setTimeout as delay } from 'node:timers/promises';
import { after, before, describe, test } from 'node:test';
import { sql } from 'kysely';
import type { Route } from '../../src/http/route.ts';
import { randomBytes } from '../../src/kit/random.ts';
import { mintCredential } from '../../src/oauth/tokens/format.ts';
import { openPostgres } from '../../src/storage/postgres.ts';
import { openSqlite } from '../../src/storage/sqlite.ts';
import { ENGINES } from '../storage/places.ts';
import { amount, randomOf, SEED, toldSeed } from '../support/chance.ts';
import { until } from '../support/until.ts';
import { FIELDS, GOOD } from './corpus.ts';
import { openHostileStage, type Credentials, type HostileStage } from './stage.ts';

const REQUESTS = amount(4000, { long: 100_000 });
const AT_ONCE = 100;
const LONGEST_MILLISECONDS = 12;

/** RSS says nothing here: the allocator and the page cache of SQLite keep what they were once given. */
const MOST_HEAP_GROWTH = 24 * 1024 * 1024;
const ROUNDS = 4;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Bytes that are reachable. */
function heapInUse(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

const FORM = FIELDS.map((name) => `${name}=${GOOD[name] ?? 'x'}`).join('&');

/** `too-long` announces more than ever comes; `broken-chunks` has a size that is no number. */
type Framing = 'length' | 'chunks' | 'too-long' | 'broken-chunks';

const FRAMINGS: readonly Framing[] = ['length', 'length', 'chunks', 'too-long', 'broken-chunks'];

function framed(body: string, framing: Framing): string {
  const size = Buffer.byteLength(body);
  if (framing === 'length') return `Content-Length: ${size}\r\n\r\n${body}`;
  if (framing === 'too-long') return `Content-Length: ${size + 100}\r\n\r\n${body}`;
  const [first, rest] = [body.slice(0, 7), body.slice(7)];
  const chunks = [first, rest].map((piece) => `${piece.length.toString(16)}\r\n${piece}\r\n`);
  const end = framing === 'chunks' ? '0\r\n\r\n' : 'zz\r\n';
  return `Transfer-Encoding: chunked\r\n\r\n${chunks.join('')}${end}`;
}

function bytesOf({ method, path }: Route, as: Credentials, framing: Framing): string {
  const target = path.replaceAll(/:\w+|\*$/g, () => as.id);
  const body = method === 'GET' || method === 'OPTIONS' ? '' : `csrf=${as.csrf}&${FORM}`;
  const type = body === '' ? '' : 'Content-Type: application/x-www-form-urlencoded\r\n';
  const head = as.headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  const end = framed(body, body === '' ? 'length' : framing);
  return `${method} ${target} HTTP/1.1\r\nHost: localhost\r\n${head}${type}${end}`;
}

/** Writes all or a part, waits a moment or not at all, and resets. */
function abort(port: number, bytes: string, random: () => number): Promise<void> {
  const cut = random() < 0.3 ? Math.floor(random() * bytes.length) : bytes.length;
  const wait = random() < 0.3 ? 0 : random() * LONGEST_MILLISECONDS;
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(bytes.slice(0, cut), 'latin1', () => {
        if (wait === 0) socket.resetAndDestroy();
        else setTimeout(() => socket.resetAndDestroy(), wait);
      });
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve());
  });
}

const unhandled: unknown[] = [];
process.on('unhandledRejection', (reason) => unhandled.push(reason));

/** A token of the right form that nobody was given: it is looked up in the database, whoever sends it. */
const unknownToken = (): Credentials => ({
  headers: [['Authorization', `Bearer ${mintCredential('gate', 'pat', randomBytes).value}`]],
  csrf: '',
  id: 'x',
});

for (const engine of ENGINES) {
  describe(engine, () => {
    let stage: HostileStage;
    before(async () => {
      stage = await openHostileStage(engine);
    });
    after(() => stage.stop());

    const connections = (): Promise<number> =>
      new Promise((resolve, reject) => {
        stage.running.app.server.server.getConnections((error, count) =>
          error ? reject(error) : resolve(count),
        );
      });

    async function addressless(): Promise<number> {
      const { dataDirectory, databaseUrl } = stage.running.app.config.storage;
      const database =
        databaseUrl === null ? await openSqlite(dataDirectory) : openPostgres(databaseUrl);
      try {
        const { rows } = await sql<{ count: number }>`
          select (select count(*) from events where source <> 'system' and address is null)
            + (select count(*) from developer_tokens
                where last_used_at is not null and last_used_address is null)
            + (select count(*) from attempts where key like '%undefined%') as count
        `.execute(database.read);
        return Number(rows[0]?.count);
      } finally {
        await database.close();
      }
    }

    test(`${REQUESTS} resets on every route leave nothing behind`, async (context) => {
      context.diagnostic(toldSeed);
      const { app, base } = stage.running;
      const port = Number(new URL(base).port);
      const random = randomOf(SEED);
      const callers = new Map<Route, Credentials>();
      for (const route of app.routes) callers.set(route, await stage.credentialsFor(route));
      const before = await addressless();
      let sent = 0;
      const work = async (upTo: number): Promise<void> => {
        while (sent < upTo) {
          const route = app.routes[sent % app.routes.length];
          sent += 1;
          const own = route === undefined ? undefined : callers.get(route);
          if (route === undefined || own === undefined) return;
          const isStranger = route.access.kind === 'bearer' && random() < 0.5;
          const framing = FRAMINGS[Math.floor(random() * FRAMINGS.length)] ?? 'length';
          const bytes = bytesOf(route, isStranger ? unknownToken() : own, framing);
          await abort(port, bytes, random);
        }
      };
      const heaps: number[] = [];
      for (let round = 1; round <= ROUNDS; round++) {
        const upTo = Math.round((REQUESTS * round) / ROUNDS);
        await Promise.all(Array.from({ length: AT_ONCE }, () => work(upTo)));
        await delay(500);
        await app.usage.flush();
        assert.deepEqual(stage.takeFailures(), []);
        heaps.push(heapInUse());
      }
      const megabytes = heaps.map((bytes) => (bytes / 2 ** 20).toFixed(1));
      context.diagnostic(`heap in use after each round: ${megabytes.join(', ')} MB`);
      // The first round fills caches and compiles code.
      const growth = (heaps.at(-1) ?? 0) - (heaps[0] ?? 0);
      assert.ok(growth < MOST_HEAP_GROWTH, `the heap grew: ${megabytes.join(', ')} MB`);
      assert.equal(await addressless(), before, 'an event, a use or an attempt has no address');
      await stage.assertHealthy();
      assert.deepEqual(unhandled.splice(0), [], 'a promise without an owner failed');
      assert.equal(app.counts.dropped.of('token-use'), 0);
      await until(async () => (await connections()) < 5, 'the end of the connections');
    });
  });
}
