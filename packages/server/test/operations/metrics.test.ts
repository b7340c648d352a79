/** Figures as Prometheus reads them from a running process, after things really happened. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { readConfig } from '../../src/config/read.ts';
import { openPostOffice, type PostOffice } from '../mail/post-office.ts';
import { freePort } from '../support/free-port.ts';
import { MOST_TAKEN, pour } from '../support/pour.ts';
import { Conversation } from '../support/raw-http.ts';
import { PASSWORD } from '../support/running-app.ts';
import { WebVisitor } from '../support/visitor.ts';
import { until } from '../support/until.ts';
import { open, withProcess, type ServerProcess } from './process.ts';
import { makeToken } from './token.ts';

let server: ServerProcess;
let base: string;
let metricsPort: number;
let office: PostOffice;
let token: { id: string; value: string };
let release: () => void;
let process: Promise<void>;

before(async () => {
  office = await openPostOffice();
  metricsPort = await freePort();
  const env = { GATEHOUSE_METRICS_PORT: String(metricsPort), GATEHOUSE_SMTP_URL: office.url };
  const prepare = async (directory: string): Promise<void> => {
    token = await makeToken(readConfig({ env: {}, directory }));
  };
  const over = new Promise<void>((resolve) => {
    release = resolve;
  });
  await new Promise<void>((ready, failed) => {
    process = withProcess({ env, prepare }, async (started) => {
      server = started;
      base = `http://localhost:${started.port}`;
      ready();
      await over;
    });
    process.catch(failed);
  });
});
after(async () => {
  release();
  await process;
  await office.close();
});

const scrape = async (): Promise<string> => {
  const answer = await fetch(`http://127.0.0.1:${metricsPort}/metrics`);
  assert.equal(answer.status, 200);
  assert.match(answer.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/);
  return answer.text();
};

/** The value of one series, written as in the answer: `name{label="value"}`; 0 when it is not there. */
async function valueOf(series: string): Promise<number> {
  const line = (await scrape()).split('\n').find((text) => text.startsWith(`${series} `));
  return line === undefined ? 0 : Number(line.slice(series.length + 1));
}

/** Counts are taken after the answer went out. */
async function reaches(series: string, value: number): Promise<void> {
  await until(async () => (await valueOf(series)) === value, `${series} ${value}`);
}

const me = async (value: string): Promise<number> => {
  const headers = { authorization: `Bearer ${value}` };
  const answer = await fetch(`${base}/v2/me`, { headers });
  await answer.text();
  return answer.status;
};

test('verdicts are counted by outcome, and by where their facts came from', async () => {
  assert.equal(await me(token.value), 200);
  assert.equal(await me(token.value), 200);
  assert.equal(await me('garbage'), 401);
  await reaches('gatehouse_checks_total{outcome="active"}', 2);
  await reaches('gatehouse_checks_total{outcome="token_malformed"}', 1);
  await reaches('gatehouse_check_facts_total{source="database"}', 1);
  await reaches('gatehouse_check_facts_total{source="cache"}', 1);
  await reaches('gatehouse_http_requests_total{route="/v2/me",method="GET",status="200"}', 2);
  await reaches('gatehouse_http_requests_total{route="/v2/me",method="GET",status="401"}', 1);
  await reaches('gatehouse_http_request_seconds_count{route="/v2/me"}', 3);
});

test('what people do is counted as the audit log tells it, and the mail about it', async () => {
  const sent = 'gatehouse_mail_deliveries_total{outcome="sent"}';
  // The one about the token that was made before the start.
  await reaches(sent, 1);
  const visitor = new WebVisitor(base);
  await visitor.get('/sign-up');
  await visitor.submit('/sign-up', { name: 'Bea', email: 'bea@example.com', password: PASSWORD });
  await reaches('gatehouse_events_total{type="user_created"}', 1);
  await reaches(sent, 2);
  await reaches('gatehouse_outbox_waiting', 0);
  assert.equal(office.received.length, 2);
});

