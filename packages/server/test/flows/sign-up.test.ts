import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Config } from '../../src/config/config.ts';
import { linkTo, newestMail, PASSWORD, startApp, type RunningApp } from '../support/running-app.ts';

async function withApp(
  signUp: Partial<Config['signUp']>,
  act: (running: RunningApp) => Promise<void>,
): Promise<void> {
  const running = await startApp({
    change: (config) => ({ ...config, signUp: { ...config.signUp, ...signUp } }),
  });
  try {
    await act(running);
  } finally {
    await running.stop();
  }
}

const form = (email: string) => ({ name: 'Ada Example', email, password: PASSWORD });

const peopleOf = async ({ app }: RunningApp): Promise<number> =>
  (await app.storage.users.list('', { page: 1, pageSize: 1 })).total;

test('open: a link, one click in the same browser, and the first person runs the installation', async () => {
  await withApp({}, async (running) => {
    const visitor = running.visitor();
    await visitor.get('/sign-up');
    const sent = await visitor.submit('/sign-up', form(' Ada@Example.COM '));
    assert.match(sent.text, /Check your e-mail/);
    const link = new URL(await linkTo(running, 'ada@example.com', '/verify-email'));
    // A scanner of mail that follows every link, with and without a body, spends nothing.
    for (const method of ['GET', 'HEAD', 'GET', 'OPTIONS']) {
      await fetch(link, { method, headers: { 'user-agent': 'MailScanner/1' } });
    }
    const page = await visitor.get(link.pathname + link.search);
    assert.doesNotMatch(page.html, /type="password"/);
    const welcome = await visitor.submit('/verify-email');
    assert.match(welcome.text, /Your e-mail address is confirmed/);
    assert.equal((await visitor.get('/admin/people')).status, 200);
    const again = await visitor.get(link.pathname + link.search);
    assert.equal(again.status, 410);
  });
});

test('elsewhere the link asks for the password, and signs in nobody without it', async () => {
  await withApp({}, async (running) => {
    await running.visitor().post('/sign-up', form('ada@example.com'));
    const link = new URL(await linkTo(running, 'ada@example.com', '/verify-email'));
    const elsewhere = running.visitor();
    const page = await elsewhere.get(link.pathname + link.search);
    assert.match(page.html, /type="password"/);
    for (const password of ['', 'not the password']) {
      assert.equal((await elsewhere.submit('/verify-email', { password })).status, 422);
      assert.equal(elsewhere.cookies.has('gatehouse_session'), false);
    }
    const welcome = await elsewhere.submit('/verify-email', { password: PASSWORD });
    assert.match(welcome.text, /Your e-mail address is confirmed/);
  });
});

test('somebody who signs up with the address of another cannot have the owner finish it', async () => {
  await withApp({}, async (running) => {
    const mallory = running.visitor();
    await mallory.post('/sign-up', form('victim@example.com'));
    await mallory.post('/sign-in', { email: 'victim@example.com', password: PASSWORD });
    assert.equal((await mallory.get('/account')).status, 200);
    // Mallory has another link sent; the owner opens it, and is asked for a password that only Mallory knows.
    await mallory.get('/verify-email?proof=used');
    await mallory.submit('/verify-email/resend');
    const link = new URL(await linkTo(running, 'victim@example.com', '/verify-email'));
    const owner = running.visitor();
    const page = await owner.get(link.pathname + link.search);
    assert.match(page.html, /type="password"/);
    // The way out takes the account over and throws Mallory out.
    await owner.post('/forgot-password', { email: 'victim@example.com' });
    const reset = new URL(await linkTo(running, 'victim@example.com', '/reset-password'));
    await owner.get(reset.pathname + reset.search);
    await owner.submit('/reset-password', { password: 'velvet harbour quietly sings' });
    assert.equal((await mallory.send('GET', '/account', {})).status, 303);
    const old = { email: 'victim@example.com', password: PASSWORD };
    assert.equal((await mallory.post('/sign-in', old)).status, 422);
  });
});

test('a known address gets the same page and a message that says so', async () => {
  await withApp({}, async (running) => {
    const first = running.visitor();
    const one = await first.post('/sign-up', form('ada@example.com'));
    const second = running.visitor();
    const two = await second.post('/sign-up', { ...form('ada@example.com'), name: 'Mallory' });
    assert.equal(one.html, two.html);
    assert.deepEqual([...first.cookies.keys()], [...second.cookies.keys()]);
    const { text, subject } = await newestMail(running, 'ada@example.com');
    assert.doesNotMatch(text, /verify-email/);
    assert.doesNotMatch(text + subject, /Mallory/);
    assert.equal(await peopleOf(running), 1);
  });
});

test('domains: only addresses there, and no trick of spelling', async () => {
  await withApp({ mode: 'domains', domains: ['example.com', 'example.org'] }, async (running) => {
    const refused = [
      'ada@example.net',
      'ada@sub.example.com',
      'ada@example.com.evil.example',
      'ada@evilexample.com',
      'ada@example.com@evil.example',
      'ada@evil.example?@example.com',
      'ada@evil.example,x@example.com',
      'ada@evil.example\n@example.com',
      'ada@example.com.',
    ];
    for (const email of refused) {
      const page = await running.visitor().post('/sign-up', form(email));
      assert.ok([400, 422].includes(page.status), email);
    }
    assert.equal(await peopleOf(running), 0);
    for (const email of ['ada@example.com', 'bea@EXAMPLE.ORG']) {
      const page = await running.visitor().post('/sign-up', form(email));
      assert.equal(page.status, 200, email);
    }
    assert.equal(await peopleOf(running), 2);
  });
});

test('closed: no form, no account, no word on who has one', async () => {
  await withApp({ mode: 'closed' }, async (running) => {
    const page = await running.visitor().get('/sign-up');
    assert.match(page.text, /Sign-up is closed/);
    assert.doesNotMatch(page.html, /<form/);
    const posted = await running.visitor().post('/sign-up', form('ada@example.com'));
    assert.equal(posted.status, 403);
    assert.equal(await peopleOf(running), 0);
    const signIn = await running.visitor().get('/sign-in');
    assert.doesNotMatch(signIn.html, /href="\/sign-up"/);
  });
});

test('who has not proved the address can neither make a token nor be made an operator', async () => {
  await withApp({}, async (running) => {
    const operator = running.visitor();
    await operator.post('/sign-up', form('operator@example.com'));
    const link = new URL(await linkTo(running, 'operator@example.com', '/verify-email'));
    await operator.get(link.pathname + link.search);
    await operator.submit('/verify-email');
    await running.visitor().post('/sign-up', form('una@example.com'));
    const una = await running.app.storage.users.byEmail('una@example.com');
    assert.ok(una !== null);
    await operator.get('/account');
    const csrf = operator.hidden('/account/profile')?.['csrf'] ?? '';
    const path = `/admin/people/${una.id}/operator`;
    const page = await operator.post(path, { csrf, operator: 'yes' });
    assert.equal(page.status, 409);
    assert.equal((await running.app.storage.users.byId(una.id))?.isOperator, false);
    const actor = {
      user: una,
      origin: { source: 'portal', client: 'web', address: null, actorId: una.id },
      ceiling: null,
    } as const;
    const made = await running.app.tokens.create(
      {
        description: 'too early',
        scopes: ['asset.read'],
        lifeSeconds: 3600,
        accountId: una.accountId,
        creationKey: crypto.randomUUID(),
      },
      actor,
    );
    assert.equal(made.outcome, 'email-unverified');
  });
});
