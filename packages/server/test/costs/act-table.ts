/** For each route that writes, what is sent to it so that it does what it is for. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { User } from '../../src/identity/types.ts';
import { CALLBACK, registerApp } from '../support/oauth.ts';
import { linkTo, PASSWORD } from '../support/running-app.ts';
import type { Fields } from '../support/visitor.ts';
import type { Act, Sent, World } from './acts.ts';
import { connect, makeToken, ORIGIN, signIn, type Person } from './people.ts';

const ownToken = async ({ running, me }: World) => (await makeToken(running, me.user)).id;
const ownApp = async ({ running, me }: World) => registerApp(running.app, me.user);

const onToken =
  (rest: Omit<Sent, 'params'> = {}): Act =>
  async (world) => ({ params: [await ownToken(world)], ...rest });

const onApp =
  (rest: Omit<Sent, 'params'> = {}): Act =>
  async (world) => ({ params: [(await ownApp(world)).app.id], ...rest });

const onOther =
  (fields: Fields = {}): Act =>
  ({ other }) => ({ params: [other.user.id], fields });

const actorOf = ({ user }: Person) => ({
  user,
  origin: { ...ORIGIN, actorId: user.id },
  isOperator: false,
  ceiling: null,
});

const disabledToken: Act = async (world) => {
  const id = await ownToken(world);
  await world.running.app.tokens.switch({ id, act: 'disable' }, actorOf(world.me));
  return { params: [id] };
};

const disabledApp: Act = async (world) => {
  const { id } = (await ownApp(world)).app;
  await world.running.app.authorization.apps.switch({ id, act: 'disable' }, actorOf(world.me));
  return { params: [id] };
};

const secretOfOwn = async (world: World) => {
  const { app } = await ownApp(world);
  const [secret] = await world.running.app.storage.secrets.ofApp(app.id);
  return { appId: app.id, secretId: secret?.id ?? '' };
};

/** An app that somebody gave to somebody else, by the offer that is still open. */
async function offered(world: World, { from, to }: { from: Person; to: Person }) {
  const { authorization } = world.running.app;
  const { app } = await registerApp(world.running.app, from.user);
  const made = await authorization.apps.offer({ id: app.id, email: to.user.email }, actorOf(from));
  assert.ok(made.outcome === 'offered', made.outcome);
  return { appId: app.id, offerId: made.offer.id };
}

const onOffer =
  (fields: Fields = {}): Act =>
  async (world) => {
    const { me, other } = world;
    const { offerId } = await offered(world, { from: other, to: me });
    const { html } = await me.visitor.get(`/apps/offers/${offerId}`);
    const seen = /name="seen" value="([^"]*)"/.exec(html)?.[1] ?? '';
    return { params: [offerId], fields: { seen, ...fields } };
  };

const transferred: Act = async (world) => {
  const { me, other } = world;
  const { appId, offerId } = await offered(world, { from: other, to: me });
  const { html } = await me.visitor.get(`/apps/offers/${offerId}`);
  const seen = /name="seen" value="([^"]*)"/.exec(html)?.[1] ?? '';
  const asked = { id: offerId, seen, overlapSeconds: 86_400 };
  const outcome = await world.running.app.authorization.apps.acceptOffer(asked, actorOf(me));
  assert.equal(outcome.outcome, 'transferred');
  return { params: [appId], fields: { overlap_hours: '1' } };
};

const proofIn = async ({ running }: World, to: string, path: string): Promise<string> =>
  new URL(await linkTo(running, to, path)).searchParams.get('proof') ?? '';

const newAddress = () => `${randomUUID()}@example.com`;

const changedAddress = async (world: World): Promise<string> => {
  const email = newAddress();
  await world.me.visitor.get('/account/email');
  await world.me.visitor.submit('/account/email', { email });
  return proofIn(world, email, '/confirm-email');
};

const unproved: Act = async (world) => {
  const email = newAddress();
  const visitor = { address: '127.0.0.1', agent: 'Test/1.0', deviceToken: null };
  const form = { name: 'Uma', email, password: PASSWORD };
  await world.running.app.accounts.signUp(form, visitor);
  const proof = await proofIn(world, email, '/verify-email');
  return { fields: { proof, password: PASSWORD } };
};

const deleted = async (world: World, { user }: Person, by: User) => {
  const origin = { ...ORIGIN, actorId: by.id };
  const asked = { userId: user.id, heirId: null, isNow: false, origin };
  const outcome = await world.running.app.accounts.requestDeletion(asked);
  assert.equal(outcome.outcome, 'requested');
};

const oauthRequest = async (world: World): Promise<string> => {
  const { app } = await registerApp(world.running.app, world.other.user);
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: app.id,
    redirect_uri: CALLBACK,
    scope: 'asset.read',
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    code_challenge_method: 'S256',
  });
  return `/oauth2/auth?${query.toString()}`;
};

const APP_FIELDS: Fields = {
  type: 'web',
  name: 'Cutting Room',
  redirect_uris: CALLBACK,
  'scope.account.read': 'required',
  'scope.offline': 'required',
};

