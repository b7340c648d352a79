/** Every kind of message is sent by a real act: those of the events, those of the routes that write, and the few that are here. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { days } from '../../src/kit/clock.ts';
import { ACTS_OF_PEOPLE, newEmail } from '../audit/acts-of-people.ts';
import { ACTS_OF_PROGRAMS } from '../audit/acts-of-programs.ts';
import { openStage, type Stage } from '../audit/stage.ts';
import { isWriting, openWorld, prepare } from '../costs/acts.ts';
import { makeToken, openCostStage } from '../costs/people.ts';
import { samples } from '../mail/samples.ts';
import { PASSWORD } from '../support/running-app.ts';

const origin = { source: 'cli', client: 'cli/test', address: null, actorId: null } as const;

type Modules = Stage['place']['modules'];

/** Kinds of all messages that wait or were sent. */
async function kindsIn({ storage }: Pick<Modules, 'storage'>): Promise<readonly string[]> {
  const pageSize = 5000;
  const { items } = await storage.outbox.list('all', { page: 1, pageSize });
  assert.ok(items.length < pageSize);
  return items.map(({ notice }) => notice.kind);
}

/** What no event and no route of its own sends. */
const OTHER_ACTS: Readonly<Record<string, (stage: Stage) => Promise<unknown>>> = {
  async 'address-in-use'({ place }) {
    const { user } = await place.person();
    const visitor = place.running.visitor();
    await visitor.get('/sign-up');
    await visitor.submit('/sign-up', { name: 'Bea', email: user.email, password: PASSWORD });
  },
  async 'no-such-account'({ place }) {
    const visitor = place.running.visitor();
    await visitor.get('/forgot-password');
    await visitor.submit('/forgot-password', { email: newEmail() });
  },
  async 'account-handed-over'({ place }) {
    const [{ user, visitor }, heir] = [await place.person(), await place.user()];
    const { id: userId } = heir;
    const { accountId } = user;
    await place.modules.accounts.changeRole({ userId, accountId, role: 'viewer', origin });
    await visitor.get('/account/delete');
    await visitor.submit('/account/delete', { confirm_email: user.email, heir: userId });
    place.time.now += days(15);
    await place.modules.accounts.eraseDue();
  },
  async 'address-wanted'({ place }) {
    const taken = await place.user();
    const { visitor } = await place.person();
    await visitor.get('/account/email');
    await visitor.submit('/account/email', { email: taken.email });
  },
  async 'sign-up-again'({ place }) {
    const visitor = place.running.visitor();
    const email = newEmail();
    await visitor.get('/sign-up');
    await visitor.submit('/sign-up', { name: 'Bea', email, password: PASSWORD });
    await place.modules.storage.users.update(
      (await place.modules.storage.users.byEmail(email))?.id ?? '',
      {
        emailVerifiedAt: place.time.now,
      },
    );
    await visitor.submit('/sign-up/correct', { email: newEmail() });
  },
  async 'access-returned'({ place }) {
    const { id: userId } = (await place.person()).user;
    const user = await place.modules.storage.users.byId(userId);
    assert.ok(user !== null);
    await makeToken(place.running, user);
    const { accounts } = place.modules;
    await accounts.setSuspended({ userId, isSuspended: true, origin });
    await accounts.setSuspended({ userId, isSuspended: false, origin, earlier: 'keep' });
  },
  async 'token-expires'({ place }) {
    const user = await place.user();
    const form = { description: 'nightly', scopes: ['asset.read'], lifeSeconds: days(30) };
    const where = { accountId: user.accountId, creationKey: randomUUID() };
    await place.modules.tokens.create({ ...form, ...where }, { user, origin, ceiling: null });
    place.time.now += days(29);
    await place.modules.tokens.sendExpiryNotices();
  },
  async 'token-revoked'({ place }) {
    const { id } = await makeToken(place.running, await place.user());
    await place.modules.tokens.revokeForOwner({ id, by: 'Grace' }, { origin });
  },
};

test('every kind of message is sent by an act', async () => {
  const sent = new Set<string>();
  const stage = await openStage('sqlite');
  for (const arrange of Object.values({ ...ACTS_OF_PEOPLE, ...ACTS_OF_PROGRAMS }))
    await (
      await arrange(stage)
    )();
  for (const kind of await kindsIn(stage.place.modules)) sent.add(kind);
  for (const [kind, act] of Object.entries(OTHER_ACTS)) {
    assert.ok(!sent.has(kind), `${kind} is sent by another act: it needs none here`);
    await act(stage);
    assert.ok((await kindsIn(stage.place.modules)).includes(kind), `no ${kind}`);
    sent.add(kind);
  }
  await stage.close();
  const routes = await openCostStage('sqlite');
  for (const route of routes.running.app.routes.filter(isWriting))
    await (
      await prepare(route, await openWorld(routes, route))
    )();
  for (const kind of await kindsIn(routes.running.app)) sent.add(kind);
  await routes.running.stop();
  const unsent = Object.keys(samples).filter((kind) => !sent.has(kind));
  assert.deepEqual(unsent, [], 'add the act that sends it to OTHER_ACTS');
});
