/** A whole journey, mistakes and failures included; then a search for every secret of it wherever something is kept. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import {
  createPasswordHasher,
  type PasswordHasher,
} from '../../src/identity/authentication/password.ts';
import { randomBytes } from '../../src/kit/random.ts';
import { linkTo, PASSWORD, startApp, type RunningApp } from '../support/running-app.ts';
import type { WebVisitor } from '../support/visitor.ts';

const EMAIL = 'ada@example.com';
const NEW_PASSWORD = 'velvet harbour quietly sings';
const LAST_PASSWORD = 'seven umbrellas under the moon';
const BREAKS_THE_SERVER = 'the password at which hashing fails';

function fragileHasher(): PasswordHasher {
  const hasher = createPasswordHasher({
    randomBytes,
    cost: { memory: 8, passes: 1, parallelism: 1 },
  });
  return {
    waiting: 0,
    hash: (...given) => hasher.hash(...given),
    async verify(password, phc, sender) {
      if (password === BREAKS_THE_SERVER) throw new Error('argon2 has no memory');
      return hasher.verify(password, phc, sender);
    },
  };
}

let running: RunningApp;
before(async () => {
  running = await startApp({ passwords: fragileHasher() });
  await journey();
});
after(() => running.stop());

const pathTo = async (path: string): Promise<string> => {
  const { pathname, search } = new URL(await linkTo(running, EMAIL, path));
  return pathname + search;
};

async function journey(): Promise<void> {
  const visitor = running.visitor();
  await visitor.post('/sign-up', { name: '', email: 'not an address', password: PASSWORD });
  await visitor.post('/sign-up', { name: 'Ada', email: EMAIL, password: PASSWORD });
  const verification = await pathTo('/verify-email');
  await visitor.post('/sign-up', { name: 'Ada again', email: EMAIL, password: NEW_PASSWORD });
  const elsewhere = running.visitor();
  await elsewhere.get(verification);
  await elsewhere.submit('/verify-email', { password: 'a guess at the password' });
  await elsewhere.submit('/verify-email', { password: PASSWORD });
  await signIn(visitor);
  await recover(visitor);
  await useTokens(visitor);
  await visitor.get('/account');
  await visitor.submit('/sign-out');
}

async function signIn(visitor: WebVisitor): Promise<void> {
  await visitor.post('/sign-in', { email: EMAIL, password: 'first wrong password' });
  await visitor.post('/sign-in', { email: 'nobody@example.com', password: PASSWORD });
  const broken = await visitor.post('/sign-in', { email: EMAIL, password: BREAKS_THE_SERVER });
  assert.equal(broken.status, 500);
  // A password where it does not belong.
  await visitor.post('/sign-in', { email: 'my secret as address', password: 'x' });
  const page = await visitor.post('/sign-in', { email: EMAIL, password: PASSWORD });
  assert.equal(page.status, 200);
  await visitor.get('/account');
  const wrong = { current_password: 'second wrong password', password: NEW_PASSWORD };
  await visitor.submit('/account/password', wrong);
  await visitor.get('/account');
  const right = { current_password: PASSWORD, password: NEW_PASSWORD };
  assert.match((await visitor.submit('/account/password', right)).text, /was changed/);
}

async function recover(visitor: WebVisitor): Promise<void> {
  await visitor.post('/forgot-password', { email: EMAIL });
  const link = await pathTo('/reset-password');
  await visitor.get(link);
  await visitor.submit('/reset-password', { password: 'too short' });
  await visitor.submit('/reset-password', { password: LAST_PASSWORD });
  // The used link, and a forged one.
  await visitor.get(link);
  await visitor.get('/reset-password?proof=00000000-0000-4000-8000-000000000000.AAAA');
  const page = await visitor.post('/sign-in', { email: EMAIL, password: LAST_PASSWORD });
  assert.equal(page.status, 200);
}

async function useTokens(visitor: WebVisitor): Promise<void> {
  const value = await makeToken(visitor);
  const id = value.slice('gate_pat_'.length, 'gate_pat_'.length + 12);
  await callApi(value);
  await callApi(`${value.slice(0, -1)}_`);
  await visitor.get('/account');
  const csrf = visitor.hidden('/account/profile')?.['csrf'] ?? '';
  await visitor.post('/tokens/try', { csrf, token: value });
  await visitor.post('/tokens/try', { csrf: 'forged', token: value });
  // Secrets where people paste them by mistake.
  for (const path of [
    `/tokens/${value}`,
    `/v2/me?access_token=${value}`,
    `/v2/${value}`,
    `/sign-in?return_to=/${value}`,
    `/nowhere?token=${value}&password=${encodeURIComponent(LAST_PASSWORD)}`,
  ]) {
    await visitor.get(path);
  }
  await visitor.get(`/tokens/${id}/rotate`);
  const rotated = await visitor.submit(`/tokens/${id}/rotate`, { overlap: '3600' });
  const [successor] = /gate_pat_[0-9A-Za-z]{32,}/.exec(rotated.html) ?? [];
  assert.ok(successor !== undefined);
  await callApi(successor);
  await visitor.post(`/tokens/${id}/revoke`, { csrf });
  await callApi(value);
  await running.app.usage.flush();
}

async function makeToken(visitor: WebVisitor): Promise<string> {
  await visitor.get('/tokens/new');
  const fields = { description: 'by page', expires_in: '30', all_scopes: 'on' };
  const page = await visitor.submit('/tokens', fields);
  const [value] = /gate_pat_[0-9A-Za-z]{32,}/.exec(page.html) ?? [];
  assert.ok(value !== undefined, page.text);
  return value;
}

/** Reads, makes a token, rotates it, and asks for nonsense. */
async function callApi(value: string): Promise<void> {
  const call = async (method: string, path: string, body?: object): Promise<string> => {
    const response = await fetch(running.base + path, {
      method,
      headers: { authorization: `Bearer ${value}`, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    running.secrets.noteText(text);
    return text;
  };
  await call('GET', '/v2/me');
  await call('POST', '/v2/nonsense', { token: value });
  const made = await call('POST', '/v2/tokens', {
    description: 'by API',
    scopes: ['account.read'],
    expires_in: 86_400,
  });
  const id = /gate_pat_([0-9A-Za-z]{12})/.exec(made)?.[1];
  if (id !== undefined) await call('POST', `/v2/tokens/${id}/rotate`, { overlap_seconds: 0 });
  await fetch(`${running.base}/v2/me`, {
    headers: { authorization: `Basic ${Buffer.from(`x:${value}`).toString('base64')}` },
  });
}

test('the journey met every kind of secret', () => {
  for (const kind of ['password', 'cookie', 'csrf token', 'credential', 'proof'] as const) {
    assert.ok(running.secrets.count(kind) >= 2, kind);
  }
  // Two by page and two by API at least, each with and without its id.
  assert.ok(running.secrets.count('credential') >= 8);
});

test('the log at its most talkative holds none of them', () => {
  assert.ok(running.log.length > 20);
  assert.ok(running.log.some((line) => line.includes('argon2 has no memory')));
  assert.deepEqual(running.secrets.foundIn(running.log.join('')), []);
});

test('neither do the database, its write-ahead log or any other file', () => {
  assert.deepEqual(running.secrets.foundInFiles(running.directory), []);
});

test('messages hold the links that were asked for, and nothing else that opens a door', async () => {
  const { items } = await running.app.storage.outbox.list('all', { page: 1, pageSize: 100 });
  const kinds = new Set(items.map(({ notice }) => notice.kind));
  for (const kind of [
    'verify-email',
    'address-in-use',
    'reset-password',
    'password-changed',
    'token-created',
  ] as const) {
    assert.ok(kinds.has(kind), kind);
  }
  for (const { notice } of items) {
    const { subject, text, html } = running.app.renderMail(notice);
    const found = [subject, text, html].flatMap((part) => running.secrets.foundIn(part));
    const others = found.filter((one) => !one.startsWith('proof '));
    assert.deepEqual(others, [], notice.kind);
    const isLink = ['verify-email', 'reset-password'].includes(notice.kind);
    assert.equal(found.length > 0, isLink, notice.kind);
    // The outbox itself cannot be turned into a link.
    assert.deepEqual(running.secrets.foundIn(JSON.stringify(notice)), []);
  }
});

test('the search finds what is there, in any of the forms that it could have', async () => {
  const { secrets, directory } = running;
  const value = Buffer.alloc(32, 7).toString('base64url');
  secrets.note('cookie', value);
  for (const form of [value, Buffer.from(value, 'base64url')]) {
    await writeFile(
      join(directory, 'planted'),
      Buffer.concat([Buffer.from('…'), Buffer.from(form)]),
    );
    assert.deepEqual(secrets.foundInFiles(directory), [`planted: cookie ${value}`]);
  }
  await writeFile(join(directory, 'planted'), `password=${encodeURIComponent(LAST_PASSWORD)}`);
  assert.deepEqual(secrets.foundInFiles(directory), [`planted: password ${LAST_PASSWORD}`]);
});