const OAUTH: Record<string, Act> = {
  'POST /oauth2/token': async ({ running, me, other }) => {
    const { app, secret, code } = await connect(running, { owner: other.user, user: me.user });
    const fields = { grant_type: 'authorization_code', code, redirect_uri: CALLBACK };
    return { fields, basic: { id: app.id, secret } };
  },
  'POST /oauth2/revoke': async (world) => {
    const { app, secret } = await ownApp(world);
    return { fields: { token: 'gate_ort_unknown' }, basic: { id: app.id, secret } };
  },
  'POST /oauth2/introspect': async (world) => {
    const { app, secret } = await ownApp(world);
    return { fields: { token: 'gate_oat_unknown' }, basic: { id: app.id, secret } };
  },
  'POST /oauth2/auth': async (world) => {
    await world.me.visitor.get(await oauthRequest(world));
    const fields = world.me.visitor.hidden('/oauth2/auth') ?? {};
    return { fields: { ...fields, decision: 'allow', scope: 'asset.read' } };
  },
};

const API: Record<string, Act> = {
  'DELETE /v2/token': () => ({}),
  'POST /v2/tokens': () => ({
    json: { description: 'x', scopes: ['asset.read'], expires_in: null },
  }),
  'PATCH /v2/tokens/:id': onToken({ json: { description: 'renamed' } }),
  'DELETE /v2/tokens/:id': onToken(),
  'POST /v2/tokens/:id/rotate': onToken({ json: { overlap_seconds: 0 } }),
  'POST /v2/tokens/:id/disable': onToken(),
  'POST /v2/tokens/:id/enable': disabledToken,
  'POST /v2/apps': () => ({
    json: { app_type: 'web', name: 'App', redirect_uris: [CALLBACK], scopes: ['account.read'] },
  }),
  'PATCH /v2/apps/:id': onApp({ json: { name: 'Renamed' } }),
  'DELETE /v2/apps/:id': onApp(),
  'POST /v2/apps/:id/disable': onApp(),
  'POST /v2/apps/:id/enable': disabledApp,
  'POST /v2/apps/:id/secrets': onApp(),
  'DELETE /v2/apps/:id/secrets/:secret_id': async (world) => {
    const { appId, secretId } = await secretOfOwn(world);
    return { params: [appId, secretId] };
  },
  'DELETE /v2/grants/:id': async ({ running, me, other }) => ({
    params: [(await connect(running, { owner: other.user, user: me.user })).grantId],
  }),
};

const SIGNED_OUT: Record<string, Act> = {
  'POST /sign-up': () => ({ fields: { name: 'Uma', email: newAddress(), password: PASSWORD } }),
  'POST /sign-up/correct': async ({ running }) => {
    const visitor = running.visitor();
    const fields = { name: 'Uma', email: newAddress(), password: PASSWORD };
    await visitor.post('/sign-up', fields);
    return { visitor, fields: { email: newAddress() } };
  },
  'POST /verify-email': unproved,
  'POST /sign-in': ({ me }) => ({ fields: { email: me.user.email, password: PASSWORD } }),
  'POST /forgot-password': ({ me }) => ({ fields: { email: me.user.email } }),
  'POST /reset-password': async (world) => {
    const { email } = world.me.user;
    await world.me.visitor.post('/forgot-password', { email });
    const proof = await proofIn(world, email, '/reset-password');
    return { fields: { proof, password: `${PASSWORD} again`, end_access: 'on' } };
  },
  'POST /keep-account': async (world) => {
    await deleted(world, world.me, world.me.user);
    return { fields: { proof: await proofIn(world, world.me.user.email, '/keep-account') } };
  },
  'POST /confirm-email': async (world) => ({
    fields: { proof: await changedAddress(world), password: PASSWORD },
  }),
  'POST /undo-email-change': async (world) => {
    const proof = await changedAddress(world);
    await world.me.visitor.post('/confirm-email', { proof, password: PASSWORD });
    const undo = await proofIn(world, world.me.user.email, '/undo-email-change');
    return { fields: { proof: undo } };
  },
};

const ACCOUNT: Record<string, Act> = {
  'POST /verify-email/resend': async ({ running, me }) => {
    await running.app.storage.users.update(me.user.id, { emailVerifiedAt: null });
    return {};
  },
  'POST /sign-out': () => ({}),
  'POST /account/profile': () => ({ fields: { name: 'Renamed' } }),
  'POST /account/password': () => ({
    fields: { current_password: PASSWORD, password: `${PASSWORD} again` },
  }),
  'POST /account/export': () => ({}),
  'POST /account/email': () => ({ fields: { email: newAddress() } }),
  'POST /account/access/end': () => ({}),
  'POST /account/sessions/end': async ({ running, me }) => ({
    fields: { session_id: (await signIn(running, me.user)).sessionId },
  }),
  'POST /account/sessions/end-others': async ({ running, me }) => {
    await signIn(running, me.user);
    return {};
  },
  'POST /account/delete': ({ me }) => ({ fields: { confirm_email: me.user.email } }),
  'POST /connections/:id/disconnect': async ({ running, me, other }) => ({
    params: [(await connect(running, { owner: other.user, user: me.user })).grantId],
  }),
  'POST /confirm': async (world) => {
    const { fields } = await kept(world);
    return { fields: { ...fields, password: PASSWORD } };
  },
  'POST /confirm/send-link': kept,
  'POST /confirm/link': async (world) => {
    const { fields = {} } = await kept(world);
    await world.me.visitor.post('/confirm/send-link', { csrf: world.me.csrf, ...fields });
    return { fields: { proof: await proofIn(world, world.me.user.email, '/confirm/link') } };
  },
};

