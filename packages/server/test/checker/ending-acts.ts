/** Everything that ends or narrows access, done by somebody with one credential of each kind. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { User } from '../../src/identity/types.ts';
import type { App } from '../../src/apps/types.ts';
import type { RunningApi } from '../support/api.ts';
import { approve, exchange, FORM, postForm, registerApp } from '../support/oauth.ts';
import { FIRST } from '../support/first-resource.ts';

const ADMINISTRATOR = { source: 'cli', client: 'cli/test', address: null, actorId: null } as const;

/** Somebody with one credential of each kind. */
export interface Party {
  readonly user: User;
  readonly pat: { readonly id: string; readonly value: string };
  readonly web: { readonly app: App; readonly secret: string };
  readonly access: string;
  readonly refresh: string;
  readonly service: { readonly app: App; readonly secret: string };
  readonly serviceAccess: string;
}

export const OWN = ['pat', 'access', 'serviceAccess'] as const;
type Own = (typeof OWN)[number];

export async function party(api: RunningApi): Promise<Party> {
  const user = await api.user(`${randomUUID()}@example.com`);
  const web = await registerApp(api.modules, user);
  const service = await registerApp(api.modules, user, { type: 'service' });
  const { json } = await exchange(api, { user, registered: web });
  const own = await postForm(
    `${api.base}/oauth2/token`,
    { grant_type: 'client_credentials' },
    { id: service.app.id, secret: service.secret },
  );
  const pat = await api.token(user, ['account.read', 'asset.read']);
  const { access_token: access, refresh_token: refresh } = json;
  return { user, pat, web, access, refresh, service, serviceAccess: own.json.access_token };
}

export const valuesOf = ({ pat, access, serviceAccess }: Party): Readonly<Record<Own, string>> => ({
  pat: pat.value,
  access,
  serviceAccess,
});

const actorOf = ({ user }: Party) => ({
  user,
  origin: { source: 'portal', client: 'web', address: null, actorId: user.id } as const,
  ceiling: null,
});

interface Act {
  /** Those of its own that are refused, or read again, at once. */
  readonly ends: readonly Own[];
  readonly run: (api: RunningApi, own: Party) => Promise<unknown>;
}

const appActor = (own: Party) => ({ ...actorOf(own), isOperator: false });

const revoke = (api: RunningApi, own: Party, token: string) =>
  postForm(`${api.base}/oauth2/revoke`, { token }, { id: own.web.app.id, secret: own.web.secret });

async function grantOf(api: RunningApi, { user, web }: Party) {
  const key = { userId: user.id, clientId: web.app.id, accountId: user.accountId };
  return (await api.modules.storage.grants.find(key)) ?? assert.fail('no grant');
}

