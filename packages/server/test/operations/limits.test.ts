/** What a client may send, how much of it and how slowly, on connections of its own. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Config } from '../../src/config/config.ts';
import { roomForNames } from '../../src/http/form-room.ts';
import { startApp, type RunningApp } from '../support/running-app.ts';
import { open } from './process.ts';

const FORM = 'POST /forgot-password HTTP/1.1\r\nhost: localhost\r\ncontent-type: ';
const URL_ENCODED = 'application/x-www-form-urlencoded';

let running: RunningApp;
let port: number;
/** Of bodies, in bytes: what is set, and room for the names of the catalogue. */
let limit: number;

const SET_BYTES = 1024;

function small(config: Config): Config {
  limit = SET_BYTES + roomForNames(config.scopes.map(({ name }) => name)).bytes;
  return {
    ...config,
    server: { ...config.server, bodyLimitBytes: SET_BYTES, requestTimeoutSeconds: 1 },
  };
}

before(async () => {
  running = await startApp({ change: small });
  port = Number(new URL(running.base).port);
});
after(() => running.stop());

/** Sends `text`, and nothing after it; answers all that comes back until the server hangs up. */
async function exchange(text: string): Promise<string> {
  const connection = await open(port);
  connection.socket.write(text);
  return connection.closed;
}

const statusOf = (answer: string): string => /^HTTP\/1\.1 (\d+)/.exec(answer)?.[1] ?? answer;

for (const type of [URL_ENCODED, `${URL_ENCODED};charset=UTF-8`, 'application/json']) {
  test(`a body of ${type} beyond the limit is refused before it is read`, async () => {
    const answer = await exchange(`${FORM}${type}\r\ncontent-length: ${limit + 1}\r\n\r\n`);
    assert.equal(statusOf(answer), '413');
    assert.match(answer, /connection: close/i);
  });

  test(`a body of ${type} that grows beyond the limit is refused`, async () => {
    const chunk = `${limit.toString(16)}\r\n${'a'.repeat(limit)}\r\n`;
    const head = `${FORM}${type}\r\ntransfer-encoding: chunked\r\n\r\n`;
    assert.equal(statusOf(await exchange(head + chunk + chunk)), '413');
  });
}

test('the endpoints for programs refuse it in their own words, and hang up as well', async () => {
  for (const path of ['/oauth2/token', '/oauth2/revoke', '/oauth2/introspect']) {
    const head = `POST ${path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: ${URL_ENCODED}\r\n`;
    const answer = await exchange(`${head}content-length: 99999\r\n\r\n`);
    assert.equal(statusOf(answer), '413', path);
    assert.match(answer, /connection: close/i);
    assert.match(answer, /"error":"invalid_request"/);
  }
});

test('a body at the limit is read', async () => {
  const body = `email=${'a'.repeat(limit - 'email='.length)}`;
  const head = `${FORM}${URL_ENCODED}\r\nconnection: close\r\ncontent-length: ${body.length}\r\n\r\n`;
  assert.match(statusOf(await exchange(head + body)), /^(4(?!13)\d\d|200)$/);
});

test('headers of more than 16 KiB are refused', async () => {
  const answer = await exchange(
    `GET /healthz HTTP/1.1\r\nhost: localhost\r\nx: ${'a'.repeat(17_000)}\r\n\r\n`,
  );
  assert.equal(statusOf(answer), '431');
});

test('a client that dawdles over its headers is told 408', async () => {
  assert.equal(statusOf(await exchange('GET /healthz HTTP/1.1\r\nhost: loc')), '408');
});

test('a client that dawdles over its body is told 408', async () => {
  const answer = await exchange(`${FORM}${URL_ENCODED}\r\ncontent-length: 20\r\n\r\nemail=`);
  assert.equal(statusOf(answer), '408');
});

test('a body in drops gains no time', async () => {
  const connection = await open(port);
  connection.socket.write(`${FORM}${URL_ENCODED}\r\ncontent-length: 1000\r\n\r\n`);
  const drops = setInterval(() => connection.socket.write('a'), 100);
  const answer = await connection.closed;
  clearInterval(drops);
  // While there were drops to come: with more time for each, the body would have been whole.
  assert.equal(statusOf(answer), '408');
});

test('a connection that says nothing is not kept', async () => {
  // Closed by the server: this client would wait for ever.
  assert.equal(statusOf(await exchange('')), '408');
});

for (const [what, text] of [
  ['words that are not HTTP', 'hello\r\n\r\n'],
  ['two lengths', `${FORM}${URL_ENCODED}\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\na`],
  [
    'a length beside chunks',
    `${FORM}${URL_ENCODED}\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
  ],
  [
    'a bare line feed in a header',
    'GET /healthz HTTP/1.1\r\nhost: localhost\r\nx: a\nb: c\r\n\r\n',
  ],
] as const) {
  test(`${what} are refused and the connection is closed`, async () => {
    assert.equal(statusOf(await exchange(text)), '400');
  });
}
