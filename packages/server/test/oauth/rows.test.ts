/** What a grant may leave in the database, whatever its client and its user do, on both engines. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { purge } from '../../src/compose/jobs.ts';
import { parseCredential } from '../../src/oauth/tokens/format.ts';
import { approve, CALLBACK, registerApp } from '../support/oauth.ts';
import { FIRST } from '../support/first-resource.ts';
import { ask, ENGINES, isIssued, openDesk, refreshBody, start, type Desk } from './desk.ts';

const MOST = 100;

for (const engine of ENGINES) {
  describe(engine, () => {
    let desk: Desk;
    before(async () => {
      desk = await openDesk(engine);
    });
    after(() => desk.close());

    const redeem = async (code: string, registered: Parameters<typeof ask>[1]) => {
      const body = { grant_type: 'authorization_code', code, redirect_uri: CALLBACK };
      const issued = await ask(desk.modules, registered, body);
      assert.ok(isIssued(issued), JSON.stringify(issued));
      return issued;
    };

    test('the families of a grant are the hundred that were used last; older ones end', async () => {
      const { user, registered, code } = await start(desk);
      const first = await redeem(code, registered);
      const second = await redeem(
        await approve(desk.modules, { user, app: registered.app }),
        registered,
      );
      desk.time.now += 10;
      const kept = await ask(desk.modules, registered, refreshBody(first.refreshToken ?? ''));
      assert.ok(isIssued(kept));
      for (let turn = 0; turn < MOST - 1; turn++)
        await redeem(await approve(desk.modules, { user, app: registered.app }), registered);
      desk.time.now += 1;
      const { storage, checker } = desk.modules;
      const familyOf = (refresh: string | null) =>
        storage.families.standing(parseCredential('gate', refresh ?? '')?.id ?? '');
      assert.equal(await familyOf(second.refreshToken), null);
      assert.equal((await checker.check(second.accessToken, FIRST)).outcome, 'refused');
      const gone = await ask(desk.modules, registered, refreshBody(second.refreshToken ?? ''));
      assert.deepEqual(gone, { refused: 'refresh_unknown' });
      assert.notEqual(await familyOf(first.refreshToken), null);
      const on = await ask(desk.modules, registered, refreshBody(kept.refreshToken ?? ''));
      assert.ok(isIssued(on));
    });

    test('one that has ended makes room before one that lives', async () => {
      const { user, registered, code } = await start(desk);
      const persistent = await redeem(code, registered);
      desk.time.now += 10;
      const scopes = ['account.read'];
      for (let turn = 0; turn < MOST; turn++) {
        // Each of these ends within the hour.
        const again = await approve(desk.modules, { user, app: registered.app }, { scopes });
        await redeem(again, registered);
        desk.time.now += 3600;
      }
      const on = await ask(desk.modules, registered, refreshBody(persistent.refreshToken ?? ''));
      assert.ok(isIssued(on), JSON.stringify(on));
    });

    test('the codes of a grant are few, and those of another grant are left alone', async () => {
      const { user, registered, code } = await start(desk);
      const other = await registerApp(desk.modules, user);
      const theirs = await approve(desk.modules, { user, app: other.app });
      desk.time.now += 1;
      for (let turn = 0; turn < MOST; turn++)
        await approve(desk.modules, { user, app: registered.app });
      const standingOf = (value: string) =>
        desk.modules.storage.codes.standing(parseCredential('gate', value)?.id ?? '');
      assert.equal(await standingOf(code), null);
      assert.notEqual(await standingOf(theirs), null);
      const newest = await approve(desk.modules, { user, app: registered.app });
      await redeem(newest, registered);
    });

    test('many redemptions of one grant at once neither fail nor wait for each other in a circle', async () => {
      const { user, registered } = await start(desk);
      for (let turn = 0; turn < MOST - 5; turn++)
        await redeem(await approve(desk.modules, { user, app: registered.app }), registered);
      const codes = [];
      for (let turn = 0; turn < 20; turn++)
        codes.push(await approve(desk.modules, { user, app: registered.app }));
      const all = await Promise.all(codes.map((code) => redeem(code, registered)));
      assert.equal(new Set(all.map(({ accessToken }) => accessToken)).size, 20);
    });

    test('a service that asks for tokens without end keeps the newest thousand or so', async () => {
      const { user } = await start(desk);
      const service = await registerApp(desk.modules, user, { type: 'service' });
      const issue = async () => {
        const own = await ask(desk.modules, service, { grant_type: 'client_credentials' });
        assert.ok(isIssued(own));
        return own.accessToken;
      };
      const first = await issue();
      desk.time.now += 1;
      // They are counted by chance, once in 256 times: that it never happens is as likely as one in 10^5.
      for (let round = 0; round < 80; round++)
        await Promise.all(Array.from({ length: 50 }, () => issue()));
      const { checker, readers } = desk.modules;
      readers.dropEverything();
      assert.equal((await checker.check(first, FIRST)).outcome, 'refused');
      assert.equal((await checker.check(await issue(), FIRST)).outcome, 'active');
    });

    test('what has run out is purged, what lives is not', async () => {
      const { registered, code, user } = await start(desk);
      const issued = await redeem(code, registered);
      const service = await registerApp(desk.modules, user, { type: 'service' });
      const own = await ask(desk.modules, service, { grant_type: 'client_credentials' });
      assert.ok(isIssued(own));
      const { storage } = desk.modules;
      const idOf = (value: string | null) => parseCredential('gate', value ?? '')?.id ?? '';
      const rows = async () => [
        (await storage.codes.standing(idOf(code))) !== null,
        (await storage.accessTokens.byId(idOf(issued.accessToken))) !== null,
        (await storage.accessTokens.byId(idOf(own.accessToken))) !== null,
        (await storage.families.standing(idOf(issued.refreshToken))) !== null,
      ];
      await purge(desk.modules);
      assert.deepEqual(await rows(), [true, true, true, true]);
      desk.time.now += 2 * 86_400;
      await purge(desk.modules);
      assert.deepEqual(await rows(), [false, false, false, true]);
      assert.ok(
        isIssued(await ask(desk.modules, registered, refreshBody(issued.refreshToken ?? ''))),
      );
      desk.time.now += 38 * 86_400;
      await purge(desk.modules);
      assert.deepEqual(await rows(), [false, false, false, false]);
    });
  });
}
