/** What only shows when many ask at once, on both engines and through two processes. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { parseCredential } from '../../src/oauth/tokens/format.ts';
import { revokeToken } from '../../src/oauth/tokens/revoke.ts';
import type { Modules } from '../../src/compose/modules.ts';
import { CALLBACK, registerApp } from '../support/oauth.ts';
import { until } from '../support/until.ts';
import { FIRST } from '../support/first-resource.ts';
import {
  ask,
  connect,
  ENGINES,
  isIssued,
  openDesk,
  refreshBody,
  start,
  type Desk,
  type Outcome,
} from './desk.ts';

const origin = { source: 'cli', client: 'cli/test', address: null, actorId: null } as const;

for (const engine of ENGINES) {
  describe(engine, () => {
    let desk: Desk;
    before(async () => {
      desk = await openDesk(engine);
    });
    after(() => desk.close());

    const both = (index: number): Modules => (index % 2 === 0 ? desk.modules : desk.other);

    const verdictOf = async (token: string) => {
      desk.time.now += 1;
      return (await desk.other.checker.check(token, FIRST)).outcome;
    };

    test('50 redemptions of one code at once give one success, and the replay ends what it gave', async () => {
      const { registered, code } = await start(desk);
      const body = { grant_type: 'authorization_code', code, redirect_uri: CALLBACK };
      const all = await Promise.all(
        Array.from({ length: 50 }, (_, index) => ask(both(index), registered, body)),
      );
      const issued = all.filter(isIssued);
      assert.equal(issued.length, 1);
      const later = await ask(desk.modules, registered, body);
      assert.deepEqual(later, { refused: 'code_replayed' });
      assert.equal(await verdictOf(issued[0]?.accessToken ?? ''), 'refused');
    });

    test('100 refreshes with one token at once give one family and equal successors', async () => {
      const { registered, refresh } = await connect(desk);
      const all = await Promise.all(
        Array.from({ length: 100 }, (_, index) =>
          ask(both(index), registered, refreshBody(refresh)),
        ),
      );
      const issued = all.filter(isIssued);
      assert.equal(
        issued.length,
        100,
        JSON.stringify(all.filter((one) => !isIssued(one)).slice(0, 3)),
      );
      assert.equal(new Set(issued.map(({ refreshToken }) => refreshToken)).size, 1);
      assert.equal(new Set(issued.map(({ accessToken }) => accessToken)).size, 1);
      const next = issued[0]?.refreshToken ?? '';
      assert.notEqual(next, refresh);
      assert.ok(isIssued(await ask(desk.modules, registered, refreshBody(next))));
    });

    for (const [where, index] of [
      ['here', 0],
      ['in another process', 1],
    ] as const) {
      test(`once the new access token was used ${where}, the refresh token before it ends the family`, async () => {
        const { registered, refresh } = await connect(desk);
        const first = await ask(desk.modules, registered, refreshBody(refresh));
        assert.ok(isIssued(first));
        const again = await ask(desk.modules, registered, refreshBody(refresh));
        assert.ok(isIssued(again));
        assert.equal(again.accessToken, first.accessToken);
        const modules = both(index);
        assert.equal((await modules.checker.check(first.accessToken, FIRST)).outcome, 'active');
        // Here it counts at once; elsewhere as soon as it is written.
        if (index === 1) await modules.authorization.tokenEndpoint.firstUses.settled();
        assert.deepEqual(await ask(desk.modules, registered, refreshBody(refresh)), {
          refused: 'refresh_reused',
        });
        assert.equal(await verdictOf(first.accessToken), 'refused');
      });
    }

    test('tokens in use write once for a refresh, however often they are checked', async () => {
      const { registered, refresh, issued } = await connect(desk);
      const id = parseCredential('gate', refresh)?.id ?? '';
      const previous = async () =>
        (await desk.modules.storage.families.standing(id))?.family.previousHash ?? null;
      const next = await ask(desk.modules, registered, refreshBody(refresh));
      assert.ok(isIssued(next));
      await desk.modules.checker.check(issued.accessToken, FIRST);
      const { firstUses } = desk.modules.authorization.tokenEndpoint;
      await firstUses.settled();
      // An access token from before the refresh says nothing of its answer.
      assert.notEqual(await previous(), null);
      for (let round = 0; round < 50; round++)
        await desk.modules.checker.check(next.accessToken, FIRST);
      await firstUses.settled();
      assert.equal(await previous(), null);
      assert.ok(
        isIssued(await ask(desk.modules, registered, refreshBody(next.refreshToken ?? ''))),
      );
    });

    const ENDS: Readonly<
      Record<string, (given: Awaited<ReturnType<typeof connect>>) => Promise<unknown>>
    > = {
      // With the token that the client began with, while it goes on refreshing.
      revocation: async ({ registered, refresh }) => {
        const client = (await desk.modules.storage.clients.byId(registered.app.id))?.client;
        assert.ok(client);
        const revocation = { client, token: refresh, now: desk.time.now };
        await revokeToken(desk.modules.authorization.tokenEndpoint, revocation);
      },
      disconnecting: async ({ user, registered }) => {
        const key = { userId: user.id, clientId: registered.app.id, accountId: user.accountId };
        const grant = await desk.modules.storage.grants.find(key);
        const ended = { grantId: grant?.id ?? '', userId: user.id, appName: 'x', origin };
        return desk.modules.authorization.consent.disconnect(ended);
      },
      suspension: ({ user }) =>
        desk.modules.accounts.setSuspended({ userId: user.id, isSuspended: true, origin }),
      deletion: ({ registered, user }) =>
        desk.modules.authorization.apps.switch(
          { id: registered.app.id, act: 'delete' },
          { user, origin, isOperator: false, ceiling: null },
        ),
    };

    for (const [name, end] of Object.entries(ENDS)) {
      test(`whatever refreshes race with ${name}, nothing of the grant is accepted after it was answered`, async () => {
        const given = await connect(desk);
        const issued: Outcome[] = [given.issued];
        let token = given.refresh;
        const race = { isOver: false };
        const refreshing = (async () => {
          for (let round = 0; !race.isOver && round < 200; round++) {
            const all = await Promise.all(
              [0, 1, 2].map((index) => ask(both(index), given.registered, refreshBody(token))),
            );
            issued.push(...all);
            token = all.find(isIssued)?.refreshToken ?? token;
          }
        })();
        await until(() => issued.length > 3, 'a refresh');
        await end(given);
        race.isOver = true;
        await refreshing;
        desk.time.now += 1;
        const tokens = issued.filter(isIssued);
        assert.ok(tokens.length > 1);
        for (const { accessToken } of tokens) {
          for (const modules of [desk.modules, desk.other])
            assert.equal((await modules.checker.check(accessToken, FIRST)).outcome, 'refused');
        }
        const last = tokens.at(-1)?.refreshToken ?? '';
        assert.ok('refused' in (await ask(desk.other, given.registered, refreshBody(last))));
      });
    }

    test('a secret that another process still takes for a moment gives no token that outlives it', async () => {
      const user = await desk.user();
      const service = await registerApp(desk.modules, user, { type: 'service' });
      const credentials = { grant_type: 'client_credentials' };
      assert.ok(isIssued(await ask(desk.other, service, credentials)));
      const [secret] = await desk.modules.storage.secrets.ofApp(service.app.id);
      const asked = { id: service.app.id, secretId: secret?.id ?? '' };
      const actor = { user, origin, isOperator: false, ceiling: null };
      await desk.modules.authorization.apps.revokeSecret(asked, actor);
      assert.ok('refused' in (await ask(desk.modules, service, credentials)));
      // Not a second has passed, and the other process remembers the client as it was.
      const late = await ask(desk.other, service, credentials);
      assert.ok(isIssued(late), JSON.stringify(late));
      for (const modules of [desk.modules, desk.other])
        assert.equal((await modules.checker.check(late.accessToken, FIRST)).outcome, 'refused');
      desk.time.now += 1;
      assert.ok('refused' in (await ask(desk.other, service, credentials)));
    });

    test('rows stay few however often a client refreshes', async () => {
      const { registered, refresh, issued: first } = await connect(desk);
      const values = [first.accessToken];
      let token = refresh;
      for (let round = 0; round < 40; round++) {
        const issued = await ask(desk.modules, registered, refreshBody(token));
        assert.ok(isIssued(issued));
        token = issued.refreshToken ?? '';
        values.push(issued.accessToken);
        desk.time.now += 1;
      }
      const ids = values.map((value) => parseCredential('gate', value)?.id ?? '');
      const rows = await Promise.all(ids.map((id) => desk.modules.storage.accessTokens.byId(id)));
      assert.ok(rows.filter((row) => row !== null).length <= 9);
      assert.notEqual(rows.at(-1), null);
    });
  });
}
