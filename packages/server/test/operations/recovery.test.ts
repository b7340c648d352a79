/** What docs/operating.md promises of backups and of a changed master secret. */
import assert from 'node:assert/strict';
import { chmod, copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { backup, DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createPasswordHasher } from '../../src/identity/authentication/password.ts';
import { openApp, type App } from '../../src/compose/app.ts';
import { readConfig } from '../../src/config/read.ts';
import { createLogger } from '../../src/http/logger.ts';
import { randomBytes } from '../../src/kit/random.ts';
import { freePort } from '../support/free-port.ts';
import { PASSWORD } from '../support/running-app.ts';
import { WebVisitor } from '../support/visitor.ts';
import { addToken } from './token.ts';

interface Started {
  readonly app: App;
  readonly base: string;
}

async function start(directory: string, env: Record<string, string> = {}): Promise<Started> {
  const port = await freePort();
  const config = readConfig({ directory, env: { GATEHOUSE_PORT: String(port), ...env } });
  const cost = { memory: 8, passes: 1, parallelism: 1 };
  const app = await openApp({
    config,
    logger: createLogger({ level: 'silent' }),
    passwords: createPasswordHasher({ randomBytes, cost }),
  });
  const { url: base } = await app.listen();
  return { app, base };
}

const status = async (url: string, headers: Record<string, string>): Promise<number> => {
  const answer = await fetch(url, { headers, redirect: 'manual' });
  await answer.text();
  return answer.status;
};

/** A signed-in person, their token, and a link in a message to somebody who just signed up. */
async function populate({ app, base }: Started) {
  const token = await addToken(app);
  const visitor = new WebVisitor(base);
  await visitor.get('/sign-in');
  await visitor.submit('/sign-in', { email: 'ada@example.com', password: PASSWORD });
  const cookie = [...visitor.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  const stranger = new WebVisitor(base);
  await stranger.get('/sign-up');
  const person = { name: 'Bea', email: 'bea@example.com', password: PASSWORD };
  await stranger.submit('/sign-up', person);
  const { items } = await app.storage.outbox.list('all', { page: 1, pageSize: 10 });
  const notice = items.find((item) => item.notice.to === 'bea@example.com')?.notice;
  assert.ok(notice !== undefined);
  const link = /\/verify-email\S+/.exec(app.renderMail(notice).text)?.[0] ?? '';
  return { authorization: `Bearer ${token.value}`, cookie, link };
}

/** Whether the link in a message is one that can still be followed. */
async function isLive(base: string, link: string): Promise<boolean> {
  const page = await new WebVisitor(base).get(link);
  return page.status === 200;
}

async function withDirectories(act: (from: string, to: string) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'gatehouse-recovery-'));
  try {
    await act(join(directory, 'from'), join(directory, 'to'));
  } finally {
    await rm(directory, { recursive: true });
  }
}

async function copyOf(from: string, to: string): Promise<void> {
  await mkdir(join(to, 'data'), { recursive: true, mode: 0o700 });
  const source = new DatabaseSync(join(from, 'data', 'gatehouse.db'), { readOnly: true });
  const copy = join(to, 'data', 'gatehouse.db');
  await backup(source, copy);
  await chmod(copy, 0o600);
  source.close();
}

test('a copy taken from the running database, with the master secret, continues everything', async () => {
  await withDirectories(async (from, to) => {
    const first = await start(from);
    const { authorization, cookie, link } = await populate(first);
    await copyOf(from, to);
    await copyFile(join(from, 'data', 'master-secret'), join(to, 'data', 'master-secret'));
    await first.app.close();
    const second = await start(to);
    assert.equal(await status(`${second.base}/v2/me`, { authorization }), 200);
    assert.equal(await status(`${second.base}/account`, { cookie }), 200);
    assert.ok(await isLive(second.base, link));
    await second.app.close();
  });
});

test('another master secret ends the links in messages and leaves tokens and sessions', async () => {
  await withDirectories(async (from, to) => {
    const first = await start(from);
    const { authorization, cookie, link } = await populate(first);
    assert.ok(await isLive(first.base, link));
    await copyOf(from, to);
    await first.app.close();
    const env = { GATEHOUSE_MASTER_SECRET: Buffer.from(randomBytes(32)).toString('base64') };
    const second = await start(to, env);
    assert.equal(await status(`${second.base}/v2/me`, { authorization }), 200);
    assert.equal(await status(`${second.base}/account`, { cookie }), 200);
    assert.ok(!(await isLive(second.base, link)));
    await second.app.close();
  });
});
