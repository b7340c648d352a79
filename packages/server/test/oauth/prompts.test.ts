/** What an app may wish about the sign-in (OpenID Connect Core section 3.1.2.1), and what survives it on the way. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Registered } from '../support/oauth.ts';
import { linkTo, PASSWORD } from '../support/running-app.ts';
import { unescape, type WebVisitor } from '../support/visitor.ts';
import { answerIn, openPlace, requestOf, type Person, type Place } from './place.ts';

let place: Place;
let developer: Person;
let registered: Registered;

before(async () => {
  place = await openPlace();
  developer = await place.person();
  registered = await place.register(developer.user);
});
after(() => place.stop());

const FORM = '/oauth2/auth';

const errorOf = async (visitor: WebVisitor, wish: Record<string, string>) =>
  answerIn(await visitor.get(requestOf(registered, wish))).get('error');

test('prompt=none never shows a page: it answers what would have been asked', async () => {
  assert.equal(await errorOf(place.running.visitor(), { prompt: 'none' }), 'login_required');
  const { visitor } = await place.person();
  assert.equal(await errorOf(visitor, { prompt: 'none' }), 'consent_required');
  await visitor.get(requestOf(registered));
  await visitor.submit(FORM, { decision: 'allow' });
  assert.equal(await errorOf(visitor, { prompt: 'none' }), null);
  assert.equal(await errorOf(visitor, { prompt: 'none', max_age: '0' }), 'login_required');
  place.time.now += 100;
  assert.equal(await errorOf(visitor, { prompt: 'none', max_age: '99' }), 'login_required');
  assert.equal(await errorOf(visitor, { prompt: 'none', max_age: '100' }), null);
});

test('a step-up counts for max_age as a sign-in does, and not for prompt=login', async () => {
  const { visitor, user } = await place.person();
  await visitor.get(requestOf(registered));
  await visitor.submit(FORM, { decision: 'allow' });
  place.time.now += 3600;
  const wish = { prompt: 'none', max_age: '60' };
  assert.equal(await errorOf(visitor, wish), 'login_required');
  await visitor.get('/account/access');
  await visitor.submit('/account/access/end');
  const wrong = await visitor.submit('/confirm', { password: 'a guess that is wrong' });
  assert.equal(wrong.status, 422);
  assert.equal(await errorOf(visitor, wish), 'login_required');
  const [session] = await place.modules.storage.sessions.ofUser(user.id);
  assert.ok(session !== undefined);
  const origin = { source: 'portal', client: 'web', address: null, actorId: user.id } as const;
  const prover = { user, session, origin, password: PASSWORD };
  const proved = await place.modules.accounts.proveByPassword(prover, { address: '192.0.2.1' });
  assert.equal(proved.outcome, 'proved');
  assert.equal(await errorOf(visitor, wish), null);
  assert.match((await visitor.get(requestOf(registered, { prompt: 'login' }))).url, /\/sign-in/);
});

test('prompt=none does not answer for somebody whose address is not proved', async () => {
  const visitor = place.running.visitor();
  await visitor.get('/sign-up');
  const email = 'unproved@example.com';
  await visitor.submit('/sign-up', { name: 'Una', email, password: PASSWORD });
  await visitor.get('/sign-in');
  await visitor.submit('/sign-in', { email, password: PASSWORD });
  const sent = await visitor.get(requestOf(registered, { prompt: 'none' }));
  assert.match(answerIn(sent).get('error') ?? '', /^(interaction|login)_required$/);
});

test('consent and select_account ask again, whatever was allowed before', async () => {
  const { visitor } = await place.person();
  await visitor.get(requestOf(registered));
  await visitor.submit(FORM, { decision: 'allow' });
  for (const prompt of ['consent', 'select_account', 'consent select_account'])
    assert.match((await visitor.get(requestOf(registered, { prompt }))).text, /Use another user/);
});

test('the mark of a sign-in belongs to its request, user and session, and is used once', async () => {
  for (const wish of [{ prompt: 'login' }, { max_age: '0' }]) {
    const { visitor, user } = await place.person();
    await visitor.get(requestOf(registered, wish));
    const asked = new URL((await place.signIn(visitor, user)).url);
    const marked = asked.pathname + asked.search;
    // Another browser of the same person, which signed in later; and this one, after another sign-in.
    place.time.now += 1;
    const other = place.running.visitor();
    await place.signIn(other, user);
    assert.match((await other.get(marked)).url, /\/sign-in\?/);
    const answer = answerIn(await visitor.submit(FORM, { decision: 'allow' }));
    assert.ok(answer.get('code'));
    assert.match((await visitor.get(marked)).url, /\/sign-in\?/, 'used up by the answer');
    // What was allowed is answered in silence, once for each sign-in.
    const silent = await place.signIn(visitor, user);
    assert.ok(answerIn(silent).get('code'));
    await visitor.get('/sign-in?again=1');
    await place.signIn(visitor, user);
    assert.match((await visitor.get(marked)).url, /\/sign-in\?/, 'not after another sign-in');
  }
});

test('no sign-in that was made for something else counts, not even in the same second', async () => {
  const { visitor, user } = await place.person();
  await visitor.get(requestOf(registered));
  await visitor.submit(FORM, { decision: 'allow' });
  // The address to sign in for the request, and a sign-in without it.
  await visitor.get(requestOf(registered, { prompt: 'login' }));
  const page = new URL(visitor.page?.url ?? '');
  await visitor.get('/sign-in?again=1');
  await place.signIn(visitor, user);
  const back = page.searchParams.get('return_to') ?? '';
  assert.ok(back.startsWith('/oauth2/auth?'));
  assert.match((await visitor.get(back)).url, /\/sign-in\?/);
});

test('one sign-in answers one of many requests at once', async () => {
  const { visitor, user } = await place.person();
  await visitor.get(requestOf(registered));
  await visitor.submit(FORM, { decision: 'allow' });
  await visitor.get(requestOf(registered, { prompt: 'login' }));
  const { return_to: to = '' } = visitor.hidden('/sign-in') ?? {};
  const form = { email: user.email, password: PASSWORD, return_to: to };
  const { location } = await visitor.send('POST', '/sign-in', { body: new URLSearchParams(form) });
  const all = await Promise.all(
    Array.from({ length: 10 }, () => visitor.send('GET', location ?? '', {})),
  );
  assert.equal(all.filter((reply) => reply.location?.includes('code=')).length, 1);
});

test('a sign-in that was asked for is asked for once, and by the same request alone', async () => {
  for (const wish of [{ prompt: 'login' }, { max_age: '0' }]) {
    const { visitor, user } = await place.person();
    await visitor.get(requestOf(registered, wish));
    assert.match(visitor.page?.url ?? '', /\/sign-in\?/);
    const asked = await place.signIn(visitor, user);
    assert.match(asked.text, /asks for access/);
    const back = new URL(asked.url);
    const sealed = back.pathname + back.search;
    assert.match((await visitor.get(sealed)).text, /asks for access/);
    // For another request, or dated back, the seal is nothing.
    const forged = [
      sealed.replace('state=a', 'state=b'),
      sealed.replace(/signed_in_after=\d+/, 'signed_in_after=1'),
      `${requestOf(registered, wish)}&signed_in_after=1`,
    ];
    for (const path of forged) assert.match((await visitor.get(path)).url, /\/sign-in\?/, path);
  }
});

test('such a sign-in holds for a quarter of an hour, and then another one is asked for', async () => {
  const { visitor, user } = await place.person();
  await visitor.get(requestOf(registered, { prompt: 'login' }));
  const back = new URL((await place.signIn(visitor, user)).url);
  place.time.now += 900;
  assert.match((await visitor.get(back.pathname + back.search)).text, /asks for access/);
  place.time.now += 1;
  assert.match((await visitor.get(back.pathname + back.search)).url, /\/sign-in\?/);
});

test('a page that was left open does not stretch max_age: allowing then asks for the password first', async () => {
  const { visitor, user } = await place.person();
  await visitor.get(requestOf(registered, { max_age: '60' }));
  place.time.now += 61;
  const late = await visitor.submit(FORM, { decision: 'allow' });
  assert.match(late.url, /\/sign-in\?/);
  const again = await place.signIn(visitor, user);
  assert.match(again.text, /asks for access/);
  assert.ok(answerIn(await visitor.submit(FORM, { decision: 'allow' })).get('code'));
});

test('after prompt=login the form of the page still works, for other accounts and odd states too', async () => {
  for (const state of ['plain', 'account_id=x', 'signed_in_after=1.x', '&account_id=y&']) {
    const { visitor, user } = await place.person();
    await visitor.get(requestOf(registered, { prompt: 'login', state }));
    await place.signIn(visitor, user);
    const answer = answerIn(await visitor.submit(FORM, { decision: 'allow' }));
    assert.ok(answer.get('code'));
    assert.equal(answer.get('state'), state);
  }
});

/** A state of many characters that all need an encoding, and parameters that come more than once. */
const STATE = `${'ü&=+%#"<>'.repeat(60)} ${'s'.repeat(400)}`;

