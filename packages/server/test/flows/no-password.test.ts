/** Somebody without a password: no page asks for one, and everything that takes a proof takes a link by e-mail. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import type { User } from '../../src/identity/types.ts';
import { ENGINES } from '../storage/places.ts';
import { sharedPostgres } from '../support/postgres.ts';
import { linkTo, PASSWORD, signUp, startApp, type RunningApp } from '../support/running-app.ts';
import type { Page, WebVisitor } from '../support/visitor.ts';

const NEW_PASSWORD = 'velvet harbour quietly sings';
const LONG = 3600;
const cli = { source: 'cli', client: 'cli/test', address: null, actorId: null } as const;

/** A field for the password that somebody has; one for a new password is another. */
const CURRENT =
  /current-password|name="current_password"|my password|your password (too|again|there)/i;

for (const engine of ENGINES) {
  describe(engine, () => {
    const time = { now: 1_790_000_000 };
    let running: RunningApp;
    let visitor: WebVisitor;
    let user: User;
    let email = '';
    let people = 0;

    before(async () => {
      const url = engine === 'sqlite' ? null : await (await sharedPostgres()).createMigrated();
      const env = url === null ? {} : { GATEHOUSE_DATABASE_URL: url };
      running = await startApp({ env, clock: () => time.now });
      // The first of all is the operator, who cannot be deleted.
      await signUp(running, `operator-${engine}@example.com`);
    });
    after(() => running.stop());

    /** Signed in an hour ago. */
    beforeEach(async () => {
      email = `ada-${(people += 1)}-${engine}@example.com`;
      visitor = await signUp(running, email);
      user = await reread();
      await running.app.storage.users.update(user.id, { passwordHash: null });
      time.now += LONG;
    });

    async function reread(): Promise<User> {
      const found = await running.app.storage.users.byEmail(email);
      assert.ok(found !== null);
      return found;
    }

    const unasked = (page: Page): Page => {
      assert.doesNotMatch(page.html, CURRENT, page.url);
      return page;
    };

    async function open(path: string, who = visitor): Promise<Page> {
      const { pathname, search } = new URL(await linkTo(running, email, path));
      return unasked(await who.get(pathname + search));
    }

    /** The page that asks first is open; goes on as the person does. */
    async function confirm(asked: Page): Promise<Page> {
      assert.equal(asked.status, 403, asked.text);
      assert.match(unasked(asked).text, /Confirm that it is you/);
      const sent = unasked(await visitor.submit('/confirm/send-link'));
      assert.match(sent.text, /Check your e-mail/);
      const waiting = visitor.hidden('/confirm') ?? {};
      const early = unasked(await visitor.submit('/confirm', { by: 'link' }));
      assert.match(early.text, /was not opened in this browser yet/);
      await open('/confirm/link');
      assert.match((await visitor.submit('/confirm/link')).text, /Confirmed/);
      return visitor.post('/confirm', { ...waiting, by: 'link' });
    }

    test('any password is wrong, in the words and with the status that a wrong one has', async () => {
      const other = `ben-${email}`;
      await signUp(running, other);
      const answers = [];
      for (const address of [email, other, 'nobody@example.com']) {
        const stranger = running.visitor();
        await stranger.get('/sign-in');
        const page = await stranger.submit('/sign-in', {
          email: address,
          password: 'not this one',
        });
        answers.push([page.status, page.html.replaceAll(address, 'somebody')]);
      }
      assert.equal(answers[0]?.[0], 422);
      assert.deepEqual(answers[1], answers[0]);
      assert.deepEqual(answers[2], answers[0]);
      for (const password of [PASSWORD, '', 'null']) {
        const page = await running.visitor().post('/sign-in', { email, password });
        assert.equal(page.status, 422);
      }
    });

    test('a reset by e-mail gives them one, and signs them in with it', async () => {
      const elsewhere = running.visitor();
      await elsewhere.get('/forgot-password');
      unasked(await elsewhere.submit('/forgot-password', { email }));
      await open('/reset-password', elsewhere);
      await elsewhere.submit('/reset-password', { password: NEW_PASSWORD });
      const signedIn = await elsewhere.post('/sign-in', { email, password: NEW_PASSWORD });
      assert.equal(new URL(signedIn.url).pathname, '/');
      assert.match((await visitor.get('/account')).url, /\/sign-in/);
    });

    test('what lasts takes a link, in the browser that asked for it', async () => {
      unasked(await visitor.get('/tokens/new'));
      const token = { description: 'Nightly', scope: 'asset.read', expires_in: 'never' };
      const made = await confirm(await visitor.submit('/tokens', token));
      assert.match(made.html, /gate_pat_/);
      assert.match((await visitor.get('/account')).text, /Identity confirmed by e-mail/);
      assert.equal((await visitor.get('/tokens/new')).status, 200);
      // For ten minutes.
      assert.match((await visitor.submit('/tokens', token)).html, /gate_pat_/);
    });

    test('a password that is sent all the same proves nothing, and is not judged', async () => {
      await visitor.get('/account/access');
      await visitor.submit('/account/access/end');
      const kept = visitor.hidden('/confirm/send-link') ?? {};
      const page = await visitor.post('/confirm', { ...kept, password: PASSWORD });
      assert.equal(page.status, 403);
      assert.match(unasked(page).text, /Send me a link/);
      assert.doesNotMatch((await visitor.get('/account')).text, /Identity not confirmed/);
    });

    test('the link in another browser names no password', async () => {
      await visitor.get('/account/access');
      await visitor.submit('/account/access/end');
      await visitor.submit('/confirm/send-link');
      const stranger = running.visitor();
      assert.equal((await open('/confirm/link', stranger)).status, 403);
    });

    test('they change their address by links alone, in a browser that is signed in', async () => {
      unasked(await visitor.get('/account/email'));
      const before = email;
      const next = `new-${email}`;
      await confirm(await visitor.submit('/account/email', { email: next }));
      email = next;
      const stranger = running.visitor();
      const elsewhere = await open('/confirm-email', stranger);
      assert.equal(elsewhere.status, 403);
      assert.match(elsewhere.text, /Open this link in the other browser/);
      const { search } = new URL(await linkTo(running, next, '/confirm-email'));
      const proof = new URLSearchParams(search).get('proof') ?? '';
      for (const password of ['', PASSWORD]) {
        const refused = await stranger.post('/confirm-email', { proof, password });
        assert.equal(unasked(refused).status, 403);
      }
      await open('/confirm-email');
      await visitor.submit('/confirm-email');
      assert.equal((await reread()).id, user.id);
      assert.equal(await running.app.storage.users.byEmail(before), null);
    });

    test('an address that an operator set is confirmed where they are signed in, and asks nowhere for a password', async () => {
      const next = `set-${email}`;
      await running.app.accounts.assignEmail({ user, email: next, isVerified: false, origin: cli });
      email = next;
      await visitor.get('/account/access');
      const asked = unasked(await visitor.submit('/account/access/end'));
      assert.equal(asked.status, 403);
      assert.match(asked.text, /Confirm your e-mail address first/);
      await visitor.submit('/verify-email/resend');
      const stranger = running.visitor();
      assert.equal((await open('/verify-email', stranger)).status, 403);
      const { search } = new URL(await linkTo(running, next, '/verify-email'));
      const proof = new URLSearchParams(search).get('proof') ?? '';
      const refused = await stranger.post('/verify-email', { proof, password: PASSWORD });
      assert.equal(unasked(refused).status, 403);
      assert.equal((await reread()).emailVerifiedAt, null);
      await open('/verify-email');
      await visitor.submit('/verify-email');
      assert.equal((await reread()).emailVerifiedAt, time.now);
    });

    test('they choose a password on their account page after a link, and every other browser is signed out', async () => {
      const other = await running.app.storage.sessions.ofUser(user.id);
      assert.equal(other.length, 1);
      const account = unasked(await visitor.get('/account'));
      assert.match(account.text, /You have none/);
      const sent = { password: NEW_PASSWORD, current_password: '' };
      const asked = await visitor.post('/account/password', {
        ...visitor.hidden('/account/password'),
        ...sent,
      });
      assert.ok(!asked.html.includes(NEW_PASSWORD));
      // Forms are kept without passwords, so it is asked for after the proof.
      const choosing = unasked(await confirm(asked));
      assert.match(choosing.text, /Choose a password/);
      assert.equal((await reread()).passwordHash, null);
      const weak = await visitor.submit('/account/password', { password: 'short' });
      assert.equal(weak.status, 422);
      const done = await visitor.submit('/account/password', { password: NEW_PASSWORD });
      assert.match(done.text, /Your password was changed/);
      assert.match(done.html, /name="current_password"/);
      const signedIn = await running.visitor().post('/sign-in', { email, password: NEW_PASSWORD });
      assert.equal(new URL(signedIn.url).pathname, '/');
      // From now on the password is what is asked for.
      time.now += LONG;
      await visitor.get('/account/access');
      assert.match((await visitor.submit('/account/access/end')).html, /current-password/);
    });

    test('a password that was chosen meanwhile is not replaced without it', async () => {
      await visitor.get('/account');
      const choosing = await confirm(await visitor.submit('/account/password'));
      assert.match(choosing.text, /Choose a password/);
      await running.app.accounts.assignPassword({ user, password: PASSWORD, origin: cli });
      const late = await visitor.submit('/account/password', { password: NEW_PASSWORD });
      assert.match(late.url, /\/sign-in/);
      const { passwordHash } = await reread();
      const change = { user, password: NEW_PASSWORD, keepSessionId: '' };
      const raced = await running.app.accounts.choosePassword(change, {
        address: '192.0.2.1',
        agent: '',
        deviceToken: null,
      });
      assert.equal(raced.outcome, 'invalid');
      assert.equal((await reread()).passwordHash, passwordHash);
    });

    test('they delete their account after a link, and keep it by the link in the message', async () => {
      unasked(await visitor.get('/account/delete'));
      const asked = await visitor.submit('/account/delete', { confirm_email: email });
      await confirm(asked);
      assert.notEqual((await reread()).deletionDueAt, null);
      await visitor.get('/forgot-password');
      await visitor.submit('/forgot-password', { email });
      await open('/keep-account');
      await visitor.submit('/keep-account');
      assert.equal((await reread()).deletionDueAt, null);
    });
  });
}