/** A form that waits for the password, because the session is older than ten minutes. */
async function kept({ stage, me }: World): Promise<Sent> {
  stage.time.now += 1200;
  const fields = { csrf: me.csrf, email: newAddress() };
  await me.visitor.post('/account/email', fields);
  return { fields: me.visitor.hidden('/confirm') ?? {} };
}

const TOKENS: Record<string, Act> = {
  'POST /tokens': () => ({
    fields: { description: 'x', expires_in: '30', scope: 'asset.read', creation_key: randomUUID() },
  }),
  'POST /tokens/try': async ({ running, me }) => ({
    fields: { token: (await makeToken(running, me.user)).value },
  }),
  'POST /tokens/revoke': async (world) => ({
    fields: { ids: await ownToken(world), confirm: 'yes' },
  }),
  'POST /tokens/:id/description': onToken({ fields: { description: 'renamed' } }),
  'POST /tokens/:id/scopes': onToken({ fields: { scope: 'asset.read' } }),
  'POST /tokens/:id/disable': onToken(),
  'POST /tokens/:id/enable': disabledToken,
  'POST /tokens/:id/rotate': onToken({ fields: { overlap: '0', creation_key: randomUUID() } }),
  'POST /tokens/:id/revoke': onToken(),
};

const APPS: Record<string, Act> = {
  'POST /apps': () => ({ fields: { ...APP_FIELDS, creation_key: randomUUID() } }),
  'POST /apps/:id': onApp({ fields: { ...APP_FIELDS, name: 'Renamed' } }),
  'POST /apps/:id/secrets': onApp({ fields: { creation_key: randomUUID() } }),
  'POST /apps/:id/secrets/revoke': async (world) => {
    const { appId, secretId } = await secretOfOwn(world);
    return { params: [appId], fields: { secret_id: secretId, confirm: 'yes' } };
  },
  'POST /apps/:id/disable': onApp(),
  'POST /apps/:id/enable': disabledApp,
  'POST /apps/:id/secrets/end': transferred,
  'POST /apps/:id/offer': async (world) => ({
    params: [(await ownApp(world)).app.id],
    fields: { email: world.other.user.email },
  }),
  'POST /apps/:id/offer/withdraw': async (world) => {
    const { appId } = await offered(world, { from: world.me, to: world.other });
    return { params: [appId] };
  },
  'POST /apps/:id/delete': onApp(),
  'POST /apps/offers/:id/accept': onOffer({ overlap_hours: '1' }),
  'POST /apps/offers/:id/decline': onOffer(),
};

const OPERATORS: Record<string, Act> = {
  'POST /admin/people/:id/role': onOther({ role: 'viewer' }),
  'POST /admin/people/:id/suspend': onOther(),
  'POST /admin/people/:id/resume': async (world) => {
    const change = { userId: world.other.user.id, isSuspended: true, origin: ORIGIN };
    await world.running.app.accounts.setSuspended(change);
    return { params: [world.other.user.id], fields: { earlier: 'end' } };
  },
  'POST /admin/people/:id/operator': onOther({ operator: 'yes' }),
  'POST /admin/people/:id/export': onOther(),
  'POST /admin/people/:id/delete': ({ other }) => ({
    params: [other.user.id],
    fields: { confirm_email: other.user.email },
  }),
  'POST /admin/people/:id/keep': async (world) => {
    await deleted(world, world.other, world.me.user);
    return { params: [world.other.user.id] };
  },
  'POST /admin/apps/:id/introspection': onApp({ fields: { introspection: 'yes' } }),
  'POST /admin/apps/:id/transfer': async (world) => ({
    params: [(await ownApp(world)).app.id],
    fields: { email: world.other.user.email, overlap_hours: '1' },
  }),
  'POST /admin/tokens': async ({ running, other }) => ({
    fields: { token: (await makeToken(running, other.user)).value },
  }),
  'POST /admin/tokens/:id/expose': async ({ running, other }) => ({
    params: [(await makeToken(running, other.user)).id],
  }),
  'POST /admin/mail/:id/retry': async ({ running, stage }) => {
    const { outbox } = running.app.storage;
    const { items } = await outbox.list('all', { page: 1, pageSize: 1 });
    const id = items[0]?.id ?? '';
    const failed = { error: 'x', at: stage.time.now, unanswered: 0, isHeld: false };
    await outbox.markFailed(id, { ...failed, nextAttemptAt: null });
    return { params: [id] };
  },
};

export const ACTS: Readonly<Record<string, Act>> = {
  ...OAUTH,
  ...API,
  ...SIGNED_OUT,
  ...ACCOUNT,
  ...TOKENS,
  ...APPS,
  ...OPERATORS,
};
