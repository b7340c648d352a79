/** Heads that two readers could read in two ways, bodies that nobody asked for, and methods that no route has. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { MOST_TAKEN, pour } from '../support/pour.ts';
import { Conversation, type RawAnswer } from '../support/raw-http.ts';
import { startApp, type RunningApp } from '../support/running-app.ts';

let running: RunningApp;
before(async () => {
  running = await startApp({ env: { GATEHOUSE_LOG_LEVEL: 'silent' } });
});
after(() => running.stop());

const END = '\r\n\r\n';
const host = () => `Host: ${new URL(running.base).host}`;

async function ask(bytes: string): Promise<RawAnswer> {
  const wire = await Conversation.open(running.base);
  const answer = await wire.ask(bytes);
  wire.close();
  return answer;
}

const HOSTS = [
  'Host: a.example\r\nHost: b.example',
  'Host: localhost\r\nhost: localhost',
  'Host: user@localhost',
  'Host: user:password@localhost',
  'Host: localhost, evil.example',
  'Host: local host',
  'Host: localhost/path',
  'Host: localhost:port',
  'Host: localhost:80:80',
  'Host: [::1',
  'Host: http://localhost',
  'Host: localhost?x',
  'Host: localhost#x',
  'Host: <script>',
  'Host: "localhost"',
  'Host: locälhost',
  'Host:',
  'X-No: host',
];

describe('Host', () => {
  for (const path of ['/v2/me', '/health', '/oauth2/token', '/sign-in', '/healthz', '/nothing'])
    for (const head of HOSTS)
      test(`${head.replaceAll('\r\n', ' + ')} is 400 at ${path}`, async () => {
        const { status } = await ask(`GET ${path} HTTP/1.1\r\n${head}${END}`);
        assert.equal(status, 400);
      });

  for (const name of ['localhost', 'LOCALHOST:4000', 'a_b.example', '[::1]:4000', '127.0.0.1:1'])
    test(`${name} is a host`, async () => {
      const { status } = await ask(`GET /health HTTP/1.1\r\nHost: ${name}${END}`);
      assert.equal(status, 200);
    });
});

const REPEATED = [
  'Authorization: Bearer a\r\nAuthorization: Bearer b',
  'Authorization: Bearer a\r\nAuthorization: Bearer a',
  'Content-Type: application/json\r\nContent-Type: text/html',
  'Content-Length: 0\r\nContent-Length: 0',
  'Origin: http://localhost\r\nOrigin: http://evil.example',
  'Sec-Fetch-Site: same-origin\r\nSec-Fetch-Site: cross-site',
  'Idempotency-Key: a\r\nIdempotency-Key: b',
];

for (const headers of REPEATED)
  for (const path of ['/v2/tokens', '/oauth2/token', '/sign-in'])
    test(`${headers.replaceAll('\r\n', ' + ')} is 400 at ${path}`, async () => {
      const answer = await ask(`POST ${path} HTTP/1.1\r\n${host()}\r\n${headers}${END}`);
      assert.equal(answer.status, 400);
    });

test('what may come in several lines may', async () => {
  const lists =
    'Accept: text/html\r\nAccept: */*\r\nCookie: a=b\r\nCookie: c=d\r\nX-A: b\r\nX-A: c';
  const forwarded = 'X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-For: 192.0.2.2';
  const { status } = await ask(
    `GET /health HTTP/1.1\r\n${host()}\r\n${lists}\r\n${forwarded}${END}`,
  );
  assert.equal(status, 200);
});

test('an absolute address is asked for by its path', async () => {
  const { base } = running;
  const health = await ask(`GET ${base}/health HTTP/1.1\r\n${host()}${END}`);
  assert.deepEqual([health.status, health.body], [200, '{"status":"ok"}']);
  const me = await ask(`GET ${base}/v2/me?x=1 HTTP/1.1\r\n${host()}${END}`);
  assert.deepEqual(
    [me.status, me.headers.get('content-type')],
    [401, 'application/json; charset=utf-8'],
  );
  for (const bad of [
    'ftp://localhost/health',
    'http://user@localhost/health',
    'http:///health',
    'http:health',
    'health',
    'http://a b/health',
    'http://evil.example:x/health',
  ]) {
    const { status } = await ask(`GET ${bad} HTTP/1.1\r\n${host()}${END}`);
    assert.equal(status, 400, bad);
  }
});

