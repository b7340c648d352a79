import assert from 'node:assert/strict';
import { test } from 'node:test';
import Fastify, { type FastifyReply } from 'fastify';
import { registerRoutes, type Guard } from '../../src/http/register-routes.ts';
import { UndeclaredAccess, type Route } from '../../src/http/route.ts';

const route: Route = {
  method: 'GET',
  path: '/here',
  family: 'api',
  access: { kind: 'public' },
  handler: () => 'answered',
};

const close = async (_request: unknown, reply: FastifyReply): Promise<FastifyReply> =>
  reply.code(401).send('closed');
const CLOSED: Guard = { onRequest: [close] };

function register(changes: object, guard: Guard): Promise<{ statusCode: number }> {
  const server = Fastify();
  const guards = { api: () => guard, portal: () => guard, operations: () => guard };
  registerRoutes(server, [{ ...route, ...changes }], guards);
  return server.inject('/here');
}

test('a route without declared access does not start', () => {
  const undeclared = [
    { access: undefined },
    { access: {} },
    { access: { kind: 'anybody' } },
    { access: { kind: 'bearer' } },
    { access: { kind: 'bearer', scopes: 'asset.read' } },
  ];
  for (const changes of undeclared) {
    assert.throws(() => register(changes, CLOSED), UndeclaredAccess, JSON.stringify(changes));
  }
});

test('a route that is not public does not start when its family guards it with nothing', () => {
  const access = { kind: 'session' } as const;
  assert.throws(() => register({ access }, {}), UndeclaredAccess);
  assert.throws(() => register({ access }, { onRequest: [], preHandler: [] }), UndeclaredAccess);
});

test('what is declared is answered, or guarded', async () => {
  assert.equal((await register({}, {})).statusCode, 200);
  assert.equal((await register({ access: { kind: 'session' } }, CLOSED)).statusCode, 401);
});
