/** Nothing that anybody does at once brings more to life than may live at a time, on both databases. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import type { User } from '../../src/identity/types.ts';
import { startApiOn, type RunningApi } from '../support/api.ts';
import { registerApp } from '../support/oauth.ts';
import { ENGINES } from '../storage/places.ts';

const MOST = 4;

const actorOf = (user: User) => ({
  user,
  origin: { source: 'portal', client: 'web', address: null, actorId: user.id } as const,
  ceiling: null,
});

for (const engine of ENGINES) {
  describe(engine, () => {
    let api: RunningApi;
    before(async () => {
      api = await startApiOn(engine, (config) => ({
        ...config,
        tokens: { ...config.tokens, mostPerUser: MOST },
        apps: { ...config.apps, mostPerUser: MOST },
      }));
    });
    after(() => api.stop());

    const person = () => api.user(`${randomUUID()}@example.com`);
    const live = (user: User) => api.modules.storage.tokens.countLive(user.id, api.time.now);

    const create = (user: User) => {
      const form = { description: 'x', scopes: ['asset.read'], lifeSeconds: null };
      const creationKey = randomUUID();
      return api.modules.tokens.create(
        { ...form, accountId: user.accountId, creationKey },
        actorOf(user),
      );
    };

    test('creations and rotations at once stay within the limit of live tokens', async () => {
      const user = await person();
      const made = [await api.token(user), await api.token(user)];
      const rotate = (id: string) =>
        api.modules.tokens.rotate(
          { id, overlapSeconds: 3600, creationKey: randomUUID() },
          actorOf(user),
        );
      const outcomes = await Promise.allSettled([
        ...made.map(({ id }) => rotate(id)),
        ...Array.from({ length: 6 }, () => create(user)),
        ...made.map(({ id }) => rotate(id)),
      ]);
      assert.equal(await live(user), MOST);
      assert.ok(
        outcomes.some((one) => one.status === 'fulfilled' && one.value.outcome === 'too-many'),
      );
    });

    test('at the limit a rotation without an overlap works, and one with an overlap is refused', async () => {
      const user = await person();
      const tokens = [];
      for (let n = 0; n < MOST; n += 1) tokens.push(await api.token(user));
      for (const [n, { id }] of tokens.entries()) {
        const asked = { id, creationKey: randomUUID() };
        const refused = await api.modules.tokens.rotate(
          { ...asked, overlapSeconds: 3600 },
          actorOf(user),
        );
        assert.deepEqual(refused, { outcome: 'too-many', most: MOST });
        const done = await api.modules.tokens.rotate(
          { ...asked, overlapSeconds: 0 },
          actorOf(user),
        );
        assert.equal(done.outcome, 'rotated', String(n));
      }
      assert.equal(await live(user), MOST);
      const [token] = tokens;
      const value = token?.value ?? '';
      assert.equal((await api.send('/v2/token', { token: value })).status, 401);
    });

    test('the API says why, and what to do', async () => {
      const user = await person();
      const calling = await api.token(user);
      for (let n = 1; n < MOST; n += 1) await api.token(user);
      const answer = await api.send(`/v2/tokens/${calling.id}/rotate`, {
        method: 'POST',
        token: calling.value,
        body: { overlap_seconds: 3600 },
        headers: { 'idempotency-key': randomUUID() },
      });
      assert.equal(answer.status, 409);
      assert.match(answer.text, /"too_many_tokens"/);
      assert.match(answer.text, /without an overlap/);
    });

    test('a disabled token keeps its place, so that enabling it brings none too many', async () => {
      const user = await person();
      const { id } = await api.token(user);
      await api.modules.tokens.switch({ id, act: 'disable' }, actorOf(user));
      for (let n = 1; n < MOST; n += 1) await api.token(user);
      assert.equal((await create(user)).outcome, 'too-many');
      await api.modules.tokens.switch({ id, act: 'enable' }, actorOf(user));
      assert.equal(await live(user), MOST);
    });

    test('apps and their secrets that are made at once stay within theirs', async () => {
      const user = await person();
      const { app } = await registerApp(api.modules, user);
      const actor = { ...actorOf(user), isOperator: false };
      const { apps } = api.modules.authorization;
      await Promise.allSettled([
        ...Array.from({ length: 8 }, () => registerApp(api.modules, user)),
        ...Array.from({ length: 8 }, () =>
          apps.addSecret({ id: app.id, creationKey: randomUUID() }, actor),
        ),
      ]);
      assert.equal(await api.modules.storage.apps.countLive(user.id), MOST);
      assert.ok((await api.modules.storage.secrets.ofApp(app.id)).length <= 5);
    });
  });
}
