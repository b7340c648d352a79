/** What PostgreSQL says when it cannot do something now: tried again where that helps, else put off, and never a fault of ours. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import pg from 'pg';
import { addToken } from '../operations/token.ts';
import { sharedPostgres } from '../support/postgres.ts';
import { startApp, type RunningApp } from '../support/running-app.ts';
import { createToken, PUT_OFF, readMe, unlimited } from './calls.ts';

let running: RunningApp;
let admin: pg.Client;
let token: string;

/** Writes of tokens fail as `told` says, so many times more: a sequence counts also what is rolled back. */
const FAILING = `
  create table told (code text, left_over int);
  insert into told values ('', 0);
  create sequence told_times;
  create function tell() returns trigger language plpgsql as $$
    declare t told;
    begin
      select * into t from told;
      if t.code <> '' and nextval('told_times') <= t.left_over then
        raise exception 'told to' using errcode = t.code;
      end if;
      return null;
    end $$;
  create constraint trigger at_commit after insert on users deferrable initially deferred
    for each row execute function tell();
  create trigger at_write after insert on developer_tokens for each row execute function tell();`;

const LOGIN = `login_${process.pid}`;

before(async () => {
  const url = new URL(await (await sharedPostgres()).createDatabase());
  admin = new pg.Client({ connectionString: url.href });
  await admin.connect();
  await admin.query(`create role ${LOGIN} login password 'password'`);
  await admin.query(`alter database ${url.pathname.slice(1)} owner to ${LOGIN}`);
  await admin.query(`grant all on schema public to ${LOGIN}`);
  url.username = LOGIN;
  running = await startApp({ change: unlimited, env: { GATEHOUSE_DATABASE_URL: url.href } });
  token = (await addToken(running.app)).value;
  await admin.query(FAILING);
  await admin.query(`grant all on told, told_times to ${LOGIN}`);
});
after(async () => {
  await running.stop();
  await admin.end();
});
beforeEach(async () => {
  await tell('', 0);
  running.app.readers.dropEverything();
});

async function tell(code: string, times: number): Promise<void> {
  await admin.query(`update told set code = $1, left_over = $2`, [code, times]);
  await admin.query(`alter sequence told_times restart`);
}

const create = () => createToken(running.base, token);

async function assertPutOff(): Promise<void> {
  const { status, reason, retryAfter } = await create();
  assert.deepEqual({ status, reason }, PUT_OFF);
  assert.ok(retryAfter > 0);
}

/** https://www.postgresql.org/docs/current/errcodes-appendix.html */
const PASSING: Readonly<Record<string, string>> = {
  '08006': 'connection_failure',
  '25006': 'read_only_sql_transaction',
  '25P03': 'idle_in_transaction_session_timeout',
  '40001': 'serialization_failure',
  '40P01': 'deadlock_detected',
  '53000': 'insufficient_resources',
  '53100': 'disk_full',
  '53200': 'out_of_memory',
  '53300': 'too_many_connections',
  '55P03': 'lock_not_available',
  '57014': 'query_canceled',
  '57P01': 'admin_shutdown',
  '57P02': 'crash_shutdown',
  '57P03': 'cannot_connect_now',
  '58030': 'io_error',
};

describe('a write that PostgreSQL refuses for now', () => {
  for (const [code, name] of Object.entries(PASSING)) {
    test(`with ${code} ${name} is put off, and works when that has passed`, async () => {
      await tell(code, 1_000);
      await assertPutOff();
      await tell('', 0);
      assert.equal((await create()).status, 201);
    });
  }

  for (const code of ['40001', '40P01']) {
    test(`with ${code} is tried again, also when the commit is what was refused`, async () => {
      await tell(code, 2);
      assert.equal((await create()).status, 201);
      await admin.query('alter sequence told_times restart');
      const visitor = running.visitor();
      await visitor.get('/sign-up');
      const email = `${code.toLowerCase()}@example.com`;
      const form = { name: 'Ada', email, password: 'copper lantern drifting north' };
      const page = await visitor.submit('/sign-up', form);
      assert.ok(page.status < 400, String(page.status));
      assert.notEqual(await running.app.storage.users.byEmail(email), null);
    });
  }
});

const readiness = async (): Promise<number> => (await fetch(`${running.base}/readyz`)).status;

describe('a database that refuses writes and can be read is not ready', () => {
  for (const code of ['53100', '58030', '25006']) {
    test(`after ${code}, until a write is tried and works`, async () => {
      await running.app.storage.keepRoom();
      assert.equal(await readiness(), 200);
      await tell(code, 1_000);
      await assertPutOff();
      assert.equal(await readiness(), 503);
      await tell('', 0);
      await running.app.storage.keepRoom();
      assert.equal(await readiness(), 200);
    });
  }

  test('for as long as what is tried fails too', async () => {
    const [begin, end] = STATES['only reads'] ?? [];
    await admin.query(`alter role ${LOGIN} ${begin}`);
    await endSessions();
    await assertPutOff();
    await assert.rejects(running.app.storage.keepRoom());
    assert.equal(await readiness(), 503);
    await admin.query(`alter role ${LOGIN} ${end}`);
    await endSessions();
    await running.app.storage.keepRoom();
    assert.equal(await readiness(), 200);
  });
});

const endSessions = () =>
  admin.query(`select pg_terminate_backend(pid) from pg_stat_activity where usename = '${LOGIN}'`);

test('sessions that an administrator ended are replaced, and nobody notices', async () => {
  await endSessions();
  assert.equal(await readMe(running.base, token), 200);
  assert.equal((await create()).status, 201);
});

/** What to do to PostgreSQL, and how it is undone. */
const STATES: Readonly<Record<string, readonly [string, string]>> = {
  'gives no connection': ['connection limit 0', 'connection limit -1'],
  'refuses the login': ['nologin', 'login'],
  'only reads': ['set default_transaction_read_only = on', 'reset default_transaction_read_only'],
};

for (const [state, [begin, end]] of Object.entries(STATES)) {
  test(`a server that ${state} puts writes off, and is used again by itself`, async () => {
    await admin.query(`alter role ${LOGIN} ${begin}`);
    await endSessions();
    await assertPutOff();
    await admin.query(`alter role ${LOGIN} ${end}`);
    assert.equal((await create()).status, 201);
  });
}
