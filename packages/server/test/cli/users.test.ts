import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { readConfig } from '../../src/config/read.ts';
import { openModules } from '../../src/compose/modules.ts';
import { Gatehouse, PASSWORD } from './gatehouse.ts';

const gatehouse = new Gatehouse();
after(() => gatehouse.remove());

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z$/;

/** The record of one user; tests assert on what they expect of it. */
async function record(email: string): Promise<Record<string, unknown>> {
  const found = await gatehouse.json(['user', 'list', '--search', email]);
  assert.ok(Array.isArray(found));
  assert.equal(found.length, 1);
  return found[0];
}

test('looking at users makes no installation', async () => {
  const { code, stdout, stderr } = await gatehouse.run(['user', 'list']);
  assert.deepEqual({ code, stdout }, { code: 1, stdout: '' });
  assert.match(stderr, /^gatehouse: there is no installation in .*data; "gatehouse serve"/);
});

test('a user is made with a password from standard input, and the first one runs the installation', async () => {
  const args = ['user', 'create', 'Ada@Example.com', '--name', 'Ada Example', '--json'];
  const { code, stdout, stderr } = await gatehouse.run(args, `${PASSWORD}\n`);
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
  const { id, account_id, inserted_at, updated_at, email_verified_at, ...rest } =
    JSON.parse(stdout);
  for (const uuid of [id, account_id]) assert.match(uuid, /^[0-9a-f-]{36}$/);
  for (const time of [inserted_at, updated_at, email_verified_at]) assert.match(time, TIME);
  assert.deepEqual(rest, {
    email: 'ada@example.com',
    name: 'Ada Example',
    state: 'active',
    role: 'owner',
    is_operator: true,
    has_password: true,
    suspended_at: null,
    deletion_due_at: null,
    first_login_at: null,
    last_seen: null,
  });
});

test('every user after the first is an operator only when told so', async () => {
  await gatehouse.user('grace@example.com');
  assert.equal((await record('grace@example.com'))['is_operator'], false);
  const args = ['user', 'create', 'joan@example.com', '--name', 'Joan', '--operator'];
  await gatehouse.done(args, PASSWORD);
  assert.equal((await record('joan@example.com'))['is_operator'], true);
});

test('a user is made without a password when told so, and gets one', async () => {
  const args = ['user', 'create', 'mary@example.com', '--name', 'Mary', '--no-password'];
  await gatehouse.done(args);
  assert.equal((await record('mary@example.com'))['has_password'], false);
  assert.match(
    await gatehouse.done(['user', 'list', '--search', 'mary@']),
    / none +[0-9a-f-]{36}\n/,
  );
  await gatehouse.done(['user', 'password', 'mary@example.com'], `${PASSWORD}\n`);
  assert.equal((await record('mary@example.com'))['has_password'], true);
});

test('what the portal refuses is refused, field by field, with 1', async () => {
  const create = (email: string, input: string) =>
    gatehouse.run(['user', 'create', email, '--name', 'Ada'], input);
  const wrong = await create('not an address', 'short\n');
  assert.deepEqual({ code: wrong.code, stdout: wrong.stdout }, { code: 1, stdout: '' });
  assert.match(wrong.stderr, /e-mail address: This is not an e-mail address\./);
  assert.match(wrong.stderr, /password: Use at least 10 characters\./);
  const again = await create('ada@example.com', PASSWORD);
  assert.equal(again.code, 1);
  assert.match(again.stderr, /There is a user with this address\./);
});

test('a password that is missing, or more than a line, is a mistake of use', async () => {
  for (const input of ['', '\n', `${PASSWORD}\n${PASSWORD}\n`, 'x'.repeat(70_000)]) {
    const args = ['user', 'create', 'new@example.com', '--name', 'New'];
    const { code, stdout, stderr } = await gatehouse.run(args, input);
    assert.deepEqual({ code, stdout }, { code: 2, stdout: '' });
    assert.equal(stderr, 'gatehouse: expected one line on standard input: the password\n');
  }
});

