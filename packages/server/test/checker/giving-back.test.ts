/**
 * Whatever gives access back is answered at once, as its end is: neither the checker nor the client directory goes on refusing
 * out of memory, not even for the less than a second for which they remember. Time stands still here.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import type { User } from '../../src/identity/types.ts';
import type { Notice } from '../../src/mail/ports.ts';
import { startApiOn, type RunningApi } from '../support/api.ts';
import { exchange, postForm, registerApp, type Registered } from '../support/oauth.ts';
import { ENGINES } from '../storage/places.ts';
import { FIRST } from '../support/first-resource.ts';

const administrator = { source: 'cli', client: 'cli/test', address: null, actorId: null } as const;
const VISITOR = { address: '127.0.0.1', agent: 'x', deviceToken: null };
const PASSWORD = 'copper lantern drifting north';

/** Somebody with a credential of each kind. */
interface Party {
  readonly user: User;
  readonly pat: { readonly id: string; readonly value: string };
  readonly web: Registered;
  readonly access: string;
  readonly service: Registered;
  readonly serviceAccess: string;
}

const serviceToken = (api: RunningApi, { app, secret }: Registered) =>
  postForm(
    `${api.base}/oauth2/token`,
    { grant_type: 'client_credentials' },
    { id: app.id, secret },
  );

async function partyOf(api: RunningApi): Promise<Party> {
  const user = await api.user(`${randomUUID()}@example.com`);
  const web = await registerApp(api.modules, user);
  const service = await registerApp(api.modules, user, { type: 'service' });
  const { json } = await exchange(api, { user, registered: web });
  const own = await serviceToken(api, service);
  const pat = await api.token(user, ['account.read', 'asset.read', 'asset.create']);
  return {
    user,
    pat,
    web,
    access: json.access_token,
    service,
    serviceAccess: own.json.access_token,
  };
}

const originOf = ({ user }: Party) =>
  ({ source: 'portal', client: 'web', address: null, actorId: user.id }) as const;
const actorOf = (own: Party) => ({ user: own.user, origin: originOf(own), ceiling: null });

/** The value from the link in the newest message of a kind. */
async function proofFor({ modules }: RunningApi, email: string, kind: Notice['kind']) {
  const { items } = await modules.storage.outbox.list('all', { page: 1, pageSize: 1000 });
  const found = items
    .map(({ notice }) => notice)
    .find((one) => one.to === email && one.kind === kind);
  const link = found === undefined ? null : /proof=(\S+)/.exec(modules.renderMail(found).text);
  return link?.[1] ?? assert.fail(`no ${kind} for ${email}`);
}

const setSuspended = (api: RunningApi, { user }: Party, isSuspended: boolean) =>
  api.modules.accounts.setSuspended({
    userId: user.id,
    isSuspended,
    origin: administrator,
    ...(!isSuspended && { earlier: 'keep' }),
  });

const setMember = (api: RunningApi, { user }: Party, role: 'owner' | null) =>
  api.modules.accounts.changeRole({
    userId: user.id,
    accountId: user.accountId,
    role,
    origin: administrator,
    ...(role !== null && { earlier: 'keep' }),
  });

const askDeletion = (
  api: RunningApi,
  own: Party,
  origin: ReturnType<typeof originOf> | typeof administrator,
) =>
  api.modules.accounts.requestDeletion({ userId: own.user.id, isNow: false, heirId: null, origin });

const switchApp = (api: RunningApi, own: Party, act: 'disable' | 'enable') =>
  api.modules.authorization.apps.switch(
    { id: own.service.app.id, act },
    { ...actorOf(own), isOperator: false },
  );

const OWN = ['pat', 'access', 'serviceAccess'] as const;

interface Act {
  /** What is refused in between. */
  readonly ends: readonly (typeof OWN)[number][];
  readonly end: (api: RunningApi, own: Party) => Promise<unknown>;
  readonly giveBack: (api: RunningApi, own: Party) => Promise<unknown>;
}