export const ACTS: Readonly<Record<string, Act>> = {
  'a revocation of garbage': {
    ends: [],
    async run(api, own) {
      for (const token of ['garbage', `${own.pat.value}x`, 'gate_oat_x', own.pat.value]) {
        const { app } = await registerApp(api.modules, own.user, { type: 'public' });
        const answer = await postForm(`${api.base}/oauth2/revoke`, { client_id: app.id, token });
        assert.equal(answer.status, 200);
      }
    },
  },
  'a revocation of an access token': {
    ends: ['access'],
    run: (api, own) => revoke(api, own, own.access),
  },
  'a revocation of a refresh token': {
    ends: ['access'],
    run: (api, own) => revoke(api, own, own.refresh),
  },
  'the end of a developer token': {
    ends: ['pat'],
    run: (api, own) => api.modules.tokens.revokeMany([own.pat.id], actorOf(own)),
  },
  'a switch of a developer token': {
    ends: ['pat'],
    run: (api, own) => api.modules.tokens.switch({ id: own.pat.id, act: 'disable' }, actorOf(own)),
  },
  'the end of a grant': {
    ends: ['access'],
    async run(api, own) {
      const { id: grantId } = await grantOf(api, own);
      const { origin } = actorOf(own);
      const ended = { grantId, userId: own.user.id, appName: 'x', origin };
      await api.modules.authorization.consent.disconnect(ended);
    },
  },
  'a narrower consent': {
    ends: ['access'],
    run: (api, own) =>
      approve(
        api.modules,
        { user: own.user, app: own.web.app },
        { scopes: ['account.read'], declined: ['asset.read', 'asset.create'] },
      ),
  },
  'a reuse of a code': {
    ends: ['access'],
    async run(api, own) {
      const { user, web } = own;
      const code = await approve(api.modules, { user, app: web.app });
      const body = {
        grant_type: 'authorization_code',
        code,
        redirect_uri: FORM.redirectUris[0] ?? '',
      };
      const basic = { id: web.app.id, secret: web.secret };
      const first = await postForm(`${api.base}/oauth2/token`, body, basic);
      assert.equal(first.status, 200);
      await api.modules.checker.check(first.json.access_token, FIRST);
      await postForm(`${api.base}/oauth2/token`, body, basic);
      const verdict = await api.modules.checker.check(first.json.access_token, FIRST);
      assert.equal(verdict.outcome, 'refused');
      await revoke(api, own, own.access);
    },
  },
  'the end of an app': {
    ends: ['access'],
    run: (api, own) =>
      api.modules.authorization.apps.switch({ id: own.web.app.id, act: 'delete' }, appActor(own)),
  },
  'the end of a service': {
    ends: ['serviceAccess'],
    run: (api, own) =>
      api.modules.authorization.apps.switch(
        { id: own.service.app.id, act: 'disable' },
        appActor(own),
      ),
  },
  'the end of a client secret': {
    ends: ['serviceAccess'],
    async run(api, own) {
      const { id } = own.service.app;
      const [secret] = await api.modules.storage.secrets.ofApp(id);
      const asked = { id, secretId: secret?.id ?? '' };
      await api.modules.authorization.apps.revokeSecret(asked, appActor(own));
    },
  },
  'a suspension': {
    ends: OWN,
    run: (api, own) =>
      api.modules.accounts.setSuspended({
        userId: own.user.id,
        isSuspended: true,
        origin: ADMINISTRATOR,
      }),
  },
  'the end of a membership': {
    ends: OWN,
    run: (api, own) => api.role(own.user, null),
  },
  'the end of all access of a person': {
    ends: ['pat', 'access'],
    run: (api, own) =>
      api.modules.accounts.endAllAccess({ user: own.user, origin: actorOf(own).origin }),
  },
  'a new password that ends access': {
    ends: ['pat', 'access', 'serviceAccess'],
    async run(api, own) {
      const { accounts } = api.modules;
      const proof = await accounts.issueReset({ user: own.user, origin: ADMINISTRATOR });
      const form = { proof, password: 'velvet harbour quietly sings', endsAccess: true };
      const visitor = { address: '127.0.0.1', agent: 'x', deviceToken: null };
      assert.equal((await accounts.resetPassword(form, visitor)).outcome, 'reset');
    },
  },
  'a lowered role': {
    ends: OWN,
    run: (api, own) => api.role(own.user, 'viewer'),
  },
  'a deletion that is asked for': {
    ends: OWN,
    run: (api, own) =>
      api.modules.accounts.requestDeletion({
        userId: own.user.id,
        isNow: false,
        heirId: null,
        origin: ADMINISTRATOR,
      }),
  },
  'a token that was found in public': {
    ends: ['pat'],
    run: (api, own) =>
      api.modules.tokens.exposeForOwner({ id: own.pat.id, by: 'x' }, { origin: ADMINISTRATOR }),
  },
  'a narrower developer token': {
    ends: ['pat'],
    run: (api, own) =>
      api.modules.tokens.change({ id: own.pat.id, scopes: ['account.read'] }, actorOf(own)),
  },
  'a rotation without overlap': {
    ends: ['pat'],
    run: (api, own) =>
      api.modules.tokens.rotate(
        { id: own.pat.id, overlapSeconds: 0, creationKey: randomUUID() },
        actorOf(own),
      ),
  },
  'an app that loses a scope': {
    ends: ['access'],
    run: (api, own) =>
      api.modules.authorization.apps.change(
        { id: own.web.app.id, form: { scopes: ['account.read', 'offline'] } },
        appActor(own),
      ),
  },
  'another owner of a service': {
    ends: ['serviceAccess'],
    async run(api, own) {
      const to = await api.user(`${randomUUID()}@example.com`);
      const asked = { id: own.service.app.id, toId: to.id, overlapSeconds: 0 };
      const actor = { ...appActor(own), origin: ADMINISTRATOR, isOperator: true };
      const { outcome } = await api.modules.authorization.apps.transfer(asked, actor);
      assert.equal(outcome, 'transferred');
    },
  },
  'an erasure': {
    ends: OWN,
    async run(api, own) {
      const asked = { userId: own.user.id, isNow: true, heirId: null, origin: ADMINISTRATOR };
      await api.modules.accounts.requestDeletion(asked);
      await api.modules.accounts.eraseDue();
    },
  },
};
