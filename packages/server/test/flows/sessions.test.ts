import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { sha256 } from '../../src/kit/hash.ts';
import { linkTo, PASSWORD, signUp, startApp, type RunningApp } from '../support/running-app.ts';
import { encode, type Reply, type WebVisitor } from '../support/visitor.ts';

const SESSION = 'gatehouse_session';
const NEW_PASSWORD = 'velvet harbour quietly sings';
const origin = { source: 'cli', client: 'cli/test', address: null, actorId: null } as const;

let running: RunningApp;
const time = { now: 1_790_000_000 };
before(async () => {
  running = await startApp({
    clock: () => time.now,
    change: (config) => ({
      ...config,
      attempts: { windowSeconds: 900, perAccount: 1000, perAddress: 1000 },
    }),
  });
});
after(() => running.stop());

async function signIn(email: string, password = PASSWORD): Promise<WebVisitor> {
  const visitor = running.visitor();
  const page = await visitor.post('/sign-in', { email, password });
  assert.equal(page.status, 200, page.text);
  return visitor;
}

const isSignedIn = async (visitor: WebVisitor): Promise<boolean> =>
  (await visitor.send('GET', '/account', {})).status === 200;

const sessionOf = (visitor: WebVisitor): string => visitor.cookies.get(SESSION) ?? '';

async function userOf(email: string) {
  const user = await running.app.storage.users.byEmail(email);
  assert.ok(user !== null);
  return user;
}

/** Attributes of a cookie in lower case, by name. */
function cookieOf({ setCookies }: Reply, name: string): readonly string[] {
  const line = setCookies.find((one) => one.startsWith(`${name}=`));
  assert.ok(line !== undefined, `${name} in ${setCookies.join(' | ')}`);
  return line
    .split('; ')
    .slice(1)
    .map((attribute) => attribute.toLowerCase());
}

test('a session that was planted before signing in is not the one after it', async () => {
  const attacker = await signUp(running, 'fixation@example.com');
  const planted = sessionOf(attacker);
  const victim = running.visitor();
  victim.cookies.set(SESSION, planted);
  await victim.post('/sign-in', { email: 'fixation@example.com', password: PASSWORD });
  assert.notEqual(sessionOf(victim), planted);
  assert.equal(await isSignedIn(victim), true);
  // Whoever sat there before is signed out.
  assert.equal(await isSignedIn(attacker), false);
  const invented = running.visitor();
  invented.cookies.set(SESSION, 'chosen-by-the-attacker-0123456789abcdefghij');
  await invented.post('/sign-in', { email: 'fixation@example.com', password: PASSWORD });
  assert.notEqual(sessionOf(invented), 'chosen-by-the-attacker-0123456789abcdefghij');
});

test('proving an address while somebody is signed in leaves no session behind', async () => {
  const visitor = await signUp(running, 'before@example.com');
  const left = running.visitor();
  left.cookies.set(SESSION, sessionOf(visitor));
  const form = { name: 'Ada', email: 'after@example.com', password: PASSWORD };
  await visitor.send('POST', '/sign-up', { body: encode(form) });
  const link = new URL(await linkTo(running, 'after@example.com', '/verify-email'));
  await visitor.get(link.pathname + link.search);
  await visitor.submit('/verify-email');
  assert.match((await visitor.get('/account')).text, /after@example\.com/);
  assert.equal(await isSignedIn(left), false);
});

test('over http cookies are closed to scripts and to other sites', async () => {
  await signUp(running, 'flags@example.com');
  const visitor = running.visitor();
  const body = encode({ email: 'flags@example.com', password: PASSWORD });
  const reply = await visitor.send('POST', '/sign-in', { body });
  const session = ['max-age=2592000', 'path=/', 'httponly', 'samesite=lax'];
  const { port } = new URL(running.base);
  assert.deepEqual(cookieOf(reply, `${SESSION}_${port}`).toSorted(), session.toSorted());
  const device = cookieOf(reply, `gatehouse_device_${port}`);
  for (const flag of ['path=/', 'httponly', 'samesite=lax']) assert.ok(device.includes(flag), flag);
});

