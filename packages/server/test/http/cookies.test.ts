import assert from 'node:assert/strict';
import { test } from 'node:test';
import Fastify from 'fastify';
import { createCookies } from '../../src/http/cookies.ts';
import type { FastifyReply, FastifyRequest } from 'fastify';

async function exchange(
  act: (reply: FastifyReply, request: FastifyRequest) => unknown,
  header?: string,
): Promise<{ set: readonly string[]; body: string }> {
  const server = Fastify();
  server.get('/', (request, reply) => reply.send(JSON.stringify(act(reply, request) ?? null)));
  const headers = header === undefined ? {} : { cookie: header };
  const answer = await server.inject({ method: 'GET', url: '/', headers });
  return { set: [answer.headers['set-cookie'] ?? []].flat(), body: answer.body };
}

const plain = createCookies('http://localhost');
const onPort = createCookies('http://localhost:4000');
const securePort = createCookies('https://gate.example.com:8443');
const secure = createCookies('https://gate.example.com');

test('over HTTPS a cookie belongs to this host alone', async () => {
  const { set } = await exchange((reply) => {
    secure.set(reply, 'session', { value: 'abc', maxAgeSeconds: 60 });
  });
  assert.deepEqual(set, ['__Host-session=abc; Max-Age=60; Path=/; HttpOnly; Secure; SameSite=Lax']);
});

test('without an age it ends with the browser, and plain HTTP gets no Secure', async () => {
  const { set } = await exchange((reply) => plain.set(reply, 'session', { value: 'abc' }));
  assert.deepEqual(set, ['session=abc; Path=/; HttpOnly; SameSite=Lax']);
});

test('the last word about a cookie is the only one sent, beside those about others', async () => {
  const { set } = await exchange((reply) => {
    plain.set(reply, 'session', { value: 'first' });
    plain.set(reply, 'device', { value: 'phone' });
    plain.clear(reply, 'session');
  });
  assert.equal(set.length, 2);
  assert.match(set[0] ?? '', /^device=phone/);
  assert.match(set[1] ?? '', /^session=; Max-Age=0; .*Expires=Thu, 01 Jan 1970 00:00:00 GMT/);
});

test('what is read is the cookie of this host, unescaped, and nothing long', async () => {
  const header = `a=1; __Host-session=x%20y; session=other; long=${'z'.repeat(3501)}`;
  const read = (name: string) => exchange((_reply, request) => secure.read(request, name), header);
  assert.equal((await read('session')).body, '"x y"');
  assert.equal((await read('missing')).body, 'null');
  const long = await exchange((_reply, request) => plain.read(request, 'long'), header);
  assert.equal(long.body, 'null');
  const none = await exchange((_reply, request) => plain.read(request, 'a'));
  assert.equal(none.body, 'null');
});

test('each port of a host has names of its own, and still finds what was set before it had', async () => {
  const { set } = await exchange((reply) => onPort.set(reply, 'session', { value: 'abc' }));
  assert.deepEqual(set, ['session_4000=abc; Path=/; HttpOnly; SameSite=Lax']);
  const over = await exchange((reply) => securePort.set(reply, 'session', { value: 'abc' }));
  assert.match(over.set.join(), /^__Host-session_8443=abc; /);
  const header = 'session=earlier; __Host-session=secure; session_4001=other';
  const read = (from: typeof plain, act: 'read' | 'readEarlier') =>
    exchange((_reply, request) => from[act](request, 'session'), header);
  assert.equal((await read(onPort, 'read')).body, 'null');
  assert.equal((await read(onPort, 'readEarlier')).body, '"earlier"');
  assert.equal((await read(securePort, 'readEarlier')).body, '"secure"');
  assert.equal((await read(plain, 'read')).body, '"earlier"');
  assert.equal((await read(plain, 'readEarlier')).body, 'null');
});
