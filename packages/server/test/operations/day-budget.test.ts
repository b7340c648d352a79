/** What one person can leave in a day is bounded, whatever they do, and nothing that ends access is refused for it. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import type { User } from '../../src/identity/types.ts';
import { startApiOn, type Answer, type RunningApi } from '../support/api.ts';
import { registerApp } from '../support/oauth.ts';
import { ENGINES } from '../storage/places.ts';

const MOST = 12;
const ALL = ['account.read', 'asset.read', 'auditlog.read'];

for (const engine of ENGINES) {
  describe(engine, () => {
    let api: RunningApi;
    before(async () => {
      api = await startApiOn(engine, (config) => ({
        ...config,
        rateLimit: { requests: 100_000, failures: 100_000, windowSeconds: 60, changesPerDay: MOST },
      }));
    });
    after(() => api.stop());

    const person = () => api.user(`${randomUUID()}@example.com`);

    async function eventsOf(user: User): Promise<number> {
      const page = { page: 1, pageSize: 1 };
      return (await api.modules.storage.events.list({ userId: user.id }, page)).total;
    }

    const post = (token: string, path: string, body?: unknown): Promise<Answer> =>
      api.send(path, {
        method: 'POST',
        token,
        headers: { 'idempotency-key': randomUUID() },
        ...(body !== undefined && { body }),
      });

    /** Each leaves an event when it is done. */
    const ACTS: Readonly<
      Record<string, (token: { id: string; value: string }, n: number) => Promise<Answer>>
    > = {
      'renaming a token': ({ id, value }, n) =>
        api.send(`/v2/tokens/${id}`, {
          method: 'PATCH',
          token: value,
          body: { description: `name ${n}` },
        }),
      'making tokens': ({ value }) =>
        post(value, '/v2/tokens', { description: 'x', scopes: ['asset.read'], expires_in: null }),
      'registering apps': ({ value }) =>
        post(value, '/v2/apps', {
          app_type: 'web',
          name: 'App',
          redirect_uris: ['https://app.example.com/callback'],
          scopes: ['account.read'],
        }),
    };

    for (const [name, act] of Object.entries(ACTS)) {
      test(`${name} is refused beyond the budget of a day, with 429 and when to come back`, async () => {
        const user = await person();
        const token = await api.token(user, ALL);
        const statuses: number[] = [];
        for (let n = 0; n < MOST + 3; n += 1) {
          const answer = await act(token, n);
          statuses.push(answer.status);
          if (answer.status !== 429) continue;
          assert.match(answer.text, /day_limit_reached/);
          assert.ok(Number(answer.headers.get('retry-after')) > 0);
        }
        assert.ok(
          statuses.every((status) => [200, 201, 429].includes(status)),
          String(statuses),
        );
        assert.deepEqual(statuses.slice(MOST), [429, 429, 429]);
        const left = await eventsOf(user);
        await act(token, 99);
        assert.equal(await eventsOf(user), left, 'a refused act leaves nothing');
        api.time.now += 86_400;
        assert.notEqual((await act(token, 100)).status, 429);
      });
    }

    test('beyond it disabling, revoking and signing in still work, for the person and their apps', async () => {
      const user = await person();
      const { app } = await registerApp(api.modules, user);
      const token = await api.token(user, ALL);
      const other = await api.token(user, ALL);
      for (let n = 0; n < 2 * MOST; n += 1)
        await api.send(`/v2/tokens/${token.id}`, {
          method: 'PATCH',
          token: token.value,
          body: { description: `again ${n}` },
        });
      const disabled = await post(token.value, `/v2/tokens/${other.id}/disable`);
      assert.equal(disabled.status, 200);
      assert.equal((await post(token.value, `/v2/tokens/${other.id}/enable`)).status, 429);
      const revoked = await api.send(`/v2/tokens/${other.id}`, {
        method: 'DELETE',
        token: token.value,
      });
      assert.ok([200, 204].includes(revoked.status), String(revoked.status));
      const origin = { source: 'portal', client: 'web', address: null, actorId: user.id } as const;
      const actor = { user, origin, isOperator: false, ceiling: null };
      const { apps } = api.modules.authorization;
      const deleted = await apps.switch({ id: app.id, act: 'delete' }, actor);
      assert.equal(deleted.outcome, 'switched');
      const before = await eventsOf(user);
      for (let n = 0; n < 3; n += 1) await api.modules.accounts.endAllAccess({ user, origin });
      assert.equal(await eventsOf(user), before, 'and what can be repeated leaves no more rows');
      assert.equal((await api.send('/v2/me', { token: token.value })).status, 401);
    });

    test('many acts at once stay within it', async () => {
      const user = await person();
      const { id, value } = await api.token(user, ALL);
      const answers = await Promise.all(
        Array.from({ length: 3 * MOST }, (_, n) =>
          api.send(`/v2/tokens/${id}`, {
            method: 'PATCH',
            token: value,
            body: { description: `at once ${n}` },
          }),
        ),
      );
      assert.ok(answers.filter(({ status }) => status === 200).length <= MOST);
      assert.ok(answers.every(({ status }) => [200, 429].includes(status)));
    });
  });
}
