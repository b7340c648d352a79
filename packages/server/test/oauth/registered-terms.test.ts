/** What a client is registered with decides what it may do (RFC 7591 section 2); its type says what nothing else says. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import type { AppChanges } from '../../src/apps/ports.ts';
import type { Registration } from '../../src/apps/register.ts';
import { OAuthError } from '../../src/oauth/error.ts';
import { answerTokenRequest } from '../../src/oauth/grants/pipeline.ts';
import {
  approve,
  CALLBACK,
  FORM,
  newPkce,
  registerApp,
  type Registered,
} from '../support/oauth.ts';
import { ask, ENGINES, isIssued, openDesk, refreshBody, start, type Desk } from './desk.ts';

const codeBody = (code: string) => ({
  grant_type: 'authorization_code',
  code,
  redirect_uri: CALLBACK,
});

for (const engine of ENGINES) {
  describe(engine, () => {
    let desk: Desk;
    before(async () => {
      desk = await openDesk(engine);
    });
    after(() => desk.close());

    /** As an operator at the database would: no form has these columns. */
    async function store({ app }: Registered, changes: AppChanges): Promise<void> {
      assert.equal(await desk.modules.storage.apps.update(app.id, changes, desk.time.now), true);
      desk.modules.authorization.reader.onAnything();
    }

    const sent = async (registered: Registered, body: Readonly<Record<string, string>>) => {
      const { app, secret } = registered;
      try {
        const { issued } = await answerTokenRequest(desk.modules.authorization.tokenEndpoint, {
          authorization: undefined,
          body: { client_id: app.id, ...(secret !== '' && { client_secret: secret }), ...body },
          caller: { address: '127.0.0.1', agent: 'test' },
          now: desk.time.now,
        });
        return issued;
      } catch (error) {
        if (error instanceof OAuthError) return { refused: error.reason };
        throw error;
      }
    };

    test('one whose grant types lack refresh_token gets no refresh token, and may not refresh', async () => {
      const { user, registered, code } = await start(desk);
      const first = await ask(desk.modules, registered, codeBody(code));
      assert.ok(isIssued(first) && first.refreshToken !== null);
      await store(registered, { grantTypes: ['authorization_code'] });
      const refused = await ask(desk.modules, registered, refreshBody(first.refreshToken));
      assert.deepEqual(refused, { refused: 'grant_type_not_allowed' });
      assert.equal(new OAuthError('grant_type_not_allowed').code, 'unauthorized_client');
      const next = await approve(desk.modules, { user, app: registered.app });
      const second = await ask(desk.modules, registered, codeBody(next));
      assert.ok(isIssued(second), JSON.stringify(second));
      assert.equal(second.refreshToken, null);
    });

    test('one whose grant types lack authorization_code can exchange no code', async () => {
      const { registered, code } = await start(desk);
      await store(registered, { grantTypes: ['refresh_token'] });
      const refused = await ask(desk.modules, registered, codeBody(code));
      assert.deepEqual(refused, { refused: 'grant_type_not_allowed' });
    });

    test('the method that is stored decides, whatever the type of the app says', async () => {
      const { user, registered, code } = await start(desk);
      await store(registered, { tokenEndpointAuthMethod: 'client_secret_post' });
      const byHeader = await ask(desk.modules, registered, codeBody(code));
      assert.deepEqual(byHeader, { refused: 'method_not_registered' });
      assert.ok(isIssued(await sent(registered, codeBody(code))));
      await store(registered, { tokenEndpointAuthMethod: 'none' });
      const { verifier, challenge } = newPkce();
      const next = await approve(desk.modules, { user, app: registered.app }, { challenge });
      const body = { ...codeBody(next), code_verifier: verifier };
      assert.ok(isIssued(await sent({ ...registered, secret: '' }, body)));
      // A client that keeps no secret proves itself by the challenge alone.
      const without = await approve(desk.modules, { user, app: registered.app });
      const refused = await sent({ ...registered, secret: '' }, codeBody(without));
      assert.deepEqual(refused, { refused: 'code_terms_changed' });
    });

    test('rows that say nothing are of clients that may do what their type says', async () => {
      const nothing = { grantTypes: null, tokenEndpointAuthMethod: null, jwks: null };
      const { registered, code } = await start(desk);
      await store(registered, nothing);
      const issued = await sent(registered, codeBody(code));
      assert.ok(isIssued(issued) && issued.refreshToken !== null);
      assert.ok(isIssued(await ask(desk.modules, registered, refreshBody(issued.refreshToken))));
      const service = await registerApp(desk.modules, await desk.user(), { type: 'service' });
      await store(service, nothing);
      const asked = { grant_type: 'client_credentials' };
      assert.ok(isIssued(await ask(desk.modules, service, asked)));
      const other = await ask(desk.modules, service, codeBody('x'));
      assert.deepEqual(other, { refused: 'grant_type_not_allowed' });
    });

    async function register(given: Partial<Registration>) {
      const user = await desk.user();
      const { accountId } = user;
      const base = { type: 'web', form: FORM, accountId, creationKey: randomUUID() } as const;
      const origin = { source: 'cli', client: 'cli/test', address: null, actorId: null } as const;
      const actor = { user, origin, isOperator: false, ceiling: null };
      return desk.modules.authorization.apps.register({ ...base, ...given }, actor);
    }

    test('a new app is registered with what its type says, or with what is said of it', async () => {
      const termsOf = async (given: Partial<Registration>) => {
        const made = await register(given);
        assert.ok(made.outcome === 'registered', JSON.stringify(made));
        const app = await desk.modules.storage.apps.byId(made.app.id);
        assert.deepEqual(app, made.app);
        return [app.grantTypes, app.tokenEndpointAuthMethod, made.secret !== null];
      };
      const usual = ['authorization_code', 'refresh_token'];
      assert.deepEqual(await termsOf({}), [usual, null, true]);
      assert.deepEqual(await termsOf({ type: 'public' }), [usual, 'none', false]);
      const form = { ...FORM, scopes: ['asset.read'] };
      const metadata = { grantTypes: ['authorization_code'], tokenEndpointAuthMethod: 'none' };
      assert.deepEqual(await termsOf({ form, metadata }), [metadata.grantTypes, 'none', false]);
    });

    test('what no client can be registered with is refused, field by field', async () => {
      const faultsOf = async (given: Partial<Registration>) => {
        const made = await register(given);
        return made.outcome === 'invalid' ? Object.keys(made.errors) : made.outcome;
      };
      const privateKey = { kty: 'OKP', crv: 'Ed25519', x: 'AA', d: 'AA' };
      const cases: readonly (readonly [Partial<Registration>, string])[] = [
        [{ metadata: { grantTypes: ['password'] } }, 'grant_types'],
        [{ metadata: { grantTypes: [] } }, 'grant_types'],
        [{ metadata: { grantTypes: ['client_credentials'] } }, 'grant_types'],
        [
          { metadata: { tokenEndpointAuthMethod: 'tls_client_auth' } },
          'token_endpoint_auth_method',
        ],
        [{ metadata: { jwks: { keys: [privateKey] } } }, 'jwks'],
        // It asks for refresh tokens that it could never have.
        [{ metadata: { grantTypes: ['authorization_code'] } }, 'scopes'],
      ];
      for (const [given, field] of cases) assert.deepEqual(await faultsOf(given), [field]);
      const service = {
        type: 'service',
        form: { ...FORM, redirectUris: [], scopes: ['asset.read'] },
      };
      const none = { metadata: { tokenEndpointAuthMethod: 'none' } } as const;
      const asService = { ...service, type: 'service', ...none } as const;
      assert.deepEqual(await faultsOf(asService), ['token_endpoint_auth_method']);
    });
  });
}
