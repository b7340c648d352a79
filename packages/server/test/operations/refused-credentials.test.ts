/** Two processes on one PostgreSQL, and secrets that nobody was given. */
import assert from 'node:assert/strict';
import { request } from 'node:http';
import { after, before, test } from 'node:test';
import { randomBytes } from '../../src/kit/random.ts';
import { mintCredential } from '../../src/oauth/tokens/format.ts';
import { startApiOn, type RunningApi } from '../support/api.ts';
import { registerApp } from '../support/oauth.ts';
import { withProcess } from './process.ts';

const MOST = 30;
/** So slow a leak that none is freed while the test runs. */
const RATE_LIMIT = `rate_limit:\n  failures: ${MOST}\n  window_seconds: 86400\n`;

let api: RunningApi;
before(async () => {
  api = await startApiOn('postgres');
});
after(() => api.stop());

interface Asked {
  readonly port: number;
  readonly path: string;
  readonly from: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** The status and Retry-After. */
const ask = ({ port, path, from: localAddress, headers, body }: Asked) =>
  new Promise<{ status: number; retryAfter: string | undefined }>((resolve, reject) => {
    const method = body === undefined ? 'GET' : 'POST';
    const sent = request({ host: '127.0.0.1', port, path, method, localAddress, headers });
    sent.on('response', (answer) => {
      answer.resume();
      answer.on('end', () =>
        resolve({ status: answer.statusCode ?? 0, retryAfter: answer.headers['retry-after'] }),
      );
    });
    sent.on('error', reject);
    sent.end(body);
  });

async function withTwo(act: (ports: readonly [number, number]) => Promise<void>): Promise<void> {
  const { databaseUrl } = api.modules.config.storage;
  const start = {
    env: { GATEHOUSE_DATABASE_URL: databaseUrl ?? '', GATEHOUSE_MASTER_SECRET: 's'.repeat(43) },
    yaml: RATE_LIMIT,
  };
  await withProcess(start, (one) => withProcess(start, (other) => act([one.port, other.port])));
}

const count = (answers: readonly { readonly status: number }[], status: number): number =>
  answers.filter((answer) => answer.status === status).length;

test('count together: of one address, and of one client from everywhere', async () => {
  const { app, secret } = await registerApp(api.modules, await api.user('owner@example.com'), {
    type: 'service',
  });
  await withTwo(async (ports) => {
    const turns = Array.from({ length: 80 }, (_, turn) => turn);
    const portOf = (turn: number): number => ports[turn % 2 === 0 ? 0 : 1];
    const guesses = await Promise.all(
      turns.map((turn) => {
        const { value } = mintCredential('gate', 'pat', randomBytes);
        const headers = { authorization: `Bearer ${value}` };
        return ask({ port: portOf(turn), path: '/v2/me', from: '127.0.0.2', headers });
      }),
    );
    assert.deepEqual([count(guesses, 401), count(guesses, 429)], [MOST, 80 - MOST]);
    for (const { status, retryAfter } of guesses)
      if (status === 429) assert.match(retryAfter ?? '', /^\d+$/);

    const secretAt = (turn: number, text: string) =>
      ask({
        port: portOf(turn),
        path: '/oauth2/token',
        from: `127.0.0.${3 + (turn % 8)}`,
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: `grant_type=client_credentials&client_id=${app.id}&client_secret=${text}`,
      });
    const wrong = await Promise.all(
      turns.map((turn) => secretAt(turn, mintCredential('gate', 'cs', randomBytes).value)),
    );
    assert.deepEqual([count(wrong, 401), count(wrong, 429)], [MOST, 80 - MOST]);
    // What is right is never turned away.
    for (const turn of [0, 1]) assert.equal((await secretAt(turn, secret ?? '')).status, 200);
  });
});
