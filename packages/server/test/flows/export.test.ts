import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { newOrderedId } from '../../src/kit/ids.ts';
import type { User } from '../../src/identity/types.ts';
import { amount } from '../support/chance.ts';
import { exchange, registerApp } from '../support/oauth.ts';
import { PASSWORD, signUp, startApp, type RunningApp } from '../support/running-app.ts';
import { sharedPostgres } from '../support/postgres.ts';

/** Years of them. */
const EVENTS = amount(10_000, { long: 100_000 });

const origin = { source: 'cli', client: 'cli/test', address: null, actorId: null } as const;

for (const engine of ['sqlite', 'postgres'] as const) {
  describe(engine, () => {
    let running: RunningApp;
    before(async () => {
      const databaseUrl =
        engine === 'sqlite' ? null : await (await sharedPostgres()).createMigrated();
      running = await startApp({
        change: (config) => ({
          ...config,
          storage: { ...config.storage, databaseUrl },
          // More than anybody may make in a day: the file has to hold years.
          rateLimit: { ...config.rateLimit, changesPerDay: 1_000_000 },
        }),
      });
    });
    after(() => running.stop());

    async function personWithEverything(email: string) {
      const visitor = await signUp(running, email);
      const user = await running.app.storage.users.byEmail(email);
      assert.ok(user);
      const made = await running.app.tokens.create(
        {
          description: `nightly of ${email}`,
          scopes: ['asset.read'],
          lifeSeconds: null,
          accountId: user.accountId,
          creationKey: email,
        },
        { user, origin, ceiling: null },
      );
      assert.equal(made.outcome, 'created');
      const registered = await registerApp(running.app, user);
      const { json } = await exchange(
        { base: running.base, modules: running.app },
        { user, registered },
      );
      const secrets = [
        made.outcome === 'created' ? made.value : '',
        registered.secret,
        json.access_token,
        json.refresh_token,
        PASSWORD,
        user.passwordHash,
        ...visitor.cookies.values(),
      ];
      return { visitor, user, secrets };
    }

    async function addEvents({ id: userId, accountId }: User, count: number): Promise<void> {
      for (let done = 0; done < count; done += 1000) {
        await running.app.storage.transaction(async ({ events }) => {
          for (let index = 0; index < 1000; index++)
            await events.append({
              id: newOrderedId(),
              userId,
              accountId,
              actorId: userId,
              type: 'user_login',
              details: { index: done + index },
              resourceId: null,
              resourceType: null,
              source: 'portal',
              client: 'web/1',
              address: '192.0.2.9',
              createdAt: 1_790_000_000,
            });
        });
      }
    }

    test('a person downloads everything that is held about them, and no secret', async () => {
      const { visitor, user, secrets } = await personWithEverything(`own-${engine}@example.com`);
      await personWithEverything(`other-${engine}@example.com`);
      await visitor.get('/account');
      const csrf = visitor.hidden('/account/export');
      assert.ok(csrf);
      const body = new URLSearchParams(csrf);
      const { status, headers, html } = await visitor.send('POST', '/account/export', { body });
      assert.equal(status, 200);
      assert.equal(
        headers.get('content-disposition'),
        `attachment; filename="person-${user.id}.json"`,
      );
      assert.equal(headers.get('cache-control'), 'no-store');
      assert.match(headers.get('content-type') ?? '', /^application\/json/);
      const file = JSON.parse(html);
      assert.partialDeepStrictEqual(file, { format: 'gatehouse-person', version: 1 });
      assert.equal(file.profile[0].email, user.email);
      for (const section of [
        'sessions',
        'known_browsers',
        'memberships',
        'developer_tokens',
        'apps',
        'client_secrets',
        'connections',
        'access_tokens',
        'refresh_tokens',
        'events',
        'mails',
      ])
        assert.ok(file[section].length > 0, section);
      assert.equal(file.developer_tokens[0].description, `nightly of ${user.email}`);
      assert.ok(file.events.some(({ type }: { type: string }) => type === 'user_exported'));
      for (const secret of secrets) assert.ok(!html.includes(secret), secret);
      assert.ok(!html.includes('other-'), 'rows of somebody else');
    });

    test('a file of somebody else is for operators alone', async () => {
      const { user } = await personWithEverything(`subject-${engine}@example.com`);
      const stranger = await signUp(running, `stranger-${engine}@example.com`);
      const path = `/admin/people/${user.id}/export`;
      await stranger.get('/account');
      const refused = await stranger.post(path, stranger.hidden('/account/export') ?? {});
      assert.equal(refused.status, 404);
      const boss = await running.app.storage.users.byEmail(`own-${engine}@example.com`);
      assert.ok(boss?.isOperator);
      const operator = running.visitor();
      await operator.get('/sign-in');
      await operator.submit('/sign-in', { email: boss.email, password: PASSWORD });
      await operator.get(`/admin/people/${user.id}`);
      const body = new URLSearchParams(operator.hidden(path) ?? {});
      const { status, html } = await operator.send('POST', path, { body });
      assert.equal(status, 200);
      assert.equal(JSON.parse(html).profile[0].id, user.id);
      const { items } = await running.app.storage.events.list(
        { userId: user.id },
        { page: 1, pageSize: 5 },
      );
      assert.partialDeepStrictEqual(items[0], { type: 'user_exported', actorId: boss.id });
    });

    test(
      `${EVENTS} events are sent in pieces, and others have a turn before each of them`,
      { timeout: 240_000 },
      async () => {
        const { user } = await personWithEverything(`busy-${engine}@example.com`);
        await addEvents(user, EVENTS);
        let events = 0;
        let largest = 0;
        let turns = 0;
        const isOver = new AbortController();
        const turn = (): void => {
          turns += 1;
          if (!isOver.signal.aborted) setImmediate(turn);
        };
        setImmediate(turn);
        const pieces = await running.app.accounts.exportPerson({ user, origin });
        let pages = 0;
        let withoutTurn = 0;
        let before = turns;
        for await (const piece of pieces) {
          largest = Math.max(largest, piece.length);
          const found = piece.split('"type":"user_login","').length - 1;
          events += found;
          if (found > 0 && pages++ > 0 && turns === before) withoutTurn += 1;
          before = turns;
        }
        isOver.abort();
        assert.equal(events, EVENTS + 1);
        assert.ok(largest < 1_000_000, `a piece of ${largest} characters`);
        assert.ok(pages > 10, `${pages} pieces`);
        assert.equal(withoutTurn, 0, 'pieces before which nobody else had a turn');
      },
    );
  });
}
