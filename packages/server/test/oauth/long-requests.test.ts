/** What is too long for a cookie survives signing up and recovering too, in the browser that it was sent to and in no other. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import type { Registered } from '../support/oauth.ts';
import { linkTo, PASSWORD } from '../support/running-app.ts';
import { unescape, type WebVisitor } from '../support/visitor.ts';
import { answerIn, openPlace, requestOf, type Place } from './place.ts';

const FORM = '/oauth2/auth';
const COOKIE = 'gatehouse_return';
/** As long as a `state` may be. */
const STATE = `${'s'.repeat(8180)} ü&=+%#"<>`;

let place: Place;
let registered: Registered;

before(async () => {
  place = await openPlace();
  const developer = await place.person();
  registered = await place.register(developer.user);
});
after(() => place.stop());

/** About 10,000 characters. */
const longRequest = (): string =>
  `${requestOf(registered, { state: STATE })}&x=${'x'.repeat(1500)}`;

/** To the form behind a link of the sign-in page. */
async function follow(visitor: WebVisitor, path: string, request = longRequest()): Promise<void> {
  await visitor.get(request);
  const link = new RegExp(`href="(${path}\\?[^"]+)"`).exec(visitor.page?.html ?? '')?.[1];
  await visitor.get(unescape(link ?? ''));
}

async function signUpWith(visitor: WebVisitor): Promise<string> {
  const email = `${randomUUID()}@example.com`;
  await visitor.submit('/sign-up', { name: 'Nell', email, password: PASSWORD });
  return email;
}

async function openLink(visitor: WebVisitor, email: string, path: string): Promise<void> {
  const { pathname, search } = new URL(await linkTo(place.running, email, path));
  await visitor.get(pathname + search);
}

async function assertArrived(visitor: WebVisitor): Promise<void> {
  assert.match(visitor.page?.text ?? '', /asks for access/);
  const answer = answerIn(await visitor.submit(FORM, { decision: 'allow' }));
  assert.ok(answer.get('code'));
  assert.equal(answer.get('state'), STATE);
}

/** What the next sign-in of this browser leads to. */
async function nextAfterSignIn(visitor: WebVisitor, email: string): Promise<string> {
  await visitor.get('/sign-in');
  const { url } = await visitor.submit('/sign-in', { email, password: PASSWORD });
  return new URL(url).pathname;
}

test('a long request survives a sign-up, its mistakes and its message', async () => {
  assert.ok(longRequest().length > 9_900, String(longRequest().length));
  const visitor = place.running.visitor();
  await follow(visitor, '/sign-up');
  const wrong = { name: 'Nell', email: 'no address', password: PASSWORD };
  assert.equal((await visitor.submit('/sign-up', wrong)).status, 422);
  assert.ok(!visitor.cookies.has(COOKIE), 'nothing is kept for a form that was refused');
  const email = await signUpWith(visitor);
  await openLink(visitor, email, '/verify-email');
  await visitor.submit('/verify-email');
  await assertArrived(visitor);
});

test('and the recovery of a password', async () => {
  const { email } = await place.user();
  const visitor = place.running.visitor();
  await follow(visitor, '/forgot-password');
  await visitor.submit('/forgot-password', { email });
  await openLink(visitor, email, '/reset-password');
  await visitor.submit('/reset-password', { password: 'velvet harbour quietly sings' });
  await visitor.submit('/sign-in', { email, password: 'velvet harbour quietly sings' });
  await assertArrived(visitor);
});

test('and a second thought: they have an account already', async () => {
  for (const path of ['/sign-up', '/forgot-password']) {
    const user = await place.user();
    const visitor = place.running.visitor();
    await follow(visitor, path);
    const link = /href="(\/sign-in\?[^"]+)"/.exec(visitor.page?.html ?? '')?.[1];
    await visitor.get(unescape(link ?? ''));
    await place.signIn(visitor, user);
    await assertArrived(visitor);
  }
});

test('and the proof of the address of somebody who is signed in already, however often they look', async () => {
  const visitor = place.running.visitor();
  await visitor.get('/sign-up');
  const email = await signUpWith(visitor);
  visitor.cookies.delete('gatehouse_sign_up');
  await visitor.get('/sign-in');
  await visitor.submit('/sign-in', { email, password: PASSWORD });
  const handles = new Set<string | undefined>();
  for (let times = 0; times < 3; times++) {
    assert.match((await visitor.get(longRequest())).text, /Verify your e-mail address/);
    handles.add(visitor.cookies.get(COOKIE));
  }
  assert.equal(handles.size, 1);
  await openLink(visitor, email, '/verify-email');
  await visitor.submit('/verify-email');
  await assertArrived(visitor);
});