test('over https they are secure and no other host can plant them', async () => {
  const https = await startApp({
    change: (config) => ({
      ...config,
      server: { ...config.server, baseUrl: 'https://developer.example.com' },
    }),
  });
  try {
    const visitor = https.visitor();
    const signUpForm = { name: 'Ada', email: 'ada@example.com', password: PASSWORD };
    const sent = await visitor.send('POST', '/sign-up', { body: encode(signUpForm) });
    const link = await linkTo(https, 'ada@example.com', '/verify-email');
    assert.ok(link.startsWith('https://developer.example.com/verify-email?'));
    const proof = new URL(link).searchParams.get('proof') ?? '';
    const verified = await visitor.send('POST', '/verify-email', { body: encode({ proof }) });
    assert.equal(verified.status, 303);
    for (const [reply, name] of [
      [sent, '__Host-gatehouse_sign_up'],
      [verified, '__Host-gatehouse_session'],
      [verified, '__Host-gatehouse_device'],
    ] as const) {
      const attributes = cookieOf(reply, name);
      for (const flag of ['secure', 'httponly', 'path=/', 'samesite=lax']) {
        assert.ok(attributes.includes(flag), `${name} ${flag}`);
      }
      assert.equal(
        attributes.some((attribute) => attribute.startsWith('domain')),
        false,
      );
    }
    assert.match(verified.headers.get('strict-transport-security') ?? '', /max-age=31536000/);
    // The same value under the bare name, which a sibling host could set, is not looked at.
    const tossed = https.visitor();
    tossed.cookies.set(SESSION, visitor.cookies.get('__Host-gatehouse_session') ?? '');
    assert.equal((await tossed.send('GET', '/account', {})).status, 303);
    assert.equal((await visitor.send('GET', '/account', {})).status, 200);
  } finally {
    await https.stop();
  }
});

test('the database holds the hash of a session and nothing that works', async () => {
  const visitor = await signUp(running, 'hashed@example.com');
  const found = await running.app.storage.sessions.byHash(sha256(sessionOf(visitor)));
  assert.equal(found?.user.email, 'hashed@example.com');
  const copied = running.visitor();
  for (const value of [
    found?.session.id ?? '',
    Buffer.from(found?.session.secretHash ?? []).toString('base64url'),
    Buffer.from(found?.session.secretHash ?? []).toString('hex'),
  ]) {
    copied.cookies.set(SESSION, value);
    assert.equal(await isSignedIn(copied), false);
  }
});

test('a session ends a week after its last use and a month after its start', async () => {
  const idle = await signUp(running, 'idle@example.com');
  const still = await signIn('idle@example.com');
  const busy = await signIn('idle@example.com');
  const start = time.now;
  const { idleSeconds, absoluteSeconds } = running.app.config.sessions;
  // To the second, and long before the end that nothing puts off.
  time.now = start + idleSeconds - 1;
  for (const one of [still, busy]) assert.equal(await isSignedIn(one), true);
  time.now = start + idleSeconds;
  assert.equal(await isSignedIn(idle), false);
  for (
    time.now = start + 2 * (idleSeconds - 1);
    time.now < start + absoluteSeconds;
    time.now += idleSeconds - 1
  )
    assert.equal(await isSignedIn(busy), true, String(time.now - start));
  time.now = start + absoluteSeconds - 1;
  assert.equal(await isSignedIn(busy), true);
  time.now = start + absoluteSeconds;
  assert.equal(await isSignedIn(busy), false);
});

test('signing out ends the session itself, not only its cookie', async () => {
  const visitor = await signUp(running, 'out@example.com');
  const copied = running.visitor();
  copied.cookies.set(SESSION, sessionOf(visitor));
  await visitor.get('/account');
  await visitor.submit('/sign-out');
  assert.equal(visitor.cookies.has(SESSION), false);
  assert.equal(await isSignedIn(copied), false);
});