test('every parameter survives a sign-in, a second try and another user', async () => {
  const user = await place.user();
  const visitor = place.running.visitor();
  const wish = { state: STATE, prompt: 'login consent', max_age: '3600', nonce: 'n' };
  await visitor.get(`${requestOf(registered, wish)}&x=1&x=2&y[]=a&y[]=b`);
  const wrong = { email: user.email, password: 'not this one at all' };
  assert.equal((await visitor.submit('/sign-in', wrong)).status, 422);
  await visitor.submit('/sign-in', { email: user.email, password: PASSWORD });
  const url = new URL(visitor.page?.url ?? '');
  assert.deepEqual(url.searchParams.getAll('x'), ['1', '2']);
  assert.deepEqual(url.searchParams.getAll('y[]'), ['a', 'b']);
  const other = /href="(\/sign-in\?[^"]+)"/.exec(visitor.page?.html ?? '')?.[1];
  await visitor.get(unescape(other ?? ''));
  await place.signIn(visitor, await place.user());
  const answer = answerIn(await visitor.submit(FORM, { decision: 'allow' }));
  assert.equal(answer.get('state'), STATE);
  assert.equal(answer.get('scope'), 'account.read asset.create asset.read offline');
});

test('and a sign-up with its message', async () => {
  const visitor = place.running.visitor();
  const email = 'on-the-way@example.com';
  await visitor.get(requestOf(registered, { state: STATE }));
  const path = /href="(\/sign-up\?[^"]+)"/.exec(visitor.page?.html ?? '')?.[1];
  await visitor.get(unescape(path ?? ''));
  await visitor.submit('/sign-up', { name: 'Nell', email, password: PASSWORD });
  const { pathname, search } = new URL(await linkTo(place.running, email, '/verify-email'));
  await visitor.get(pathname + search);
  await visitor.submit('/verify-email');
  const answer = answerIn(await visitor.submit(FORM, { decision: 'allow' }));
  assert.equal(answer.get('state'), STATE);
});