test('in another browser there is nothing to go on with', async () => {
  const visitor = place.running.visitor();
  await follow(visitor, '/sign-up');
  const email = await signUpWith(visitor);
  for (const planted of [null, 'A'.repeat(43), `${'A'.repeat(42)}/`, '']) {
    const other = place.running.visitor();
    if (planted !== null) other.cookies.set(COOKIE, planted);
    const user = await place.user();
    assert.equal(await nextAfterSignIn(other, user.email), '/');
  }
  const other = place.running.visitor();
  await openLink(other, email, '/verify-email');
  const page = await other.submit('/verify-email', { password: PASSWORD });
  assert.equal(new URL(page.url).pathname, '/');
});

test('what was remembered is gone on with once', async () => {
  const visitor = place.running.visitor();
  await follow(visitor, '/sign-up');
  const email = await signUpWith(visitor);
  const handle = visitor.cookies.get(COOKIE) ?? '';
  assert.match(handle, /^[\w-]{43}$/);
  await openLink(visitor, email, '/verify-email');
  await visitor.submit('/verify-email');
  assert.ok(!visitor.cookies.has(COOKIE));
  const other = place.running.visitor();
  other.cookies.set(COOKIE, handle);
  assert.equal(await nextAfterSignIn(other, email), '/');
});

test('it is remembered for a day', async () => {
  const { email } = await place.user();
  for (const [late, path] of [
    [86_399, FORM],
    [86_400, '/'],
  ] as const) {
    const visitor = place.running.visitor();
    await follow(visitor, '/forgot-password');
    await visitor.submit('/forgot-password', { email });
    place.time.now += late;
    assert.equal(await nextAfterSignIn(visitor, email), path, String(late));
  }
});

test('a newer request replaces an older one, long or short', async () => {
  const visitor = place.running.visitor();
  const { email } = await place.user();
  const short = requestOf(registered, { state: 'short' });
  for (const request of [longRequest(), short, longRequest()]) {
    await follow(visitor, '/forgot-password', request);
    await visitor.submit('/forgot-password', { email });
  }
  await visitor.get('/sign-in');
  await visitor.submit('/sign-in', { email, password: PASSWORD });
  await assertArrived(visitor);
});

test('no cookie is larger than what browsers keep, whatever the request is made of', async () => {
  for (const state of ['s', '%', 'ü', '&']) {
    for (const length of [1, 100, 200, 400, 800, 1000, 2000, 2500]) {
      const visitor = place.running.visitor();
      const request = requestOf(registered, { state: state.repeat(length) });
      const search = new URLSearchParams({ return_to: request }).toString();
      const path = `/forgot-password?${search}`;
      if (path.length > 12_000) continue;
      await visitor.get(path);
      const shown = visitor.cookies.get(COOKIE)?.length ?? 0;
      const { email } = await place.user();
      await visitor.submit('/forgot-password', { email });
      const kept = visitor.cookies.get(COOKIE)?.length ?? 0;
      assert.ok(kept > 0 && shown < 4000 && kept < 4000, `${state} ${length}: ${shown}, ${kept}`);
    }
  }
});

test('who asks again and again without having proved an address is not remembered without end', async (t) => {
  const limited = await openPlace({
    change: (config) => ({ ...config, attempts: { ...config.attempts, perAccount: 3 } }),
  });
  t.after(() => limited.stop());
  const app = await limited.register(await limited.user());
  const visitor = limited.running.visitor();
  await visitor.get('/sign-up');
  const email = await signUpWith(visitor);
  await visitor.get('/sign-in');
  await visitor.submit('/sign-in', { email, password: PASSWORD });
  const kept = [];
  for (let times = 0; times < 5; times++) {
    visitor.cookies.delete(COOKIE);
    const page = await visitor.get(requestOf(app, { state: STATE }));
    assert.match(page.text, /Verify your e-mail address/);
    kept.push(visitor.cookies.has(COOKIE));
  }
  assert.deepEqual(kept, [true, true, true, false, false]);
});