const EARLY: readonly (readonly [string, number])[] = [
  ['POST /v2/tokens', 401],
  ['PATCH /v2/tokens/x', 401],
  ['POST /sign-in', 413],
  ['POST /oauth2/token', 413],
  ['POST /nothing', 404],
  ['PUT /v2/me', 405],
  ['GET /health', 200],
  ['GET /nothing', 404],
  ['QUERY /health', 405],
];

for (const [line, status] of EARLY) {
  for (const [how, header] of [
    ['of a length', 'Content-Length: 900000000'],
    ['in chunks', 'Transfer-Encoding: chunked'],
  ] as const)
    test(`${line} with an endless body ${how} is answered ${status} and not read on`, async () => {
      const form = 'Content-Type: application/x-www-form-urlencoded';
      const head = `${line} HTTP/1.1\r\n${host()}\r\n${form}\r\n${header}${END}`;
      const { answer, taken } = await pour(running.base, head, { chunked: how === 'in chunks' });
      assert.match(answer, new RegExp(`^HTTP/1.1 ${status} `));
      assert.match(answer, /\r\nconnection: close\r\n/i);
      assert.ok(taken < MOST_TAKEN, `${taken} bytes`);
    });
}

test('403 and 415 of an endless body end the connection too', async () => {
  const length = 'Content-Length: 900000000';
  const crossOrigin = `POST /sign-in HTTP/1.1\r\n${host()}\r\nSec-Fetch-Site: cross-site\r\n${length}${END}`;
  const wrongType = `POST /sign-in HTTP/1.1\r\n${host()}\r\nContent-Type: image/png\r\n${length}${END}`;
  for (const [head, status] of [
    [crossOrigin, 403],
    [wrongType, 415],
  ] as const) {
    const { answer, taken } = await pour(running.base, head);
    assert.match(answer, new RegExp(`^HTTP/1.1 ${status} `));
    assert.match(answer, /\r\nconnection: close\r\n/i);
    assert.ok(taken < MOST_TAKEN, `${taken} bytes`);
  }
});

test('who sends on after the answer is cut off', async () => {
  const head = `POST /v2/tokens HTTP/1.1\r\n${host()}\r\nContent-Length: 900000000${END}`;
  const { answer, taken } = await pour(running.base, head, { stubborn: true });
  assert.match(answer, /^HTTP\/1.1 401 /);
  assert.ok(taken < MOST_TAKEN, `${taken} bytes`);
});

test('a short body that is refused unread costs nobody the connection', async () => {
  const wire = await Conversation.open(running.base);
  const head = `POST /v2/tokens HTTP/1.1\r\n${host()}\r\nContent-Type: application/json\r\nContent-Length: 2${END}`;
  for (let times = 0; times < 3; times += 1) {
    const { status, headers } = await wire.ask(`${head}{}`);
    assert.deepEqual([status, headers.get('connection')], [401, 'keep-alive']);
  }
  wire.close();
});

test('who waits for 100 is refused without it, and the connection ends', async () => {
  const wire = await Conversation.open(running.base);
  const answer = await wire.ask(
    `POST /v2/tokens HTTP/1.1\r\n${host()}\r\nExpect: 100-continue\r\nContent-Length: 100${END}`,
  );
  assert.deepEqual([answer.status, answer.headers.get('connection')], [401, 'close']);
  assert.equal(await wire.next(), null);
});

test('what follows an unread body is no request', async () => {
  const body = `${'x'.repeat(70_000)}GET /health HTTP/1.1\r\n${host()}${END}`;
  const wire = await Conversation.open(running.base);
  wire.write(`POST /v2/tokens HTTP/1.1\r\n${host()}\r\nContent-Length: 70000${END}${body}`);
  assert.equal((await wire.next())?.status, 401);
  assert.equal(await wire.next(), null);
});

const KNOWN = ['/v2/me', '/v2/tokens/x', '/oauth2/token', '/sign-in', '/', '/health', '/readyz'];

for (const method of ['TRACE', 'QUERY', 'PROPFIND', 'SEARCH', 'PUT', 'M-SEARCH', 'PURGE', 'LOCK'])
  test(`${method} is 405 where there is something, and 404 elsewhere`, async () => {
    for (const path of KNOWN) {
      const answer = await ask(
        `${method} ${path} HTTP/1.1\r\n${host()}\r\nContent-Length: 0${END}`,
      );
      assert.equal(answer.status, 405, path);
      assert.match(answer.headers.get('allow') ?? '', /GET|POST/);
      assert.ok(!(answer.headers.get('allow') ?? '').includes(method));
    }
    const { status } = await ask(`${method} /nothing HTTP/1.1\r\n${host()}${END}`);
    assert.equal(status, 404);
  });
