import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { newestMail, PASSWORD, signUp, startApp, type RunningApp } from '../support/running-app.ts';
import { until } from '../support/until.ts';
import { addToken } from './token.ts';

interface Line {
  readonly reqId?: string;
  readonly msg?: string;
  readonly route?: string | null;
  readonly status?: number;
  readonly ms?: number;
}

let running: RunningApp;
before(async () => {
  running = await startApp();
});
after(() => running.stop());

const lines = (): readonly Line[] => running.log.map((line) => JSON.parse(line));

/** The line is written after the answer went out. */
const lineOf = (id: string | null): Promise<Line> =>
  until(() => lines().find(({ reqId, msg }) => reqId === id && msg === 'request'), 'its line');

for (const [path, status, route] of [
  ['/healthz', 200, '/healthz'],
  ['/v2/me', 401, '/v2/me'],
  ['/sign-in', 200, '/sign-in'],
  ['/nowhere/at/all', 404, null],
] as const) {
  test(`the answer to ${path} names the request and one line of the log tells of it`, async () => {
    const answer = await fetch(running.base + path);
    await answer.text();
    const id = answer.headers.get('x-request-id');
    const line = await lineOf(id);
    assert.equal(answer.status, status);
    assert.equal(line?.status, status);
    assert.equal(line.route, route);
    assert.equal(typeof line.ms, 'number');
    assert.equal(lines().filter(({ reqId, msg }) => reqId === id && msg === 'request').length, 1);
  });
}

for (const path of ['/%ZZ', '/v2/%ZZ', `/v2/teams/${'x'.repeat(400)}`]) {
  test(`an address that cannot be parsed is named and logged once like any other: ${path.slice(0, 12)}`, async () => {
    const answer = await fetch(running.base + path);
    await answer.text();
    const id = answer.headers.get('x-request-id');
    assert.match(id ?? '', /^[0-9a-f-]{36}$/);
    const line = await lineOf(id);
    assert.equal(line?.status, answer.status);
    assert.ok((line.ms ?? -1) >= 0 && (line.ms ?? 1e9) < 60_000);
    assert.equal(lines().filter(({ reqId, msg }) => reqId === id && msg === 'request').length, 1);
  });
}

test('what a client calls its request is not believed', async () => {
  const headers = { 'x-request-id': 'forged-by-client', 'request-id': 'forged-by-client' };
  const answer = await fetch(`${running.base}/healthz`, { headers });
  await answer.text();
  const id = answer.headers.get('x-request-id');
  assert.match(id ?? '', /^[0-9a-f-]{36}$/);
  assert.ok(await lineOf(id));
  assert.doesNotMatch(running.log.join(''), /forged-by-client/);
});

test('neither secrets nor query strings nor what people typed are logged', async () => {
  const visitor = await signUp(running, 'ada@example.com');
  const { text } = await newestMail(running, 'ada@example.com');
  const proof = /[?&]proof=([^\s&]+)/.exec(text)?.[1];
  const { value } = await addToken(running.app, 'bea@example.com');
  const other = running.visitor();
  await other.get('/sign-in?return_to=%2Ftokens&sneaky=query-secret');
  await other.submit('/sign-in', { email: 'ada@example.com', password: 'wrong-password-typed' });
  await fetch(`${running.base}/v2/me?access_token=${value}`, {
    headers: { authorization: `Bearer ${value}`, cookie: 'session=cookie-secret' },
  });
  await fetch(`${running.base}/v2/me`, { headers: { authorization: 'Basic aGVsbG86d29ybGQ=' } });
  const log = running.log.join('');
  assert.ok(proof !== undefined && proof.length > 20);
  assert.ok(visitor.cookies.size > 0);
  const secrets = [PASSWORD, value, proof, ...visitor.cookies.values()];
  const typed = ['wrong-password-typed', 'query-secret', 'cookie-secret', 'aGVsbG86d29ybGQ='];
  assert.ok(log.includes('"route":"/v2/me"'), 'the requests themselves were logged');
  for (const secret of [...secrets, ...typed, 'return_to']) {
    assert.ok(!log.includes(secret), `the log holds ${secret}`);
  }
});

test('every line of the log is one JSON object, whatever the client sent', async () => {
  await fetch(`${running.base}/%0a%0d{"level":60,"msg":"forged"}`, {
    headers: { 'user-agent': 'a"}\t{"msg":"forged"' },
  });
  for (const line of running.log) {
    assert.equal(line.indexOf('\n'), line.length - 1);
    assert.notEqual((JSON.parse(line) as Line).msg, 'forged');
  }
});

test('a token in an address is never in the log, wherever it stands', async () => {
  const { value: token } = await addToken(running.app, 'addressed@example.com');
  const places = [
    `/v2/me?access_token=${token}`,
    `/v2/me?${token}`,
    `/v2/tokens/${token}`,
    `/v4/me?token=${token}`,
    `/v2/%ZZ?token=${token}`,
    `/${token}`,
    `/tokens?token=${token}`,
    `/oauth2/auth?access_token=${token}`,
    `/oauth2/token?token=${token}`,
    `/assets/${token}/x`,
  ];
  for (const place of places) {
    const headers = { referer: running.base + place };
    const answer = await fetch(running.base + place, { redirect: 'manual', headers });
    await answer.text();
    await lineOf(answer.headers.get('x-request-id'));
  }
  assert.ok(!running.log.join('').includes(token.slice(21)));
});