test('"sign out everywhere else" and a change of password leave this browser alone', async () => {
  const own = await signUp(running, 'everywhere@example.com');
  let others = [await signIn('everywhere@example.com'), await signIn('everywhere@example.com')];
  await own.get('/account');
  await own.submit('/account/sessions/end-others');
  for (const other of others) assert.equal(await isSignedIn(other), false);
  assert.equal(await isSignedIn(own), true);
  others = [await signIn('everywhere@example.com')];
  await own.get('/account');
  const wrong = await own.submit('/account/password', {
    current_password: 'not the password',
    password: NEW_PASSWORD,
  });
  assert.equal(wrong.status, 422);
  assert.equal(await isSignedIn(others[0] ?? own), true);
  await own.get('/account');
  const changed = { current_password: PASSWORD, password: NEW_PASSWORD };
  const page = await own.submit('/account/password', changed);
  assert.match(page.text, /Your password was changed/);
  for (const other of others) assert.equal(await isSignedIn(other), false);
  assert.equal(await isSignedIn(own), true);
  assert.equal(await isSignedIn(await signIn('everywhere@example.com', NEW_PASSWORD)), true);
});

test('a reset ends every session, that of whoever resets included', async () => {
  const own = await signUp(running, 'reset@example.com');
  const thief = await signIn('reset@example.com');
  await own.get('/forgot-password');
  await own.submit('/forgot-password', { email: 'reset@example.com' });
  const { pathname, search } = new URL(
    await linkTo(running, 'reset@example.com', '/reset-password'),
  );
  await own.get(pathname + search);
  const page = await own.submit('/reset-password', { password: NEW_PASSWORD });
  assert.match(page.text, /Sign in with the new one/);
  assert.equal(await isSignedIn(own), false);
  assert.equal(await isSignedIn(thief), false);
  const old = await running
    .visitor()
    .post('/sign-in', { email: 'reset@example.com', password: PASSWORD });
  assert.equal(old.status, 422);
});

test("nobody ends another's session by its id", async () => {
  const victim = await signUp(running, 'victim@example.com');
  const mallory = await signUp(running, 'mallory@example.com');
  const { id } = await userOf('victim@example.com');
  const [session] = await running.app.storage.sessions.ofUser(id);
  await mallory.get('/account');
  const csrf = mallory.hidden('/account/profile')?.['csrf'] ?? '';
  await mallory.post('/account/sessions/end', { csrf, session_id: session?.id ?? '' });
  assert.equal(await isSignedIn(victim), true);
});

test('a suspended user is out at once and comes back without the old session', async () => {
  const visitor = await signUp(running, 'suspended@example.com');
  const { id: userId } = await userOf('suspended@example.com');
  assert.equal(await isSignedIn(visitor), true);
  await running.app.accounts.setSuspended({ userId, isSuspended: true, origin });
  assert.equal(await isSignedIn(visitor), false);
  await running.app.accounts.setSuspended({ userId, isSuspended: false, origin, earlier: 'keep' });
  assert.equal(await isSignedIn(visitor), false);
  assert.equal(await isSignedIn(await signIn('suspended@example.com')), true);
});

test('a user without any membership still sees every page, and can make no token', async () => {
  const visitor = await signUp(running, 'alone@example.com');
  const { id: userId, accountId } = await userOf('alone@example.com');
  await running.app.accounts.changeRole({ userId, accountId, role: null, origin });
  for (const path of ['/', '/account', '/tokens', '/tokens/new']) {
    assert.equal((await visitor.get(path)).status, 200, path);
  }
  const page = await visitor.submit('/tokens', {
    description: 'mine',
    expires_in: '30',
    scope: 'asset.read',
    all_scopes: 'on',
  });
  assert.equal(page.status, 422);
  assert.equal(
    (await running.app.storage.tokens.list({ userId }, { page: 1, pageSize: 1 })).total,
    0,
  );
});