test('a long state survives, and one that could not is refused before anybody is asked for anything', async () => {
  for (const state of ['s'.repeat(8192), 'ü'.repeat(1000), '"'.repeat(2000)]) {
    const user = await place.user();
    const visitor = place.running.visitor();
    await visitor.get(requestOf(registered, { state, prompt: 'login' }));
    await place.signIn(visitor, user);
    const answer = answerIn(await visitor.submit(FORM, { decision: 'allow' }));
    assert.equal(answer.get('state'), state, String(state.length));
  }
  for (const state of ['"'.repeat(4000), 'ü'.repeat(2500)]) {
    const { visitor } = await place.person();
    for (const anybody of [visitor, place.running.visitor()]) {
      const sent = await anybody.get(requestOf(registered, { state, prompt: 'login' }));
      assert.equal(answerIn(sent).get('error'), 'invalid_request');
      assert.equal(answerIn(sent).get('state'), state);
    }
    // Whoever is signed in needs no such detour.
    await visitor.get(requestOf(registered, { state }));
    const answer = answerIn(await visitor.submit(FORM, { decision: 'allow' }));
    assert.equal(answer.get('state'), state);
  }
  for (const length of [8193, 12_000, 15_000]) {
    const sent = await developer.visitor.get(requestOf(registered, { state: 's'.repeat(length) }));
    assert.equal(answerIn(sent).get('error'), 'invalid_request');
    assert.equal(answerIn(sent).get('state'), null);
  }
});
