import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Config } from '../../src/config/config.ts';
import { linkTo, PASSWORD, startApp, type RunningApp } from '../support/running-app.ts';
import { plainRequest } from '../support/plain-request.ts';

async function withMail(
  change: (config: Config) => Config,
  act: (running: RunningApp) => Promise<void>,
): Promise<void> {
  const running = await startApp({ change });
  try {
    const visitor = running.visitor();
    const form = { name: 'Ada', email: 'ada@example.com', password: PASSWORD };
    await visitor.post('/sign-up', form);
    await act(running);
  } finally {
    await running.stop();
  }
}

const same = (config: Config): Config => config;

/** The list, and every message. */
async function paths({ app }: RunningApp): Promise<readonly string[]> {
  const { items } = await app.storage.outbox.list('all', { page: 1, pageSize: 10 });
  assert.equal(items.length, 1);
  return ['/dev/mailbox', ...items.map(({ id }) => `/dev/mailbox/${id}`)];
}

test('on loopback the mailbox shows the message and its link', async () => {
  await withMail(same, async (running) => {
    const [list = '', message = ''] = await paths(running);
    const visitor = running.visitor();
    assert.match((await visitor.get(list)).text, /ada@example\.com/);
    const page = await visitor.get(message);
    const link = await linkTo(running, 'ada@example.com', '/verify-email');
    assert.ok(page.html.includes(`href="${link}"`));
  });
});

test('a server that people reach through a proxy has no mailbox, though it listens on loopback', async () => {
  const behindProxy = (config: Config): Config => ({
    ...config,
    server: { ...config.server, baseUrl: 'https://developer.example.com' },
  });
  await withMail(behindProxy, async (running) => {
    for (const path of await paths(running)) {
      assert.equal((await running.visitor().get(path)).status, 404, path);
    }
    const sent = await running.visitor().get('/sign-up/sent');
    assert.doesNotMatch(sent.text, /mailbox/);
  });
});

test('a page of another site that had its name point here cannot read the mailbox', async () => {
  await withMail(same, async (running) => {
    const { port } = new URL(running.base);
    for (const path of await paths(running)) {
      for (const host of [
        'evil.example',
        `evil.example:${port}`,
        `localhost.evil.example:${port}`,
      ]) {
        const { status, body } = await plainRequest(running.base + path, { headers: { host } });
        assert.equal(status, 404, `${path} of ${host}`);
        assert.doesNotMatch(body, /ada@example/);
      }
      for (const host of [`localhost:${port}`, `127.0.0.1:${port}`, `LOCALHOST:${port}`]) {
        const { status } = await plainRequest(running.base + path, { headers: { host } });
        assert.equal(status, 200, `${path} of ${host}`);
      }
    }
  });
});

test('ids that were never written, and those of no form, are absent', async () => {
  await withMail(same, async (running) => {
    for (const id of ['00000000-0000-7000-8000-000000000000', 'x', '..%2f..%2fetc']) {
      assert.equal((await running.visitor().get(`/dev/mailbox/${id}`)).status, 404, id);
    }
  });
});