test('sign-ins are counted by outcome', async () => {
  const visitor = new WebVisitor(base);
  for (const password of ['wrong', PASSWORD]) {
    await visitor.get('/sign-in');
    await visitor.submit('/sign-in', { email: 'ada@example.com', password });
  }
  await reaches('gatehouse_sign_ins_total{outcome="refused"}', 1);
  await reaches('gatehouse_sign_ins_total{outcome="signed-in"}', 1);
  await reaches('gatehouse_events_total{type="user_login"}', 1);
  await reaches('gatehouse_passwords_waiting', 0);
});

test('a refused message waits, and its age and the attempt are told', async () => {
  office.refusal = { code: 451, says: 'come back later', at: 'recipient' };
  const visitor = new WebVisitor(base);
  await visitor.get('/sign-up');
  await visitor.submit('/sign-up', { name: 'Cy', email: 'cy@example.com', password: PASSWORD });
  await reaches('gatehouse_mail_deliveries_total{outcome="retried-later"}', 1);
  await reaches('gatehouse_outbox_waiting', 1);
  assert.ok((await valueOf('gatehouse_outbox_oldest_seconds')) >= 0);
});

const familyOf = (text: string): string[] =>
  text.split('\n').filter((line) => line.startsWith('gatehouse_http_requests_total{'));

async function sendRaw(head: string): Promise<void> {
  const connection = await open(server.port);
  connection.socket.write(`${head}\r\nhost: localhost\r\nconnection: close\r\n\r\n`);
  await connection.closed;
}

test('paths, methods and tokens that clients invent make no series of their own', async () => {
  const invent = async (mark: string): Promise<void> => {
    for (const method of ['GET', 'PROPFIND', 'PURGE', 'M-SEARCH']) {
      await sendRaw(`${method} /${mark}/${method} HTTP/1.1`);
      await sendRaw(`${method} /v2/${mark}?x=${mark} HTTP/1.1`);
    }
    await sendRaw(`GET /%ZZ${mark} HTTP/1.1`);
    await sendRaw(`GET /tokens/${mark} HTTP/1.1`);
    await me(`gate_pat_${mark}`);
  };
  await invent('first');
  await reaches('gatehouse_http_requests_total{route="unmatched",method="GET",status="404"}', 2);
  const few = await scrape();
  for (let count = 0; count < 10; count++) await invent(`more${count}`);
  await reaches('gatehouse_http_requests_total{route="unmatched",method="GET",status="404"}', 22);
  const many = await scrape();
  assert.equal(familyOf(many).length, familyOf(few).length);
  assert.doesNotMatch(many, /more\d|PROPFIND|PURGE|M-SEARCH/);
  assert.match(many, /route="unmatched",method="other"/);
  assert.ok(!many.includes(token.id));
});

test('the listener answers nothing but figures, and the server itself has none', async () => {
  for (const [path, method] of [
    ['/', 'GET'],
    ['/v2/me', 'GET'],
    ['/v2/me', 'POST'],
  ] as const) {
    const answer = await fetch(`http://127.0.0.1:${metricsPort}${path}`, { method });
    assert.equal(answer.status, 404, `${method} ${path}`);
  }
  assert.equal((await fetch(`${base}/metrics`)).status, 404);
});

test('the listener takes heads and bodies as strictly as the server', async () => {
  const at = `http://127.0.0.1:${metricsPort}`;
  const get = `GET /metrics HTTP/1.1\r\nHost: localhost\r\n`;
  for (const [head, status] of [
    [`${get}Host: evil.example\r\n\r\n`, 400],
    ['GET /metrics HTTP/1.1\r\n\r\n', 400],
    ['GET /metrics HTTP/1.1\r\nHost: user@localhost\r\n\r\n', 400],
    [`${get}Authorization: a\r\nAuthorization: b\r\n\r\n`, 400],
    ['TRACE /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n', 405],
    ['QUERY /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n', 404],
  ] as const) {
    const wire = await Conversation.open(at);
    assert.equal((await wire.ask(head)).status, status, head);
    wire.close();
  }
  for (const path of ['/metrics', '/nothing']) {
    const head = `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900000000\r\n\r\n`;
    const { answer, taken } = await pour(at, head);
    assert.match(answer, /^HTTP\/1.1 40[45] [^]*\r\nconnection: close\r\n/i);
    assert.ok(taken < MOST_TAKEN, `${taken} bytes`);
  }
});
