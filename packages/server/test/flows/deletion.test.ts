import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { sql } from 'kysely';
import type { User } from '../../src/identity/types.ts';
import { openModules } from '../../src/compose/modules.ts';
import { openPostgres } from '../../src/storage/postgres.ts';
import { openSqlite } from '../../src/storage/sqlite.ts';
import { readSchema } from '../storage/real-schema.ts';
import { exchange, registerApp } from '../support/oauth.ts';
import {
  linkTo,
  newestMail,
  PASSWORD,
  signUp,
  startApp,
  type RunningApp,
} from '../support/running-app.ts';
import { sharedPostgres } from '../support/postgres.ts';
import type { WebVisitor } from '../support/visitor.ts';
import { until } from '../support/until.ts';
import { FIRST } from '../support/first-resource.ts';

const cli = { source: 'cli', client: 'cli/test', address: null, actorId: null } as const;
const DAY = 86_400;
const ADDRESS = '203.0.113.77';
const AGENT = 'Unmistakable-Agent/7';

for (const engine of ['sqlite', 'postgres'] as const) {
  describe(engine, () => {
    let running: RunningApp;
    const time = { now: 1_790_000_000 };
    before(async () => {
      const databaseUrl =
        engine === 'sqlite' ? null : await (await sharedPostgres()).createMigrated();
      running = await startApp({
        clock: () => time.now,
        change: (config) => ({ ...config, storage: { ...config.storage, databaseUrl } }),
      });
      await signUp(running, 'boss@example.com');
    });
    after(() => running.stop());

    const userOf = async (email: string): Promise<User> => {
      const user = await running.app.storage.users.byEmail(email);
      assert.ok(user, email);
      return user;
    };
    const byId = async ({ id }: User): Promise<User> => {
      const user = await running.app.storage.users.byId(id);
      assert.ok(user);
      return user;
    };
    const statusOf = async (token: string, agent = 'Test/1.0'): Promise<number> => {
      const headers = { authorization: `Bearer ${token}`, 'user-agent': agent };
      return (await fetch(`${running.base}/v2/me`, { headers })).status;
    };
    const signIn = async (email: string): Promise<WebVisitor> => {
      const visitor = running.visitor();
      await visitor.get('/sign-in');
      await visitor.submit('/sign-in', { email, password: PASSWORD });
      return visitor;
    };
    const heldOf = async (email: string, address: string | null = null) => {
      const visitor = await signUp(running, email);
      const user = await userOf(email);
      const made = await running.app.tokens.create(
        {
          description: `Typed by ${email}`,
          scopes: ['asset.read'],
          lifeSeconds: null,
          accountId: user.accountId,
          creationKey: email,
        },
        { user, origin: { ...cli, address }, ceiling: null },
      );
      assert.equal(made.outcome, 'created');
      const token = made.outcome === 'created' ? made.value : '';
      const registered = await registerApp(running.app, user, { name: `App of ${email}` });
      const { json } = await exchange(
        { base: running.base, modules: running.app },
        { user, registered },
      );
      return { visitor, user, token, access: String(json.access_token), registered };
    };
    const typesOf = async ({ id: userId }: User): Promise<readonly string[]> => {
      const page = { page: 1, pageSize: 100 };
      return (await running.app.storage.events.list({ userId }, page)).items.map(
        ({ type }) => type,
      );
    };

    async function dump(): Promise<string> {
      const { databaseUrl, dataDirectory } = running.app.config.storage;
      const database =
        databaseUrl === null ? await openSqlite(dataDirectory) : openPostgres(databaseUrl);
      let text = '';
      for (const table of Object.keys(await readSchema(database.read, engine))) {
        const { rows } = await sql`select * from ${sql.table(table)}`.execute(database.read);
        text += rows.map((row) => `${table} ${JSON.stringify(row)}\n`).join('');
      }
      await database.close();
      return text;
    }

    test('a person deletes their account, is refused everywhere at once, and keeps it by signing in', async () => {
      const { visitor, user, token, access } = await heldOf('leaver@example.com');
      for (const value of [token, access]) assert.equal(await statusOf(value), 200);
      const question = await visitor.get('/account/delete');
      assert.match(question.text, /App of leaver@example\.com/);
      assert.match(question.text, /after 14 days/);
      const wrong = await visitor.submit('/account/delete', { confirm_email: 'else@example.com' });
      assert.equal(wrong.status, 422);
      const page = await visitor.submit('/account/delete', { confirm_email: 'leaver@example.com' });
      assert.match(page.text, /Your account will be deleted/);
      for (const value of [token, access]) assert.equal(await statusOf(value), 401);
      assert.match((await visitor.get('/account')).url, /\/sign-in/);
      const { text } = await newestMail(running, 'leaver@example.com');
      assert.match(text, /will be erased|erased after/);

      const back = await signIn('leaver@example.com');
      assert.match(back.page?.text ?? '', /Keep your account\?/);
      assert.equal(back.cookies.has('gatehouse_session'), false);
      const kept = await back.submit('/keep-account');
      assert.match(kept.text, /Your account is kept/);
      assert.equal(await statusOf(token), 200);
      assert.equal((await byId(user)).suspendedAt, null);
      const again = await back.post('/keep-account', { proof: 'x' });
      assert.equal(again.status, 410);
      assert.deepEqual((await typesOf(user)).slice(0, 2), [
        'user_deletion_cancelled',
        'user_deletion_requested',
      ]);
    });

    test('the link in the message keeps the account until the grace period is over, once', async () => {
      const { user } = await heldOf('link@example.com');
      const origin = { ...cli, source: 'portal', actorId: user.id } as const;
      const request = { userId: user.id, heirId: null, isNow: false, origin };
      await running.app.accounts.requestDeletion(request);
      const link = new URL(await linkTo(running, 'link@example.com', '/keep-account'));
      const reader = running.visitor();
      await reader.get(link.pathname + link.search);
      assert.notEqual((await byId(user)).deletionDueAt, null, 'looking changes nothing');
      await reader.submit('/keep-account');
      assert.equal((await byId(user)).deletionDueAt, null);
      assert.equal((await reader.get(link.pathname + link.search)).status, 410);
      await running.app.accounts.requestDeletion(request);
      assert.equal(
        (await reader.get(link.pathname + link.search)).status,
        410,
        'of the request before',
      );
      await running.app.accounts.cancelDeletion({ userId: user.id, origin: cli });
    });

    test('what an operator began, only an operator takes back; a suspension before it stays', async () => {
      const { user } = await heldOf('fired@example.com');
      const boss = await signIn('boss@example.com');
      await boss.get(`/admin/people/${user.id}/delete`);
      await boss.submit(`/admin/people/${user.id}/delete`, { confirm_email: 'fired@example.com' });
      assert.match(boss.page?.text ?? '', /Being deleted/);
      const fired = await signIn('fired@example.com');
      assert.match(fired.page?.text ?? '', /is not right/);
      const { text } = await newestMail(running, 'fired@example.com');
      assert.doesNotMatch(text, /keep-account/);
      await running.app.accounts.setSuspended({ userId: user.id, isSuspended: true, origin: cli });
      await boss.get(`/admin/people/${user.id}`);
      await boss.submit(`/admin/people/${user.id}/keep`);
      const kept = await byId(user);
      assert.equal(kept.deletionDueAt, null);
      assert.notEqual(kept.suspendedAt, null);
      assert.match((await signIn('fired@example.com')).page?.text ?? '', /is not right/);
    });

    test('the last operator is not deleted', async () => {
      const user = await userOf('boss@example.com');
      const boss = await signIn('boss@example.com');
      await boss.get('/account/delete');
      const page = await boss.submit('/account/delete', { confirm_email: 'boss@example.com' });
      assert.equal(page.status, 422);
      assert.match(page.text, /Make somebody else an operator first/);
      const request = { userId: user.id, heirId: null, isNow: true, origin: cli };
      assert.equal((await running.app.accounts.requestDeletion(request)).outcome, 'last-operator');
    });

    test('of two operators who delete themselves at the same moment one stays', async () => {
      const people = [await heldOf('twin1@example.com'), await heldOf('twin2@example.com')];
      const boss = await userOf('boss@example.com');
      for (const { user } of people)
        await running.app.accounts.setOperator({ userId: user.id, isOperator: true, origin: cli });
      await running.app.accounts.setOperator({ userId: boss.id, isOperator: false, origin: cli });
      const outcomes = await Promise.all(
        people.map(({ user }) =>
          running.app.accounts.requestDeletion({
            userId: user.id,
            heirId: null,
            isNow: false,
            origin: { ...cli, source: 'portal', actorId: user.id },
          }),
        ),
      );
      await running.app.accounts.setOperator({ userId: boss.id, isOperator: true, origin: cli });
      assert.deepEqual(outcomes.map(({ outcome }) => outcome).toSorted(), [
        'last-operator',
        'requested',
      ]);
      for (const { user } of people)
        await running.app.accounts.setOperator({ userId: user.id, isOperator: false, origin: cli });
    });

    test('an account that others work in goes to whom its owner names, and nobody else loses anything', async () => {
      const { visitor, user } = await heldOf('founder@example.com');
      const heir = await heldOf('heir@example.com');
      const role = {
        userId: heir.user.id,
        accountId: user.accountId,
        role: 'viewer',
        origin: cli,
      } as const;
      await running.app.accounts.changeRole(role);
      await visitor.get('/account/delete');
      const refused = await visitor.submit('/account/delete', {
        confirm_email: 'founder@example.com',
      });
      assert.equal(refused.status, 422);
      assert.match(refused.text, /Choose who takes over/);
      const fields = { confirm_email: 'founder@example.com', heir: heir.user.id };
      await visitor.submit('/account/delete', fields);
      time.now += 15 * DAY;
      await running.app.accounts.eraseDue();
      const { accounts } = running.app.storage;
      const account = await accounts.ofMember(user.accountId, heir.user.id);
      assert.partialDeepStrictEqual(account, {
        role: 'owner',
        ownerId: heir.user.id,
        memberCount: 1,
      });
      assert.match((await newestMail(running, 'heir@example.com')).text, /You are its owner now/);
      assert.equal(await statusOf(heir.token), 200);
    });

    test('after the grace period nothing personal is left in the whole database', async () => {
      const email = 'gone.forever@example.com';
      const { visitor, user, token } = await heldOf(email, ADDRESS);
      visitor.headers['user-agent'] = AGENT;
      await visitor.get('/account');
      await visitor.submit('/account/profile', {
        name: 'Zebedee Quillfeather',
        bio: 'Biography-Marker',
        location: 'Location-Marker',
      });
      await statusOf(token, AGENT);
      await running.app.usage.flush();
      await signIn(email);
      const wrong = running.visitor();
      wrong.headers['user-agent'] = AGENT;
      await wrong.get('/sign-in');
      await wrong.submit('/sign-in', { email, password: 'not this one at all' });
      await visitor.get('/account/delete');
      await visitor.submit('/account/delete', { confirm_email: email });
      const marks = [
        email,
        'Zebedee',
        'quillfeather',
        'Biography-Marker',
        'Location-Marker',
        AGENT,
        ADDRESS,
        `Typed by ${email}`,
        user.passwordHash ?? '',
      ];
      const full = await dump();
      for (const mark of marks.filter((one) => one !== user.passwordHash))
        assert.ok(full.toLowerCase().includes(mark.toLowerCase()), `not there before: ${mark}`);

      time.now += 13 * DAY;
      await running.app.accounts.eraseDue();
      assert.equal((await byId(user)).erasedAt, null, 'a day too early');
      time.now += 2 * DAY;
      assert.equal(await running.app.accounts.eraseDue(), 1);
      assert.equal(await running.app.accounts.eraseDue(), 0);
      assert.match((await newestMail(running, email)).text, /last message/);
      const { items } = await running.app.storage.outbox.list('all', { page: 1, pageSize: 1 });
      await running.app.storage.outbox.markSent(items[0]?.id ?? '', time.now);
      await running.app.accounts.eraseDue();

      assert.equal(await statusOf(token, AGENT), 401);
      await running.app.usage.flush();
      const rows = (await dump()).split('\n');
      for (const mark of marks)
        assert.deepEqual(
          rows.filter(
            (row) =>
              row.toLowerCase().includes(mark.toLowerCase()) &&
              !row.includes('"kind":"no-such-account"'),
          ),
          [],
          mark,
        );
      const address = rows.filter((row) => row.includes(user.id) && row.includes('127.0.0.1'));
      assert.deepEqual(address, [], 'network addresses');

      const types = await typesOf(user);
      assert.deepEqual(types[0], 'user_erased');
      for (const type of ['user_created', 'user_login', 'user_token_created', 'oauth_app_deleted'])
        assert.ok(types.includes(type), type);
      const boss = await signIn('boss@example.com');
      const page = await boss.get(`/admin/people/${user.id}`);
      assert.match(page.text, /Erased person/);
      assert.match(page.text, /App registered: \u2068?\(erased\)/);
      assert.doesNotMatch((await boss.get('/admin/people')).text, /Erased person/);

      const next = await signUp(running, email);
      const reborn = await userOf(email);
      assert.notEqual(reborn.id, user.id);
      assert.notEqual(reborn.accountId, user.accountId);
      assert.equal(reborn.isOperator, false);
      assert.doesNotMatch((await next.get('/tokens')).text, /Erased/);
    });

    test('the first operator is not chosen anew', async () => {
      const first = await userOf('boss@example.com');
      const { user } = await heldOf('second@example.com');
      await running.app.accounts.setOperator({ userId: user.id, isOperator: true, origin: cli });
      const request = { userId: first.id, heirId: null, isNow: true, origin: cli };
      assert.equal((await running.app.accounts.requestDeletion(request)).outcome, 'requested');
      assert.equal(await running.app.accounts.eraseUser(first.id), true);
      await signUp(running, 'boss@example.com');
      assert.equal((await userOf('boss@example.com')).isOperator, false);
    });

    test('another process refuses too', async () => {
      const { user, token } = await heldOf('everywhere@example.com');
      const other = await openModules({ config: running.app.config });
      const verdict = async () => (await other.checker.check(token, FIRST)).outcome;
      assert.equal(await verdict(), 'active');
      const request = { userId: user.id, heirId: null, isNow: false, origin: cli };
      await running.app.accounts.requestDeletion(request);
      await until(async () => (await verdict()) !== 'active', 'a refusal');
      await other.close();
    });

    test('an erasure that failed at any step is finished by the next run, whoever runs it', async () => {
      const email = 'crash@example.com';
      const { user } = await heldOf(email);
      const request = { userId: user.id, heirId: null, isNow: true, origin: cli };
      await running.app.accounts.requestDeletion(request);
      const { storage } = running.app;
      const real = { ...storage };
      const { personalData } = real;
      let steps = 0;
      let failures = 0;
      // The same modules, whose storage fails before its next step: each run comes one step further.
      for (let allowed = 0; ; allowed++) {
        steps = 0;
        const step = <Result>(work: () => Promise<Result>): Promise<Result> => {
          if (steps++ >= allowed) throw new Error('crashed');
          return work();
        };
        Object.assign(storage, {
          transaction: (work: never) => step(() => real.transaction(work)),
          personalData: {
            ...personalData,
            erase: (...given: Parameters<(typeof personalData)['erase']>) =>
              step(() => personalData.erase(...given)),
          },
        });
        const isDone = await running.app.accounts.eraseUser(user.id).then(
          () => true,
          () => false,
        );
        Object.assign(storage, real);
        if (isDone) break;
        failures += 1;
        assert.ok(failures < 20);
      }
      assert.ok(failures >= 4, `${failures} failures`);
      await Promise.all([running.app.accounts.eraseDue(), running.app.accounts.eraseDue()]);
      assert.notEqual((await byId(user)).erasedAt, null);
      const types = await typesOf(user);
      for (const type of ['user_erased', 'oauth_app_deleted', 'access_ended'])
        assert.equal(types.filter((one) => one === type).length, 1, type);
    });
  });
}
