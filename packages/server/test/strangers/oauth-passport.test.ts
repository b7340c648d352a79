/** passport-oauth2, unmodified, as Passport would call it: one request to the app begins, the next is the callback. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import OAuth2Strategy from 'passport-oauth2';
import type { Registered } from '../support/oauth.ts';
import { assertIsUser, CALLBACK, openOAuthStage, SCOPES, type OAuthStage } from './oauth-stage.ts';

let stage: OAuthStage;
let web: Registered;

before(async () => {
  stage = await openOAuthStage();
  web = await stage.register();
});
after(() => stage.stop());

interface User {
  readonly accessToken: string | undefined;
  readonly refreshToken: string | undefined;
  readonly profile: unknown;
}

/** A strategy of an app's own, as Passport's documents tell to write one: it only adds where the profile is. */
class GatehouseStrategy extends OAuth2Strategy {
  override userProfile(accessToken: string, done: (error?: unknown, profile?: unknown) => void) {
    this._oauth2.useAuthorizationHeaderforGET(true);
    this._oauth2.get(`${stage.base}/v2/me`, accessToken, (error, body) => {
      if (error) return done(error);
      done(null, JSON.parse(String(body)));
    });
  }

  refresh(token: string): Promise<User> {
    const asked = { grant_type: 'refresh_token' };
    return new Promise((resolve, reject) => {
      this._oauth2.getOAuthAccessToken(token, asked, (error, accessToken, refreshToken) => {
        if (error) reject(error);
        else resolve({ accessToken, refreshToken, profile: null });
      });
    });
  }
}

const strategy = (clientSecret = web.secret, pkce = true): GatehouseStrategy =>
  new GatehouseStrategy(
    {
      authorizationURL: `${stage.base}/oauth2/auth`,
      tokenURL: `${stage.base}/oauth2/token`,
      clientID: web.app.id,
      clientSecret,
      callbackURL: CALLBACK,
      scope: [...SCOPES],
      scopeSeparator: ' ',
      state: true,
      ...(pkce && { pkce: true }),
    },
    (
      accessToken: string,
      refreshToken: string,
      profile: unknown,
      done: (error: unknown, user: User) => void,
    ) => done(null, { accessToken, refreshToken, profile }),
  );

type Outcome =
  | { readonly outcome: 'success'; readonly user: User }
  | { readonly outcome: 'redirect'; readonly url: string }
  | { readonly outcome: 'fail'; readonly info: unknown };

type Session = Record<string, unknown>;

/** What Passport does with a strategy: gives it the four ways to end, and the request. */
function run(using: OAuth2Strategy, url: URL | null, session: Session): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const acting = Object.assign(Object.create(using) as OAuth2Strategy, {
      success: (user: User) => resolve({ outcome: 'success', user }),
      redirect: (to: string) => resolve({ outcome: 'redirect', url: to }),
      fail: (info: unknown) => resolve({ outcome: 'fail', info }),
      error: reject,
    });
    const query = url === null ? {} : Object.fromEntries(url.searchParams);
    // As much of Express's request as the strategy reads.
    acting.authenticate({ query, body: {}, session } as never, {});
  });
}

async function begin(using: OAuth2Strategy, session: Session): Promise<string> {
  const begun = await run(using, null, session);
  assert.equal(begun.outcome, 'redirect');
  return begun.outcome === 'redirect' ? begun.url : '';
}

for (const pkce of [true, false]) {
  test(`signs in, reads the profile and refreshes ${pkce ? 'with' : 'without'} PKCE`, async () => {
    const [using, session] = [strategy(web.secret, pkce), {}];
    const callback = await stage.allow(await begin(using, session));
    const done = await run(using, callback, session);
    assert.ok(done.outcome === 'success', JSON.stringify(done));
    assertIsUser(done.user.profile);
    const fresh = await using.refresh(done.user.refreshToken ?? '');
    assert.notEqual(fresh.accessToken, done.user.accessToken);
    assert.match(fresh.refreshToken ?? '', /^gate_ort_/);
    await assert.rejects(using.refresh('gate_ort_wrong'), (error: unknown) => {
      assert.ok(typeof error === 'object' && error !== null && 'data' in error);
      assert.equal(JSON.parse(String(error.data)).error, 'invalid_grant');
      return true;
    });
  });
}

test('fails on a denial and on a foreign state, and reports a wrong secret', async () => {
  const [using, session] = [strategy(), {}];
  const denied = await stage.deny(`${await begin(using, session)}&prompt=consent`);
  const refused = await run(using, denied, session);
  assert.ok(refused.outcome === 'fail');
  assert.match(JSON.stringify(refused.info), /The user did not allow it/);

  const other = {};
  const callback = await stage.allow(await begin(using, other));
  assert.equal((await run(using, callback, {})).outcome, 'fail');
  const wrong = strategy(`${web.secret}x`);
  await assert.rejects(run(wrong, callback, other), { code: 'invalid_client' });
});
