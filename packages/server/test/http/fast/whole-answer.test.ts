import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createLogger } from '../../../src/http/logger.ts';
import { createServer } from '../../../src/http/server.ts';
import { answerWhole } from '../../../src/http/fast/whole-answer.ts';

const lines: Record<string, unknown>[] = [];
let server: Awaited<ReturnType<typeof createServer>>;
let base = '';

before(async () => {
  server = await createServer({
    config: {
      baseUrl: 'https://gate.example.com',
      bodyLimitBytes: 1000,
      requestTimeoutSeconds: 5,
      mostConnections: 1000,
      mostConnectionsPerAddress: 1000,
      trustedProxies: [],
    },
    logger: createLogger({
      level: 'warn',
      destination: { write: (line) => lines.push(JSON.parse(line)) },
    }),
  });
  server.get('/text', (_request, reply) =>
    answerWhole(reply, { status: 203, headers: ['x-own', 'yes'], text: 'Grüße' }),
  );
  server.get('/unwritable', (_request, reply) =>
    answerWhole(reply, { status: 200, headers: ['x-own', '東'], text: '' }),
  );
  server.get('/twice', (_request, reply) => {
    for (const text of ['first', 'second']) answerWhole(reply, { status: 200, headers: [], text });
  });
  base = await server.listen({ host: '127.0.0.1', port: 0 });
});
after(() => server.close());

test('status, headers, length in bytes and what every answer carries', async () => {
  const answer = await fetch(`${base}/text`);
  assert.equal(answer.status, 203);
  assert.equal(answer.headers.get('x-own'), 'yes');
  assert.equal(answer.headers.get('content-length'), '7');
  assert.equal(answer.headers.get('x-content-type-options'), 'nosniff');
  assert.match(answer.headers.get('strict-transport-security') ?? '', /max-age/);
  assert.match(answer.headers.get('x-request-id') ?? '', /^[0-9a-f-]{36}$/);
  assert.equal(await answer.text(), 'Grüße');
});

test('HEAD has the length and no body', async () => {
  const answer = await fetch(`${base}/text`, { method: 'HEAD' });
  assert.equal(answer.headers.get('content-length'), '7');
  assert.equal(await answer.text(), '');
});

test('a header that cannot be written is a failure that is answered and logged', async () => {
  const answer = await fetch(`${base}/unwritable`, { signal: AbortSignal.timeout(5000) });
  assert.equal(answer.status, 500);
  assert.match(answer.headers.get('x-request-id') ?? '', /^[0-9a-f-]{36}$/);
  assert.ok(lines.some(({ msg }) => msg === 'request failed'));
});

test('a second answer is dropped and logged', async () => {
  const answer = await fetch(`${base}/twice`);
  assert.equal(await answer.text(), 'first');
  assert.ok(lines.some(({ msg }) => String(msg).includes('answered before')));
});
