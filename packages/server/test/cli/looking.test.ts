import assert from 'node:assert/strict';
import { chmodSync, existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, test } from 'node:test';
import { parse } from 'yaml';
import { openPostOffice } from '../mail/post-office.ts';
import { freePort } from '../support/free-port.ts';
import { Gatehouse } from './gatehouse.ts';

let gatehouse: Gatehouse;
beforeEach(() => {
  gatehouse = new Gatehouse();
});
afterEach(() => gatehouse.remove());

const inData = (name: string): string => join(gatehouse.directory, 'data', name);

interface Finding {
  readonly check: string;
  readonly state: string;
  readonly message: string;
}

/** What is not ok, and the exit code. */
async function troubles(): Promise<{ code: number | null; found: readonly Finding[] }> {
  // Somebody else may serve on the usual port.
  gatehouse.env['GATEHOUSE_PORT'] ??= String(await freePort());
  const { code, stdout, stderr } = await gatehouse.run(['doctor', '--json']);
  assert.equal(stderr, '');
  const findings: readonly Finding[] = JSON.parse(stdout);
  for (const finding of findings) {
    assert.deepEqual(Object.keys(finding), ['check', 'state', 'message']);
  }
  return { code, found: findings.filter(({ state }) => state !== 'ok') };
}

test('config prints what is in effect, with masks for secrets, and makes nothing', async () => {
  gatehouse.env['GATEHOUSE_DATABASE_URL'] =
    'postgres://gate:hush@db.example.com/gate?password=hush';
  gatehouse.env['GATEHOUSE_MASTER_SECRET'] = 'ab'.repeat(32);
  gatehouse.env['GATEHOUSE_BRAND_NAME'] = 'Acme';
  const described = await gatehouse.json(['config']);
  const text = await gatehouse.done(['config']);
  assert.deepEqual(parse(text), described);
  assert.partialDeepStrictEqual(described, {
    brand: { name: 'Acme' },
    server: { port: 4000 },
    storage: { database_url: 'postgres://gate:********@db.example.com/gate?********' },
    master_secret: '********',
  });
  assert.doesNotMatch(text, /hush|abab/);
  assert.ok(!existsSync(join(gatehouse.directory, 'data')));
});

test('config refuses a file that is absent or wrong with 2', async () => {
  const absent = await gatehouse.run(['config', '--config', 'absent.yaml']);
  assert.deepEqual(absent, {
    code: 2,
    stdout: '',
    stderr: 'absent.yaml: cannot be read (ENOENT)\n',
  });
  gatehouse.write('gatehouse.yaml', 'brand: [\n');
  const wrong = await gatehouse.run(['config']);
  assert.equal(wrong.code, 2);
  assert.match(wrong.stderr, /^gatehouse\.yaml:\d+:\d+ /);
});

test('migrate brings a new database to this version once', async () => {
  const first = await gatehouse.json(['migrate']);
  assert.ok(typeof first === 'object' && first !== null && 'applied' in first);
  assert.ok(Array.isArray(first.applied) && first.applied[0] === '0001-foundation');
  assert.deepEqual(await gatehouse.json(['migrate']), { applied: [] });
  assert.equal(await gatehouse.done(['migrate']), 'nothing to apply\n');
  assert.ok(!existsSync(inData('master-secret')));
});

test('an unexpected failure is one line, and --debug says where it happened', async () => {
  await gatehouse.done(['migrate']);
  for (const suffix of ['', '-wal', '-shm'])
    rmSync(inData(`gatehouse.db${suffix}`), { force: true });
  gatehouse.write('data/gatehouse.db', 'this is no database, however long it is'.repeat(100));
  chmodSync(inData('gatehouse.db'), 0o600);
  const { code, stdout, stderr } = await gatehouse.run(['migrate']);
  assert.deepEqual({ code, stdout }, { code: 1, stdout: '' });
  assert.equal(stderr, 'gatehouse: file is not a database\n');
  const debugged = await gatehouse.run(['migrate', '--debug']);
  assert.match(debugged.stderr, /^gatehouse: file is not a database\n[^]*\n +at /);
});

test('doctor finds nothing wrong before the first start and makes nothing', async () => {
  const { code, stdout, stderr } = await gatehouse.run(['doctor']);
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
  assert.match(stdout, /^ok +configuration +every setting is understood$/m);
  assert.match(stdout, /^ok +master secret +the first start makes .*master-secret$/m);
  assert.ok(!existsSync(join(gatehouse.directory, 'data')));
});

test('doctor finds nothing wrong while the server runs, and asks it', async () => {
  const { base } = await gatehouse.serve();
  gatehouse.env['GATEHOUSE_PORT'] = new URL(base).port;
  const { code, stdout } = await gatehouse.run(['doctor']);
  assert.equal(code, 0);
  assert.doesNotMatch(stdout, /^(warning|failed)/m, stdout);
  assert.match(stdout, new RegExp(`^ok +base URL +${base} answers$`, 'm'));
  assert.match(stdout, /^ok +migrations +none pending$/m);
});

