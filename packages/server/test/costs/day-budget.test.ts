/**
 * What a person may change in a day, at every route that writes: each spends from the budget and is refused when it is spent,
 * or is listed here with the reason why not. A new route is asked too.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Route } from '../../src/http/route.ts';
import { days } from '../../src/kit/clock.ts';
import { ENGINES } from '../storage/places.ts';
import { isWriting, nameOf, openWorld, prepare, type Done, type World } from './acts.ts';
import { openCostStage, type Stage } from './people.ts';

/** More than any act needs of it before. */
const MOST = 20;

/** What ends access, or proves who somebody is, which ending it may ask for: refused to nobody. */
const ENDS: ReadonlySet<string> = new Set([
  'POST /oauth2/revoke',
  'DELETE /v2/token',
  'DELETE /v2/tokens/:id',
  'POST /v2/tokens/:id/disable',
  'DELETE /v2/apps/:id',
  'POST /v2/apps/:id/disable',
  'DELETE /v2/apps/:id/secrets/:secret_id',
  'DELETE /v2/grants/:id',
  'POST /connections/:id/disconnect',
  'POST /sign-out',
  'POST /confirm/link',
  'POST /reset-password',
  'POST /undo-email-change',
  'POST /account/password',
  'POST /account/access/end',
  'POST /account/sessions/end',
  'POST /account/sessions/end-others',
  'POST /account/delete',
  'POST /tokens/revoke',
  'POST /tokens/:id/disable',
  'POST /tokens/:id/revoke',
  'POST /apps/:id/secrets/revoke',
  'POST /apps/:id/disable',
  'POST /apps/:id/offer/withdraw',
  'POST /apps/:id/delete',
  'POST /apps/offers/:id/decline',
  'POST /admin/people/:id/suspend',
  'POST /admin/people/:id/delete',
  'POST /admin/tokens/:id/expose',
]);

const BY_MAIL = 'needs a link that was sent by mail, and mails are limited for each address';
const BY_NOBODY = 'nobody is signed in: attempts and mails are limited for each address';

/** What is done whatever was spent, and spends nothing. */
const UNCOUNTED: Readonly<Record<string, string>> = {
  'POST /oauth2/token':
    'leaves no event; a grant keeps a hundred families, a service a thousand tokens',
  'POST /oauth2/introspect': 'only looks',
  'POST /sign-up': BY_NOBODY,
  'POST /sign-up/correct': BY_NOBODY,
  'POST /verify-email': BY_MAIL,
  'POST /verify-email/resend': 'mails are limited for each address',
  'POST /forgot-password': BY_NOBODY,
  'POST /confirm-email': BY_MAIL,
  'POST /confirm/send-link': 'links are limited for each person',
  'POST /tokens/try': 'only looks',
  'POST /admin/tokens': 'only looks',
  'POST /admin/mail/:id/retry': 'leaves no event, and the message was to be sent anyway',
};

/** Whatever is called so ends something. */
const IS_ENDING =
  /revoke|disconnect|sign-out|password|sessions\/end|access\/end|withdraw|decline|disable|suspend|^DELETE |\/delete$/;

const keysOf = ({ me: { user } }: World): readonly string[] =>
  ['acts', 'sign-ins'].map((kind) => `${kind}-of-day ${user.id}`);

for (const engine of ENGINES) {
  describe(engine, () => {
    let stage: Stage;
    let routes: readonly Route[];
    before(async () => {
      stage = await openCostStage(engine, (config) => ({
        ...config,
        rateLimit: { ...config.rateLimit, changesPerDay: MOST },
      }));
      routes = stage.running.app.routes.filter(isWriting);
    });
    after(() => stage.running.stop());

    const hit = async (key: string): Promise<number> =>
      (await stage.running.app.storage.attempts.hit(key, days(1), stage.time.now)).count;

    async function spentBy(world: World): Promise<number> {
      let spent = 0;
      for (const key of keysOf(world)) {
        spent += (await hit(key)) - 1;
        await stage.running.app.storage.attempts.refund(key);
      }
      return spent;
    }

    async function spendAll(world: World): Promise<void> {
      for (const key of keysOf(world)) while ((await hit(key)) < MOST);
    }

    /** Carried out by somebody new, who has spent their budget or not. */
    async function act(route: Route, { isSpent }: { isSpent: boolean }) {
      const world = await openWorld(stage, route);
      const send = await prepare(route, world);
      if (isSpent) await spendAll(world);
      const before = await spentBy(world);
      const done = await send();
      return { done, spent: (await spentBy(world)) - before };
    }

    const sayDone = (route: Route, { status, text }: Done): string =>
      `${nameOf(route)}: ${status} ${text.slice(0, 300)}`;

    test('every route that changes something spends from it, and is refused beyond it', async () => {
      const counted = routes.filter(
        (route) => !ENDS.has(nameOf(route)) && UNCOUNTED[nameOf(route)] === undefined,
      );
      assert.ok(counted.length > 20);
      for (const route of counted) {
        const { done, spent } = await act(route, { isSpent: false });
        assert.ok(done.status < 400, sayDone(route, done));
        assert.ok(spent > 0, `${nameOf(route)} spends nothing`);
        const { done: refused } = await act(route, { isSpent: true });
        assert.equal(refused.status, 429, sayDone(route, refused));
        assert.ok(Number(refused.retryAfter) > 0, nameOf(route));
        assert.match(refused.text, route.family === 'api' ? /day_limit_reached/ : /within a day/);
      }
    });

    test('what ends something is never refused for it', async () => {
      const ending = routes.filter((route) => ENDS.has(nameOf(route)));
      assert.equal(ending.length, ENDS.size, 'there is no such route');
      for (const route of ending) {
        const { done } = await act(route, { isSpent: true });
        assert.ok(done.status < 400, sayDone(route, done));
      }
      const others = routes.map(nameOf).filter((name) => IS_ENDING.test(name) && !ENDS.has(name));
      assert.deepEqual(others, ['POST /forgot-password'], 'which is limited by itself');
    });

    test('what is not counted has a reason, and needs it', async () => {
      for (const name of Object.keys(UNCOUNTED)) {
        const route = routes.find((one) => nameOf(one) === name);
        assert.ok(route !== undefined, name);
        const { done, spent } = await act(route, { isSpent: true });
        assert.ok(done.status < 400, sayDone(route, done));
        assert.equal(spent, 0, `${name} is counted`);
      }
    });
  });
}
