/** Whoever is turned out between the head of a request and its body must not have the body carried out. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { Conversation, type RawAnswer } from '../support/raw-http.ts';
import { signUp, startApp, type RunningApp } from '../support/running-app.ts';
import { encode } from '../support/visitor.ts';

const SESSION = 'gatehouse_session';
const origin = { source: 'cli', client: 'cli/test', address: null, actorId: null } as const;
const ALL = { page: 1, pageSize: 10 };

let running: RunningApp;
before(async () => {
  running = await startApp();
});
after(() => running.stop());

async function userOf(email: string) {
  const user = await running.app.storage.users.byEmail(email);
  assert.ok(user !== null);
  return user;
}

/** Sends the head and half of the body, waits until the server has judged the head, acts, and sends the rest. */
async function slowly(
  lines: readonly string[],
  body: string,
  meanwhile: () => Promise<unknown>,
): Promise<RawAnswer> {
  const wire = await Conversation.open(running.base);
  const head = once(running.app.server.server, 'request');
  const half = Math.floor(body.length / 2);
  const all = [...lines, 'Host: localhost', `Content-Length: ${body.length}`];
  wire.write(`${all.join('\r\n')}\r\n\r\n${body.slice(0, half)}`);
  await head;
  // What is asked of the database about the head is answered by then: it is the same process.
  await new Promise((resolve) => setTimeout(resolve, 200));
  await meanwhile();
  const answer = await wire.ask(body.slice(half));
  wire.close();
  return answer;
}

async function formOf(email: string) {
  const visitor = await signUp(running, email);
  await visitor.get('/tokens/new');
  const fields = visitor.hidden('/tokens') ?? {};
  const said = { description: 'kept', expires_in: '30', scope: 'asset.read' };
  const head = [
    'POST /tokens HTTP/1.1',
    `Cookie: ${SESSION}=${visitor.cookies.get(SESSION)}`,
    'Content-Type: application/x-www-form-urlencoded',
  ];
  return { head, body: String(encode({ ...fields, ...said })), user: await userOf(email) };
}

const tokensOf = async (userId: string): Promise<number> =>
  (await running.app.storage.tokens.list({ userId }, ALL)).total;

test('a form that comes whole is carried out, however slowly', async () => {
  const { head, body, user } = await formOf('slow@example.com');
  const answer = await slowly(head, body, async () => undefined);
  assert.equal(answer.status, 200, answer.body);
  assert.equal(await tokensOf(user.id), 1);
});

test('a form whose session ends while it arrives makes no token', async () => {
  const { head, body, user } = await formOf('ended@example.com');
  const end = () => running.app.storage.sessions.endAll(user.id, null);
  const answer = await slowly(head, body, end);
  assert.equal(answer.status, 403);
  assert.match(answer.body, /Your session has ended/);
  assert.equal(await tokensOf(user.id), 0);
});

test('a form of somebody who is suspended while it arrives makes no token', async () => {
  const { head, body, user } = await formOf('out@example.com');
  const suspend = () =>
    running.app.accounts.setSuspended({ userId: user.id, isSuspended: true, origin });
  assert.equal((await slowly(head, body, suspend)).status, 403);
  assert.equal(await tokensOf(user.id), 0);
});

test('an operator who is none any more when the form has arrived changes nobody', async () => {
  const { user: target } = await formOf('target@example.com');
  const visitor = await signUp(running, 'operator@example.com');
  const { id: userId } = await userOf('operator@example.com');
  await running.app.accounts.setOperator({ userId, isOperator: true, origin });
  await visitor.get(`/admin/people/${target.id}`);
  const path = `/admin/people/${target.id}/suspend`;
  const head = [
    `POST ${path} HTTP/1.1`,
    `Cookie: ${SESSION}=${visitor.cookies.get(SESSION)}`,
    'Content-Type: application/x-www-form-urlencoded',
  ];
  const demote = () => running.app.accounts.setOperator({ userId, isOperator: false, origin });
  const answer = await slowly(head, String(encode(visitor.hidden(path) ?? {})), demote);
  assert.equal(answer.status, 404);
  assert.equal((await userOf('target@example.com')).suspendedAt, null);
});

test('a call whose token is revoked while its body arrives is refused', async () => {
  await signUp(running, 'caller@example.com');
  const user = await userOf('caller@example.com');
  const actor = { user, origin, ceiling: null };
  const form = {
    description: 'caller',
    scopes: ['asset.read'],
    lifeSeconds: null,
    accountId: user.accountId,
    creationKey: 'caller',
  };
  const made = await running.app.tokens.create(form, actor);
  assert.ok(made.outcome === 'created');
  const app = {
    app_type: 'service',
    name: 'Kept',
    scopes: ['asset.read'],
  };
  const head = [
    'POST /v2/apps HTTP/1.1',
    `Authorization: Bearer ${made.value}`,
    'Content-Type: application/json',
  ];
  const revoke = () => running.app.tokens.switch({ id: made.token.id, act: 'revoke' }, actor);
  const answer = await slowly(head, JSON.stringify(app), revoke);
  assert.equal(answer.status, 401, answer.body);
  assert.match(answer.body, /token_revoked/);
  const { apps } = running.app.authorization.apps.reads;
  assert.equal((await apps.list({ ownerId: user.id }, ALL)).total, 0);
});