test('doctor tells a reserve that nobody has made from one that is used up', async () => {
  const disk = async (): Promise<string | undefined> =>
    /^\w+ +disk +.*$/m.exec(await gatehouse.done(['doctor']))?.[0];
  await gatehouse.done(['migrate']);
  assert.match(String(await disk()), /^ok .*no reserve yet; the server makes one when it starts$/);
  gatehouse.write('data/reserve', '');
  chmodSync(inData('reserve'), 0o600);
  assert.match(String(await disk()), /^warning .*was full, and the reserve is used up/);
});

test('doctor tells mistakes of the configuration and ends with 2', async () => {
  gatehouse.write('gatehouse.yaml', 'server:\n  port: many\n  hots: x\n');
  const { code, found } = await troubles();
  assert.equal(code, 2);
  assert.deepEqual(
    found.map(({ check, state }) => [check, state]),
    [
      ['configuration', 'failed'],
      ['configuration', 'failed'],
    ],
  );
});

test('doctor warns of what others may read, and of settings seldom meant', async () => {
  await gatehouse.user('ada@example.com');
  chmodSync(join(gatehouse.directory, 'data'), 0o755);
  gatehouse.env['GATEHOUSE_BASE_URL'] = 'http://127.0.0.1:9';
  gatehouse.env['GATEHOUSE_HOST'] = '0.0.0.0';
  const { code, found } = await troubles();
  assert.equal(code, 0);
  const told = found.map(({ check, state }) => `${check} ${state}`);
  assert.deepEqual(told, [
    'configuration warning',
    'configuration warning',
    'data directory warning',
  ]);
});

test('doctor fails on a master secret that others may read, and warns when it is gone', async () => {
  await gatehouse.user('ada@example.com');
  chmodSync(inData('master-secret'), 0o644);
  const open = await troubles();
  assert.equal(open.code, 1);
  assert.deepEqual(
    open.found.map(({ check }) => check),
    ['master secret'],
  );
  assert.match(open.found[0]?.message ?? '', /found mode 0644/);
  rmSync(inData('master-secret'));
  const gone = await troubles();
  assert.equal(gone.code, 0);
  assert.match(gone.found[0]?.message ?? '', /is missing beside a database/);
});

test('doctor fails on pending migrations, an unusable database and a data directory that is none', async () => {
  await gatehouse.done(['migrate']);
  const database = new DatabaseSync(inData('gatehouse.db'));
  database.exec("delete from kysely_migration where name = '0001-foundation'");
  database.close();
  const pending = await troubles();
  assert.equal(pending.code, 1);
  assert.match(pending.found.map(({ message }) => message).join('\n'), /pending: 0001-foundation;/);
  gatehouse.env['GATEHOUSE_DATABASE_URL'] = 'postgres://gate:hush@127.0.0.1:9/gate';
  const silent = await troubles();
  assert.equal(silent.code, 1);
  const refusal = silent.found.find(({ state }) => state === 'failed');
  assert.equal(refusal?.check, 'database');
  assert.match(refusal.message, /does not answer: connect ECONNREFUSED/);
  delete gatehouse.env['GATEHOUSE_DATABASE_URL'];
  gatehouse.env['GATEHOUSE_DATA_DIRECTORY'] = 'data/gatehouse.db';
  const file = await troubles();
  assert.equal(file.code, 1);
  assert.match(file.found[0]?.message ?? '', /gatehouse\.db is not a directory/);
});

test('doctor notices a clock that was set back', async () => {
  await gatehouse.user('ada@example.com');
  const database = new DatabaseSync(inData('gatehouse.db'));
  database.exec('update events set created_at = created_at + 3600');
  database.close();
  const { code, found } = await troubles();
  assert.equal(code, 1);
  assert.deepEqual(
    found.map(({ check }) => check),
    ['clock'],
  );
  assert.match(found[0]?.message ?? '', /3[56]\d\d seconds in the future/);
});

test('doctor knocks at the SMTP server without sending anything', async (t) => {
  const office = await openPostOffice();
  t.after(() => office.close());
  gatehouse.env['GATEHOUSE_SMTP_URL'] = office.url;
  gatehouse.env['GATEHOUSE_MAIL_FROM'] = 'gate@example.com';
  assert.deepEqual(await troubles(), { code: 0, found: [] });
  assert.equal(office.received.length, 0);
  await office.close();
  gatehouse.env['GATEHOUSE_SMTP_URL'] = office.url.replace('//', '//ada:hush@');
  const { code, found } = await troubles();
  assert.equal(code, 1);
  assert.deepEqual(
    found.map(({ check }) => check),
    ['mail'],
  );
  assert.doesNotMatch(found[0]?.message ?? '', /hush/);
});