test('cookies that are doubled, huge or broken are never worth more than none', async () => {
  const victim = await signUp(running, 'cookies@example.com');
  const value = sessionOf(victim);
  const statusWith = async (cookie: string): Promise<number> =>
    (await running.visitor().send('GET', '/account', { headers: { cookie } })).status;
  assert.equal(await statusWith(`${SESSION}=${value}`), 200);
  for (const cookie of [
    `${SESSION}=${'x'.repeat(8000)}`,
    `${SESSION}=${value}${'x'.repeat(600)}`,
    `${SESSION}=%00`,
    `${SESSION}=%E0%A4%A`,
    `${SESSION}=`,
    SESSION,
    `=${value}`,
    `__proto__=${value}; constructor=x`,
    `${SESSION.toUpperCase()}=${value}`,
    `${SESSION} =x; ;;; = ;`,
    Array.from({ length: 500 }, (_, index) => `c${index}=x`).join('; '),
  ]) {
    assert.equal(await statusWith(cookie), 303, cookie.slice(0, 60));
  }
  // A sibling host can only make it the first or the second: the page and its forms belong to one session either way.
  const mallory = sessionOf(await signUp(running, 'tosser@example.com'));
  const tossed = running.visitor();
  tossed.headers['cookie'] = `${SESSION}=${mallory}; ${SESSION}=${value}`;
  const page = await tossed.get('/account');
  const csrf = tossed.hidden('/account/profile')?.['csrf'] ?? '';
  const owner = page.html.includes('tosser@example.com') ? mallory : value;
  const body = encode({ csrf, name: 'Renamed', bio: '', location: '' });
  const headers = { cookie: `${SESSION}=${owner === mallory ? value : mallory}` };
  const crossed = await running.visitor().send('POST', '/account/profile', { body, headers });
  assert.equal(crossed.status, 403);
});

test('headers that are too large are refused, and the server goes on', async () => {
  const headers = { cookie: `${SESSION}=${'x'.repeat(20_000)}` };
  const reply = await running.visitor().send('GET', '/account', { headers });
  assert.equal(reply.status, 431);
  assert.equal((await running.visitor().send('GET', '/healthz', {})).status, 200);
});

test('whoever sends a form after the session ended is told that it was not saved', async () => {
  await signUp(running, 'late@example.com');
  const visitor = await signIn('late@example.com');
  await visitor.get('/account');
  await running.app.storage.sessions.endAll((await userOf('late@example.com')).id, null);
  const page = await visitor.submit('/account/profile', { name: 'Too Late' });
  assert.match(page.text, /Your session has ended.*This was not done yet/);
  assert.notEqual((await userOf('late@example.com')).name, 'Too Late');
});

test('a session of somebody who is suspended opens nothing, even if it was not ended', async () => {
  const visitor = await signUp(running, 'left-over@example.com');
  const user = await running.app.storage.users.byEmail('left-over@example.com');
  await running.app.storage.users.update(user?.id ?? '', { suspendedAt: time.now });
  assert.equal(await isSignedIn(visitor), false);
});

test('a change of password makes every other browser a new one', async () => {
  const email = 'known-browsers@example.com';
  const own = await signUp(running, email);
  const known = await signIn(email);
  const { id: userId = '' } = (await running.app.storage.users.byEmail(email)) ?? {};
  const newDevices = async (): Promise<number> => {
    const { items } = await running.app.storage.events.list({ userId }, { page: 1, pageSize: 50 });
    return items.filter(({ type }) => type === 'new_device_login').length;
  };
  const before = await newDevices();
  await known.post('/sign-in', { email, password: PASSWORD });
  assert.equal(await newDevices(), before, 'it is known');
  await own.get('/account');
  const changed = { current_password: PASSWORD, password: NEW_PASSWORD };
  await own.submit('/account/password', changed);
  await own.post('/sign-in', { email, password: NEW_PASSWORD });
  assert.equal(await newDevices(), before, 'the browser that changed it stays known');
  await known.post('/sign-in', { email, password: NEW_PASSWORD });
  assert.equal(await newDevices(), before + 1);
});
