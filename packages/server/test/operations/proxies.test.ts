/** Whose word about the client's address is taken. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Config } from '../../src/config/config.ts';
import { startApp, type RunningApp } from '../support/running-app.ts';
import { addToken } from './token.ts';

const trusting =
  (...trustedProxies: string[]) =>
  (config: Config): Config => ({ ...config, server: { ...config.server, trustedProxies } });

async function withApp(
  change: (config: Config) => Config,
  act: (running: RunningApp) => Promise<void>,
): Promise<void> {
  const running = await startApp({ change, env: { GATEHOUSE_HOST: '127.0.0.1' } });
  try {
    await act(running);
  } finally {
    await running.stop();
  }
}

/** The address that the use of a token was noted under. */
async function addressSeen(
  { app, base }: RunningApp,
  headers: Record<string, string>,
): Promise<string | undefined> {
  const token = await addToken(app, `${crypto.randomUUID()}@example.com`);
  const authorization = `Bearer ${token.value}`;
  const answer = await fetch(`${base}/v2/me`, { headers: { authorization, ...headers } });
  assert.equal(answer.status, 200);
  await app.usage.flush();
  const [place] = await app.storage.usage.addresses(token.id, 1);
  return place?.address;
}

test('nobody is believed unless configured', async () => {
  await withApp(trusting(), async (running) => {
    const headers = { 'x-forwarded-for': '203.0.113.7', forwarded: 'for=203.0.113.7' };
    assert.equal(await addressSeen(running, headers), '127.0.0.1');
  });
});

test('an address outside the trusted ranges is not believed', async () => {
  await withApp(trusting('10.0.0.0/8', '192.168.1.1'), async (running) => {
    const headers = { 'x-forwarded-for': '203.0.113.7' };
    assert.equal(await addressSeen(running, headers), '127.0.0.1');
  });
});

test('of a trusted proxy the nearest address that is not a proxy counts, never the leftmost', async () => {
  await withApp(trusting('127.0.0.1', '10.0.0.0/8'), async (running) => {
    const headers = { 'x-forwarded-for': '198.51.100.1, 203.0.113.7, 10.1.2.3' };
    assert.equal(await addressSeen(running, headers), '203.0.113.7');
  });
});

test('an entry with a port or brackets is read, and one without an address counts as the proxy that wrote it', async () => {
  await withApp(trusting('loopback', '10.0.0.0/8'), async (running) => {
    for (const [said, seen] of [
      ['203.0.113.7:51234', '203.0.113.7'],
      ['203.0.113.7, 10.1.2.3:80', '203.0.113.7'],
      ['[2001:db8::7]:443', '2001:db8::7'],
      ['[2001:db8::7]', '2001:db8::7'],
      ['203.0.113.7, unknown', '127.0.0.1'],
      ['203.0.113.7, _hidden, 10.1.2.3', '10.1.2.3'],
      ['', '127.0.0.1'],
      [' , ,', '127.0.0.1'],
      ['999.1.1.1', '127.0.0.1'],
    ] as const) {
      assert.equal(await addressSeen(running, { 'x-forwarded-for': said }), seen, said);
    }
  });
});

test('what a proxy says of host and scheme changes neither links nor cookies', async () => {
  await withApp(trusting('127.0.0.1'), async (running) => {
    const headers = { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https' };
    const answer = await fetch(`${running.base}/tokens`, { redirect: 'manual', headers });
    const location = answer.headers.get('location') ?? '';
    assert.match(location, /^\/sign-in/);
    const page = await fetch(`${running.base}/sign-in`, { headers });
    const html = await page.text();
    assert.doesNotMatch(html, /evil\.example/);
    for (const cookie of page.headers.getSetCookie()) assert.doesNotMatch(cookie, /__Host-|evil/);
  });
});

test('attempts are limited by the address behind the proxy, not by the proxy', async () => {
  const change = (config: Config): Config => ({
    ...trusting('127.0.0.1')(config),
    attempts: { windowSeconds: 900, perAccount: 100, perAddress: 2 },
  });
  await withApp(change, async (running) => {
    const signIn = async (from: string): Promise<number> => {
      const visitor = running.visitor();
      await visitor.get('/sign-in');
      const fields = { email: `${crypto.randomUUID()}@example.com`, password: 'wrong' };
      const headers = { 'x-forwarded-for': from };
      const page = await visitor.post('/sign-in', fields, headers);
      return page.status;
    };
    for (let count = 0; count < 2; count++) await signIn('203.0.113.7');
    assert.equal(await signIn('203.0.113.7'), 429);
    assert.notEqual(await signIn('203.0.113.8'), 429);
  });
});