test('a role is given, taken away and given in the account of somebody else', async () => {
  const role = (...args: string[]) =>
    gatehouse.json(['user', 'role', 'grace@example.com', ...args]);
  const given = await role('viewer');
  const ada = await record('ada@example.com');
  assert.partialDeepStrictEqual(given, { email: 'grace@example.com', role: 'viewer' });
  assert.partialDeepStrictEqual(await role('member', '--account-of', 'ada@example.com'), {
    role: 'member',
    account_id: ada['account_id'],
  });
  assert.partialDeepStrictEqual(await role('none'), { role: null });
  assert.equal((await record('grace@example.com'))['role'], null);
  assert.match(await gatehouse.done(['user', 'role', 'grace@example.com', 'owner']), /owner/);
});

test('a user is suspended and resumed, by address or id', async () => {
  const { id } = await record('grace@example.com');
  assert.ok(typeof id === 'string');
  const suspended = await gatehouse.json(['user', 'suspend', 'Grace@example.com']);
  assert.partialDeepStrictEqual(suspended, { id, state: 'suspended' });
  assert.partialDeepStrictEqual(await gatehouse.json(['user', 'resume', id.toUpperCase()]), {
    state: 'active',
    suspended_at: null,
  });
});

test('what would come back is listed, and nothing changed until it is decided', async () => {
  const email = 'back@example.com';
  await gatehouse.user(email);
  await gatehouse.token(email);
  for (const [take, give] of [
    [
      ['user', 'suspend', email],
      ['user', 'resume', email],
    ],
    [
      ['user', 'role', email, 'none'],
      ['user', 'role', email, 'member'],
    ],
  ] as const) {
    await gatehouse.done(take);
    const { code, stdout, stderr } = await gatehouse.run(give);
    assert.deepEqual({ code, stdout }, { code: 1, stdout: '' });
    assert.match(
      stderr,
      /Nothing was changed\. Say --earlier end .*\n {2}token \w{12}, last used never: nightly export\n/,
    );
    await gatehouse.done([...give, '--earlier', 'keep']);
    const [token] = JSON.parse(await gatehouse.done(['token', 'list', '--user', email, '--json']));
    assert.equal(token.state, 'active');
  }
  await gatehouse.done(['user', 'suspend', email]);
  await gatehouse.done(['user', 'resume', email, '--earlier', 'end']);
  const [token] = JSON.parse(await gatehouse.done(['token', 'list', '--user', email, '--json']));
  assert.equal(token.state, 'revoked');
});

test('nobody is found under a wrong name, and a wrong role is a mistake of use', async () => {
  for (const [command, name] of [
    ['suspend', 'nobody@example.com'],
    ['suspend', '00000000-0000-4000-8000-000000000000'],
    ['resume', 'x\u001b[2J'],
  ] as const) {
    const { code, stdout, stderr } = await gatehouse.run(['user', command, name]);
    assert.deepEqual({ code, stdout }, { code: 1, stdout: '' });
    assert.equal(stderr, `gatehouse: there is no user ${name.replace('\u001b', '\ufffd')}\n`);
  }
  const absent = await gatehouse.run(['user', 'role', 'nobody@example.com', 'viewer']);
  assert.equal(absent.code, 1);
  const { code, stderr } = await gatehouse.run(['user', 'role', 'ada@example.com', 'king']);
  assert.equal(code, 2);
  assert.match(stderr, /Allowed choices are owner, admin, member, viewer, none/);
});

