/** The role's `search_path` decides nothing: what others planted in front is neither read nor called. */
import assert from 'node:assert/strict';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { test } from 'node:test';
import pg from 'pg';
import { systemClock } from '../../src/kit/clock.ts';
import { openStorage } from '../../src/storage/storage.ts';
import { addToken } from '../operations/token.ts';
import { sharedPostgres } from '../support/postgres.ts';
import { startApp } from '../support/running-app.ts';

let roles = 0;

/** A database and a role of its own, before whose tables and functions a stranger's stand. */
async function hostileDatabase(searchPath: string): Promise<string> {
  const url = new URL(await (await sharedPostgres()).createDatabase());
  const role = `victim_${(roles += 1)}`;
  await asAdmin(url.href, [
    `create role ${role} login password 'password'`,
    `grant create on schema public to ${role}`,
    'create schema planted',
    `grant usage on schema planted to ${role}`,
    ...['users', 'outbox', 'events', 'kysely_migration', 'kysely_migration_lock'].map(
      (table) => `create table planted.${table} (id text primary key, name text, stolen text)`,
    ),
    `grant all on all tables in schema planted to ${role}`,
    ...PLANTED_FUNCTIONS,
    `alter role ${role} in database ${url.pathname.slice(1)} set search_path = ${searchPath}`,
  ]);
  url.username = role;
  return url.href;
}

const RAISES =
  "language plpgsql as $$ begin raise exception 'a planted function was called'; end $$";
const PLANTED_FUNCTIONS = [
  ...['lower', 'trim', 'btrim', 'length'].map(
    (name) => `create function planted.${name}(text) returns text ${RAISES}`,
  ),
  `create function planted.replace(text, text, text) returns text ${RAISES}`,
  `create function planted.same(text, text) returns boolean ${RAISES}`,
  'create operator planted.= (leftarg = text, rightarg = text, function = planted.same)',
  `create function planted.plus(bigint, integer) returns bigint ${RAISES}`,
  'create operator planted.+ (leftarg = bigint, rightarg = integer, function = planted.plus)',
];

async function asAdmin(url: string, statements: readonly string[]): Promise<pg.QueryResult> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    let last: pg.QueryResult | undefined;
    for (const statement of statements) last = await client.query(statement);
    assert.ok(last);
    return last;
  } finally {
    await client.end();
  }
}

for (const searchPath of [
  'planted, public',
  'planted, pg_catalog, public',
  'planted',
  '"$user", planted, public',
]) {
  test(`a server works in its own schema although the role looks into ${searchPath}`, async () => {
    const url = await hostileDatabase(searchPath);
    const running = await startApp({ env: { GATEHOUSE_DATABASE_URL: url } });
    try {
      const token = await addToken(running.app);
      const authorization = `Bearer ${token.value}`;
      const answer = await fetch(`${running.base}/v2/me`, { headers: { authorization } });
      assert.equal(answer.status, 200);
      assert.doesNotMatch(running.log.join(''), /planted/);
    } finally {
      await running.stop();
    }
    const left = await asAdmin(url, [
      'select (select count(*) from planted.users) + (select count(*) from planted.kysely_migration) as count',
    ]);
    assert.equal(Number(left.rows[0].count), 0);
  });
}

test('a schema that is set is used, and one that is absent is named', async (t) => {
  const databaseUrl = await (await sharedPostgres()).createDatabase();
  const place = {
    dataDirectory: '',
    databaseUrl,
    databaseSchema: 'Gate',
    clock: systemClock,
  };
  const storage = await openStorage(place);
  t.after(() => storage.close());
  await assert.rejects(storage.migrate(), /no schema Gate, .*create schema "Gate"/);
  await asAdmin(databaseUrl, ['create schema "Gate"']);
  assert.notDeepEqual(await storage.migrate(), []);
  const { rows } = await asAdmin(databaseUrl, [
    "select distinct schemaname from pg_tables where tablename in ('users', 'kysely_migration')",
  ]);
  assert.deepEqual(rows, [{ schemaname: 'Gate' }]);
});

/** Tells clients of another process than the one that serves them, as every pooler does. */
async function openPooler(target: URL) {
  const sockets: Socket[] = [];
  const server = createServer((from) => {
    const to = connect(Number(target.port), target.hostname);
    sockets.push(from, to);
    for (const socket of [from, to]) socket.on('error', () => undefined);
    from.pipe(to);
    to.on('data', (chunk: Buffer) => {
      // BackendKeyData: 'K', a length of 12, the process, a key.
      const at = chunk.indexOf(Buffer.from([0x4b, 0, 0, 0, 12]));
      if (at >= 0) chunk.writeInt32BE(1, at + 5);
      from.write(chunk);
    });
    to.on('close', () => from.destroy());
    from.on('close', () => to.destroy());
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const url = new URL(target);
  url.port = String((server.address() as AddressInfo).port);
  const close = (): void => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  return { url: url.href, close };
}

test('behind a pooler, on whose connections nothing stays set, a role that looks elsewhere first is refused in words', async (t) => {
  for (const [searchPath, isSafe] of [
    ['public', true],
    ['"$user", public', true],
    ['planted, public', false],
    ['public, planted, pg_catalog', false],
  ] as const) {
    const pooler = await openPooler(new URL(await hostileDatabase(searchPath)));
    const place = { dataDirectory: '', databaseUrl: pooler.url, clock: systemClock };
    const storage = await openStorage(place);
    t.after(async () => {
      await storage.close();
      pooler.close();
    });
    if (isSafe) assert.notDeepEqual(await storage.migrate(), []);
    else {
      const said = /alter role "victim_\d+" in database "gatehouse_\w+" set search_path = "public"/;
      await assert.rejects(storage.migrate(), said);
      await assert.rejects(storage.pendingMigrations(), said, 'doctor asks the same');
    }
  }
});
