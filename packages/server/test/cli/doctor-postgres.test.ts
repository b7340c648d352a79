/** What `doctor` says of a PostgreSQL on which an installation cannot work; `serve` refuses what it could not do without. */
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import pg from 'pg';
import { sharedPostgres } from '../support/postgres.ts';
import { Gatehouse } from './gatehouse.ts';

const ROLE = `doctor_${process.pid}`;
let gatehouse: Gatehouse;
let admin: pg.Client;
let url: URL;

before(async () => {
  url = new URL(await (await sharedPostgres()).createDatabase());
  admin = new pg.Client({ connectionString: url.href });
  await admin.connect();
  await admin.query(`create role ${ROLE} login password 'password'`);
  await admin.query(`grant all on schema public to ${ROLE}`);
  url.username = ROLE;
});
after(async () => {
  await admin.query(`drop owned by ${ROLE}`);
  await admin.query(`drop role ${ROLE}`);
  await admin.end();
});
beforeEach(() => {
  gatehouse = new Gatehouse();
  gatehouse.env['GATEHOUSE_DATABASE_URL'] = url.href;
});
afterEach(() => gatehouse.remove());

async function findings(): Promise<string> {
  const { stdout } = await gatehouse.run(['doctor']);
  return stdout
    .split('\n')
    .filter((line) => /^\w+ +(database|migrations) /.test(line))
    .map((line) => line.replaceAll(/ +/g, ' '))
    .join('\n');
}

test('a database that works is said to, with the processes that it has room for', async () => {
  await gatehouse.done(['migrate']);
  const said = await findings();
  assert.match(said, /^ok database PostgreSQL answers$/m);
  assert.match(said, /^ok database it leaves \d+ connections, .* enough for \d+ processes$/m);
  assert.doesNotMatch(said, /^(failed|warning)/m);
});

/** What is done to the role, how it is undone, and what is said. */
const FAULTS: Readonly<Record<string, readonly [string, string, RegExp]>> = {
  'only reads': [
    `alter role ${ROLE} set default_transaction_read_only = on`,
    `alter role ${ROLE} reset default_transaction_read_only`,
    /^failed database only reads/m,
  ],
  'gives no rights on a table': [
    `alter table outbox owner to postgres`,
    `alter table outbox owner to ${ROLE}`,
    /^failed database the role may not read and change the table outbox/m,
  ],
  'lets nobody make tables': [
    `revoke create on schema public from ${ROLE}`,
    `grant create on schema public to ${ROLE}`,
    /^failed database the role may make no tables/m,
  ],
  'leaves fewer connections than one process takes': [
    `alter role ${ROLE} connection limit 4`,
    `alter role ${ROLE} connection limit -1`,
    /^warning database it leaves 4 connections, and a process takes 10/m,
  ],
  'is not migrated': [
    `delete from kysely_migration where name = '0027-schema-versions'`,
    `insert into kysely_migration values ('0027-schema-versions', '')`,
    /^failed migrations pending: 0027-schema-versions/m,
  ],
};

for (const [fault, [break_, mend, said]] of Object.entries(FAULTS)) {
  test(`a database that ${fault}`, async () => {
    await admin.query(break_);
    try {
      assert.match(await findings(), said);
    } finally {
      await admin.query(mend);
    }
  });
}

test('a database of another encoding is refused by serve too', async () => {
  const name = `latin_${process.pid}`;
  await admin.query(`create database ${name} encoding 'LATIN1' template template0 locale 'C'`);
  gatehouse.env['GATEHOUSE_DATABASE_URL'] = Object.assign(new URL(url), { pathname: name }).href;
  const { code, stderr } = await gatehouse.run(['serve']);
  assert.equal(code, 1);
  assert.match(stderr, /has the encoding LATIN1 and needs UTF8/);
  assert.match(await findings(), /^failed database has the encoding LATIN1/m);
  await admin.query(`drop database ${name}`);
});

test('a database that is not there is refused at once', async () => {
  gatehouse.env['GATEHOUSE_DATABASE_URL'] = Object.assign(new URL(url), { pathname: 'none' }).href;
  const { code, stderr } = await gatehouse.run(['serve']);
  assert.equal(code, 1);
  assert.match(stderr, /database "none" does not exist/);
  assert.match(
    await findings(),
    /^failed database does not answer: database "none" does not exist/m,
  );
});
