/** A master secret that is replaced while what it made is in use: nothing ends before its predecessor is left out. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { LEAST_MILLISECONDS } from '../../src/oauth/authorize/interaction.ts';
import { deriveKeys, type MasterSecrets } from '../../src/keys/keys.ts';
import { openKept, sealKept, toKept } from '../../src/portal/confirm/kept-form.ts';
import { newInstallation, type EngineName, type Installation } from '../catalogue/installation.ts';
import { answerIn, requestOf, type Person, type Place } from '../oauth/place.ts';
import { exchange, type Registered, type TokenAnswer } from '../support/oauth.ts';
import { linkTo } from '../support/running-app.ts';
import type { Fields, Page, WebVisitor } from '../support/visitor.ts';

const SCOPES = ['account.read', 'asset.read', 'asset.create', 'offline'];
const OLD = randomBytes(32);
const NEW = randomBytes(32);
const ENGINES: readonly EngineName[] = ['sqlite', 'postgres'];
const NEXT_PASSWORD = 'violet harbour climbing slowly';

interface Sent {
  readonly action: string;
  readonly fields: Fields;
}

test('a form that was kept under the old secret is opened under both, and under the new one alone not', () => {
  const keysBy = (secrets: MasterSecrets) => deriveKeys(secrets, 'kept form');
  const whose = { userId: 'u', sessionId: null, route: '/tokens' };
  const visit = { params: {}, query: {}, form: { name: 'nightly' }, search: '', returnTo: '/' };
  const kept = toKept({ ...whose, visit }, 1000);
  const sealed = sealKept(keysBy([OLD]), kept);
  assert.deepEqual(openKept(keysBy([NEW, OLD]), sealed, 1001), kept);
  assert.equal(openKept(keysBy([NEW]), sealed, 1001), null);
});

for (const engine of ENGINES)
  describe(engine, () => {
    let installation: Installation;
    let place: Place;
    let person: Person;
    let forgetful: Person;
    let web: Registered;
    let other: Registered;
    let resetLink: string;
    let deadLink: string;
    let rename: Sent;
    let consent: Sent;
    let lateRename: Sent;
    let first: TokenAnswer;
    let second: TokenAnswer;
    let lateRefresh: string;
    let access: string;

    const start = (secrets: MasterSecrets): Promise<Place> =>
      installation.start(SCOPES, (config) => ({ ...config, masterSecrets: secrets }));

    async function restart(secrets: MasterSecrets): Promise<void> {
      await place.stop();
      place = await start(secrets);
      [person, forgetful] = [moved(person), moved(forgetful)];
      installation.time.now += 5;
    }

    /** The same browser, whose server has another port now. */
    function moved({ user, visitor }: Person): Person {
      const next = place.running.visitor();
      for (const [name, value] of visitor.cookies) next.cookies.set(name, value);
      return { user, visitor: next };
    }

    async function opened(visitor: WebVisitor, path: string, action: string): Promise<Sent> {
      await visitor.get(path);
      const fields = visitor.hidden(action);
      assert.ok(fields !== null, `${path} has a form for ${action}`);
      return { action, fields };
    }

    const sent = ({ visitor }: Person, { action, fields }: Sent, more: Fields): Promise<Page> =>
      visitor.post(action, { ...fields, ...more });

    async function newResetLink({ user }: Person): Promise<string> {
      const visitor = place.running.visitor();
      await visitor.get('/forgot-password');
      await visitor.submit('/forgot-password', { email: user.email });
      const { pathname, search } = new URL(
        await linkTo(place.running, user.email, '/reset-password'),
      );
      return pathname + search;
    }

    const refresh = (token: string, registered: Registered): Promise<TokenAnswer> =>
      place.token({ grant_type: 'refresh_token', refresh_token: token }, registered);

    before(async () => {
      installation = await newInstallation(engine);
      place = await start([OLD]);
      [person, forgetful] = [await place.person(), await place.person()];
      const idler = await place.person();
      web = await place.register(person.user, { scopes: SCOPES });
      other = await place.register(person.user, { scopes: SCOPES });
      const granted = { base: place.base, modules: place.modules };
      const given = await exchange(granted, { user: person.user, registered: web });
      lateRefresh = (await exchange(granted, { user: idler.user, registered: web })).json
        .refresh_token;
      access = given.json.access_token;
      first = given;
      second = await refresh(given.json.refresh_token, web);
      assert.equal(second.status, 200, JSON.stringify(second.json));
      resetLink = await newResetLink(forgetful);
      deadLink = await newResetLink(idler);
      rename = await opened(person.visitor, '/account', '/account/profile');
      lateRename = rename;
      consent = await opened(person.visitor, requestOf(other), '/oauth2/auth');
    });
    after(async () => {
      await place.stop();
      await installation.remove();
    });

    test('beside its predecessor, a new secret ends nothing', async () => {
      await restart([NEW, OLD]);
      // Nobody answers a question sooner, and the restart may have been quick.
      await delay(LEAST_MILLISECONDS);
      const allowed = await sent(person, consent, { decision: 'allow', scope: [] });
      assert.ok(answerIn(allowed).get('code'), allowed.url);
      const renamed = await sent(person, rename, { name: 'Ada Renamed' });
      assert.equal(renamed.status, 200, renamed.text);
      assert.match(renamed.text, /Ada Renamed/);
      const page = await forgetful.visitor.get(resetLink);
      assert.equal(page.status, 200, page.text);
      const reset = await forgetful.visitor.submit('/reset-password', { password: NEXT_PASSWORD });
      assert.equal(reset.status, 200, reset.text);
      assert.match(reset.text, /password/i);
      assert.equal((await forgetful.visitor.get(resetLink)).status, 410);
      assert.equal((await place.me(access)).status, 200);
    });

    test('a refresh that the old secret answered is answered alike, and goes on with the new one', async () => {
      const again = await refresh(first.json.refresh_token, web);
      assert.equal(again.json.refresh_token, second.json.refresh_token, JSON.stringify(again.json));
      assert.equal(again.json.access_token, second.json.access_token);
      const third = await refresh(second.json.refresh_token, web);
      assert.equal(third.status, 200, JSON.stringify(third.json));
      second = third;
    });

    test('without its predecessor, only what the new secret made goes on', async () => {
      lateRename = await opened(person.visitor, '/account', '/account/profile');
      await restart([NEW]);
      const alive = await refresh(second.json.refresh_token, web);
      assert.equal(alive.status, 200, JSON.stringify(alive.json));
      const dead = await refresh(lateRefresh, web);
      assert.equal(dead.json.error, 'invalid_grant', JSON.stringify(dead.json));
      assert.equal((await forgetful.visitor.get(deadLink)).status, 410);
      assert.equal((await sent(person, lateRename, { name: 'Ada Twice' })).status, 200);
      const refused = await sent(person, rename, { name: 'Ada Thrice' });
      assert.doesNotMatch((await person.visitor.get('/account')).text, /Ada Thrice/);
      assert.ok(refused.status < 500);
      assert.equal((await place.me(access)).status, 200);
    });
  });
