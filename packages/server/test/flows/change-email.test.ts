/** Another e-mail address, as people change it in pages without script. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  linkTo,
  newestMail,
  PASSWORD,
  signUp,
  startApp,
  type RunningApp,
} from '../support/running-app.ts';
import type { Page, WebVisitor } from '../support/visitor.ts';

const NEW_PASSWORD = 'velvet harbour quietly sings';
const time = { now: 1_790_000_000 };
let running: RunningApp;
before(async () => {
  running = await startApp({
    clock: () => time.now,
    change: (config) => ({
      ...config,
      attempts: { windowSeconds: 900, perAccount: 3, perAddress: 1000 },
    }),
  });
  await signUp(running, 'operator@example.com');
});
after(() => running.stop());

const open = async (visitor: WebVisitor, to: string, path: string): Promise<Page> => {
  const { pathname, search } = new URL(await linkTo(running, to, path));
  return visitor.get(pathname + search);
};

async function ask(visitor: WebVisitor, email: string): Promise<Page> {
  await visitor.get('/account/email');
  return visitor.submit('/account/email', { email });
}

const isIn = async (visitor: WebVisitor): Promise<boolean> =>
  (await visitor.send('GET', '/account', {})).status === 200;

async function signIn(email: string, password: string): Promise<WebVisitor> {
  const visitor = running.visitor();
  await visitor.post('/sign-in', { email, password });
  return visitor;
}

test('from the account page to the new address and, by the old one, back with a new password', async () => {
  const visitor = await signUp(running, 'ada@example.com');
  assert.match((await visitor.get('/account')).html, /href="\/account\/email"/);
  time.now += 600;
  const asked = await ask(visitor, 'Ada@New.Example');
  assert.equal(asked.status, 403);
  assert.match(asked.text, /Confirm that it is you/);
  const sent = await visitor.submit('/confirm', { password: PASSWORD });
  assert.match(sent.text, /Check your e-mail/);
  // A scanner of mail spends nothing.
  const link = await linkTo(running, 'ada@new.example', '/confirm-email');
  for (const method of ['GET', 'HEAD', 'GET']) await fetch(link, { method });
  const page = await open(visitor, 'ada@new.example', '/confirm-email');
  assert.doesNotMatch(page.html, /type="password"/);
  assert.match((await visitor.submit('/confirm-email')).text, /Your e-mail address was changed/);
  assert.match((await visitor.get('/account')).text, /ada@new\.example Confirmed/);
  assert.equal(await isIn(await signIn('ada@example.com', PASSWORD)), false);
  const thief = await signIn('ada@new.example', PASSWORD);
  assert.equal(await isIn(thief), true);

  const owner = running.visitor();
  const undo = await open(owner, 'ada@example.com', '/undo-email-change');
  assert.match(undo.text, /every browser is signed out/);
  assert.equal(await isIn(thief), true);
  const reset = await owner.submit('/undo-email-change');
  assert.match(reset.text, /Choose a new password/);
  assert.match(reset.html, /value="ada@example\.com" autocomplete="username"/);
  assert.equal(await isIn(thief), false);
  assert.equal(await isIn(await signIn('ada@example.com', PASSWORD)), false);
  await owner.submit('/reset-password', { password: NEW_PASSWORD });
  assert.equal(await isIn(await signIn('ada@example.com', NEW_PASSWORD)), true);
  const { pathname, search } = new URL(undo.url);
  assert.equal((await owner.get(pathname + search)).status, 410);
});

test('elsewhere the link asks for the password, within a limit, and tells nothing of the account', async () => {
  const visitor = await signUp(running, 'bea@example.com');
  await ask(visitor, 'bea@new.example');
  const { text } = await newestMail(running, 'bea@new.example');
  assert.doesNotMatch(text, /Ada Example|bea@example\.com/);
  const elsewhere = running.visitor();
  const page = await open(elsewhere, 'bea@new.example', '/confirm-email');
  assert.match(page.html, /type="password"/);
  assert.doesNotMatch(page.html, /Ada Example|bea@example\.com/);
  assert.equal((await elsewhere.submit('/confirm-email', { password: '' })).status, 422);
  for (let round = 0; round < 3; round++)
    assert.equal((await elsewhere.submit('/confirm-email', { password: 'wrong' })).status, 422);
  assert.equal((await elsewhere.submit('/confirm-email', { password: PASSWORD })).status, 429);
  time.now += 900;
  const done = await elsewhere.submit('/confirm-email', { password: PASSWORD });
  assert.match(done.text, /Your e-mail address was changed/);
  assert.equal(elsewhere.cookies.has('gatehouse_session'), false);
});

test('a taken address gets the same page; faults are said; too many are limited', async () => {
  await signUp(running, 'taken@example.com');
  const visitor = await signUp(running, 'cleo@example.com');
  const free = await ask(visitor, 'free@example.com');
  const taken = await ask(visitor, 'taken@example.com');
  const sameAddress = taken.html.replaceAll('taken@example.com', 'free@example.com');
  assert.deepEqual([taken.status, sameAddress], [free.status, free.html]);
  const { subject } = await newestMail(running, 'taken@example.com');
  assert.match(subject, /Somebody wanted to use your address/);
  for (const email of ['nothing', 'cleo@example.com', '']) {
    const page = await ask(visitor, email);
    assert.equal(page.status, 422);
    assert.match(page.html, /id="field-email-error"/);
  }
  await ask(visitor, 'third@example.com');
  assert.equal((await ask(visitor, 'fourth@example.com')).status, 429);
});

test('a mistyped address is corrected on the page that says where to look', async () => {
  const visitor = running.visitor();
  await visitor.get('/sign-up');
  const form = { name: 'Dora Example', email: 'dora@exmaple.com', password: PASSWORD };
  const sent = await visitor.submit('/sign-up', form);
  assert.match(sent.html, /action="\/sign-up\/correct"/);
  assert.equal((await visitor.submit('/sign-up/correct', { email: 'nothing' })).status, 422);
  const dead = new URL(await linkTo(running, 'dora@exmaple.com', '/verify-email'));
  const corrected = await visitor.submit('/sign-up/correct', { email: 'dora@example.com' });
  assert.match(corrected.text, /We sent a message to the corrected address/);
  assert.equal((await visitor.get(dead.pathname + dead.search)).status, 410);
  const page = await open(visitor, 'dora@example.com', '/verify-email');
  assert.doesNotMatch(page.html, /type="password"/);
  assert.match((await visitor.submit('/verify-email')).text, /Your e-mail address is confirmed/);
  const stranger = running.visitor();
  assert.doesNotMatch((await stranger.get('/sign-up/sent')).html, /sign-up\/correct/);
  const { location } = await stranger.send('POST', '/sign-up/correct', {
    body: new URLSearchParams({ email: 'dora@other.example' }),
  });
  assert.equal(location, '/sign-up');
});

test('somebody signed in with an unproved address changes it like everybody else', async () => {
  await running
    .visitor()
    .post('/sign-up', { name: 'Eve', email: 'eve@exmaple.com', password: PASSWORD });
  const visitor = await signIn('eve@exmaple.com', PASSWORD);
  assert.match((await visitor.get('/')).html, /href="\/account\/email"/);
  await ask(visitor, 'eve@example.com');
  await open(visitor, 'eve@example.com', '/confirm-email');
  await visitor.submit('/confirm-email');
  assert.match((await visitor.get('/account')).text, /eve@example\.com Confirmed/);
  assert.equal((await visitor.get('/tokens/new')).status, 200);
});

test('when guesses are used up the sign-in page leads to a link by e-mail', async () => {
  const visitor = running.visitor();
  await visitor.get('/sign-in');
  const wrong = { email: 'dora@example.com', password: 'wrong' };
  for (let round = 0; round < 3; round++) {
    const refused = await visitor.submit('/sign-in', wrong);
    assert.doesNotMatch(refused.text, /Send me a link/);
  }
  const limited = await visitor.submit('/sign-in', wrong);
  assert.equal(limited.status, 429);
  assert.match(limited.html, /<a href="\/forgot-password[^"]*">Send me a link<\/a>/);
});