const ACTS: Readonly<Record<string, Act>> = {
  'a suspension is lifted': {
    ends: OWN,
    end: (api, own) => setSuspended(api, own, true),
    giveBack: (api, own) => setSuspended(api, own, false),
  },
  'a membership is given back': {
    ends: OWN,
    end: (api, own) => setMember(api, own, null),
    giveBack: (api, own) => setMember(api, own, 'owner'),
  },
  'a deletion is taken back by its person': {
    ends: OWN,
    end: (api, own) => askDeletion(api, own, originOf(own)),
    async giveBack(api, { user }) {
      const form = { email: user.email, password: PASSWORD };
      const offered = await api.modules.accounts.signIn(form, VISITOR);
      assert.ok(offered.outcome === 'being-deleted');
      assert.ok(await api.modules.accounts.keepAccount(offered.proof, VISITOR));
    },
  },
  'a deletion is taken back by the command line': {
    ends: OWN,
    end: (api, own) => askDeletion(api, own, administrator),
    async giveBack(api, { user }) {
      const asked = { userId: user.id, origin: administrator };
      assert.equal(await api.modules.accounts.cancelDeletion(asked), 'cancelled');
    },
  },
  'a change of the address is undone, after which the account was to be deleted': {
    ends: OWN,
    async end(api, own) {
      const { accounts } = api.modules;
      const email = `${randomUUID()}@example.com`;
      await accounts.requestEmailChange({ user: own.user, email, origin: originOf(own) }, VISITOR);
      const proof = await proofFor(api, email, 'change-email');
      const link = { proof, signedInUserId: own.user.id, password: null };
      assert.equal((await accounts.confirmEmailChange(link, VISITOR)).outcome, 'changed');
      await askDeletion(api, own, originOf(own));
    },
    async giveBack(api, { user }) {
      const proof = await proofFor(api, user.email, 'email-changed');
      const { outcome } = await api.modules.accounts.undoEmailChange(proof, VISITOR);
      assert.equal(outcome, 'undone');
    },
  },
  'a developer token is enabled': {
    ends: ['pat'],
    end: (api, own) => api.modules.tokens.switch({ id: own.pat.id, act: 'disable' }, actorOf(own)),
    giveBack: (api, own) =>
      api.modules.tokens.switch({ id: own.pat.id, act: 'enable' }, actorOf(own)),
  },
  'an app is enabled': {
    ends: ['serviceAccess'],
    end: (api, own) => switchApp(api, own, 'disable'),
    giveBack: (api, own) => switchApp(api, own, 'enable'),
  },
};

for (const engine of ENGINES) {
  describe(engine, () => {
    let api: RunningApi;
    before(async () => {
      api = await startApiOn(engine);
    });
    after(() => api.stop());

    const outcomesOf = async (own: Party, kinds: Act['ends']): Promise<readonly string[]> => {
      const values = { ...own, pat: own.pat.value };
      const verdicts = kinds.map(async (kind) => api.modules.checker.check(values[kind], FIRST));
      return (await Promise.all(verdicts)).map(({ outcome }) => outcome);
    };

    for (const [what, { ends, end, giveBack }] of Object.entries(ACTS)) {
      test(`when ${what}, what it brings back works at once`, async () => {
        const own = await partyOf(api);
        await end(api, own);
        const isOfService = ends.includes('serviceAccess');
        // Both are remembered as refused.
        assert.deepEqual(
          await outcomesOf(own, ends),
          ends.map(() => 'refused'),
        );
        if (isOfService) assert.equal((await serviceToken(api, own.service)).status, 401);
        await giveBack(api, own);
        assert.deepEqual(
          await outcomesOf(own, ends),
          ends.map(() => 'active'),
        );
        if (isOfService) assert.equal((await serviceToken(api, own.service)).status, 200);
      });
    }

    test('when the account of somebody else is handed over to them, their token may do more at once', async () => {
      const [owner, heir] = [await partyOf(api), await partyOf(api)];
      const { accountId } = owner.user;
      await api.role(heir.user, 'owner', accountId);
      const { value } = await api.token(heir.user, ['account.read', 'asset.create'], { accountId });
      await api.role(heir.user, 'viewer', accountId);
      const scopes = async () => {
        const verdict = await api.modules.checker.check(value, FIRST);
        return verdict.outcome === 'active' ? verdict.scopes : [];
      };
      assert.deepEqual(await scopes(), ['account.read']);
      const heirId = heir.user.id;
      const asked = { userId: owner.user.id, isNow: true, heirId, origin: administrator };
      assert.equal((await api.modules.accounts.requestDeletion(asked)).outcome, 'requested');
      assert.deepEqual(await scopes(), ['account.read']);
      await api.modules.accounts.eraseDue();
      assert.deepEqual(await scopes(), ['account.read', 'asset.create']);
    });
  });
}