test('the table has a line for every user and shows no control character', async () => {
  const name = 'Eve\u001b]0;x\u0007\u202e\u009b1m';
  const args = ['user', 'create', 'evil@example.com', '--name'];
  const refused = await gatehouse.run([...args, name], PASSWORD);
  assert.match(refused.stderr, /--name: Leave out the control character U\+001B/);
  await gatehouse.done([...args, 'Eve'], PASSWORD);
  // As rows of before the rule are.
  const modules = await openModules({
    config: readConfig({ env: {}, directory: gatehouse.directory }),
  });
  const user = await modules.storage.users.byEmail('evil@example.com');
  await modules.storage.users.update(user?.id ?? '', { name });
  await modules.close();
  const stdout = await gatehouse.done(['user', 'list']);
  const lines = stdout.trimEnd().split('\n');
  assert.match(lines[0] ?? '', /^EMAIL +NAME +STATE +ROLE +OPERATOR +PASSWORD +ID$/);
  assert.equal(lines.length, 7);
  const unseen = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/;
  assert.doesNotMatch(stdout, unseen);
  const json = await gatehouse.done(['user', 'list', '--json']);
  assert.doesNotMatch(json, unseen);
  assert.ok(JSON.parse(json).some(({ name }: { name: string }) => name.endsWith('\u009b1m')));
});

test('every act is in the log as done by the command line', async () => {
  const config = readConfig({ env: {}, directory: gatehouse.directory });
  const modules = await openModules({ config });
  try {
    const { items } = await modules.storage.events.list({}, { page: 1, pageSize: 100 });
    const types = new Set(items.map(({ type }) => type));
    for (const type of ['user_created', 'operator_added', 'role_added', 'role_removed'] as const)
      assert.ok(types.has(type), type);
    for (const type of ['user_deactivated', 'user_reactivated'] as const)
      assert.ok(types.has(type));
    for (const event of items) {
      const { source, client, actorId, address } = event;
      const expected = { source: 'cli', client: `cli/${userInfo().username}` };
      assert.deepEqual(
        { source, client, actorId, address },
        { ...expected, actorId: null, address: null },
      );
    }
  } finally {
    await modules.close();
  }
});

test('an export goes to standard output, or into a new file for its owner alone', async () => {
  const { id } = await record('ada@example.com');
  const shown = JSON.parse(await gatehouse.done(['user', 'export', 'ada@example.com']));
  assert.partialDeepStrictEqual(shown, { format: 'gatehouse-person', version: 1 });
  assert.equal(shown.profile[0].id, id);
  assert.equal('password_hash' in shown.profile[0], false);
  const args = ['user', 'export', 'ada@example.com', '--output', 'ada.json'];
  const { code, stdout, stderr } = await gatehouse.run(args);
  assert.deepEqual({ code, stdout }, { code: 0, stdout: '' });
  const file = join(gatehouse.directory, 'ada.json');
  assert.equal(stderr.trim(), `written to ${file}`);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.equal(JSON.parse(readFileSync(file, 'utf8')).profile[0].id, id);
  const again = await gatehouse.run(args);
  assert.equal(again.code, 1);
  assert.match(again.stderr, /cannot be made/);
});

test('a user is deleted, kept and erased; the only operator is not', async () => {
  await gatehouse.user('leaver@example.com');
  const { id } = await record('leaver@example.com');
  assert.equal((await gatehouse.run(['user', 'delete', 'leaver@example.com'])).code, 2);
  const deleting = await gatehouse.json(['user', 'delete', 'leaver@example.com', '--yes']);
  assert.partialDeepStrictEqual(deleting, { id, state: 'deleting' });
  assert.partialDeepStrictEqual(await gatehouse.json(['user', 'keep', 'leaver@example.com']), {
    state: 'active',
    deletion_due_at: null,
  });
  assert.equal((await gatehouse.run(['user', 'keep', 'leaver@example.com'])).code, 1);
  const erased = await gatehouse.json(['user', 'delete', 'leaver@example.com', '--yes', '--now']);
  assert.partialDeepStrictEqual(erased, { id, state: 'erased', name: 'Erased person' });
  assert.equal((await gatehouse.run(['user', 'keep', String(id)])).code, 1);
  const found = await gatehouse.json(['user', 'list', '--search', 'leaver']);
  assert.deepEqual(found, []);
});
