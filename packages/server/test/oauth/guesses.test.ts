/** Secrets that nobody was given: after thirty in a minute 429, while what is right passes, from there and from elsewhere. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { mintCredential, type CredentialKind } from '../../src/oauth/tokens/format.ts';
import { randomBytes } from '../../src/kit/random.ts';
import { approve, basicOf, CALLBACK, exchange, newPkce, registerApp } from '../support/oauth.ts';
import { sharedPostgres } from '../support/postgres.ts';
import { signUp, startApp, type RunningApp } from '../support/running-app.ts';
import { ENGINES } from '../storage/places.ts';

const MOST = 30;
/** Of refills while the test runs. */
const ROOM = 6;

type Fields = Readonly<Record<string, string>>;

interface Asked {
  readonly path?: string;
  readonly fields?: Fields;
  readonly headers?: Fields;
  /** As a trusted proxy names it. */
  readonly from: string;
}

for (const engine of ENGINES)
  describe(engine, () => {
    let running: RunningApp;
    before(async () => {
      const database =
        engine === 'sqlite'
          ? {}
          : { GATEHOUSE_DATABASE_URL: await (await sharedPostgres()).createMigrated() };
      running = await startApp({ env: { GATEHOUSE_TRUSTED_PROXIES: 'loopback', ...database } });
      await signUp(running, 'ada@example.com');
    });
    after(() => running.stop());

    async function person() {
      const user = await running.app.storage.users.byEmail('ada@example.com');
      assert.ok(user !== null);
      return user;
    }

    async function ask({ path = '/oauth2/token', fields = {}, headers = {}, from }: Asked) {
      const answer = await fetch(running.base + path, {
        method: 'POST',
        headers: { 'x-forwarded-for': from, ...headers },
        body: new URLSearchParams(fields),
      });
      await answer.text();
      return { status: answer.status, retryAfter: answer.headers.get('retry-after') };
    }

    /** Eighty in turn: the first thirty are refused as such, the others put off. */
    async function flood(asked: (turn: number) => Asked, refused: number): Promise<void> {
      const all: Awaited<ReturnType<typeof ask>>[] = [];
      for (let turn = 0; turn < 80; turn += 1) all.push(await ask(asked(turn)));
      const as = (status: number) => all.filter((answer) => answer.status === status);
      assert.ok(as(refused).length >= MOST, String(as(refused).length));
      assert.ok(as(refused).length <= MOST + ROOM, String(as(refused).length));
      assert.equal(as(refused).length + as(429).length, all.length);
      assert.ok(all.slice(0, MOST).every(({ status }) => status === refused));
      for (const { retryAfter } of as(429)) assert.match(retryAfter ?? '', /^[1-9]\d*$/);
    }

    const service = async () => registerApp(running.app, await person(), { type: 'service' });
    const wrongSecret = (): string => mintCredential('gate', 'cs', randomBytes).value;
    let network = 0;
    const newAddress = (): string => `198.51.100.${(network += 1)}`;

    for (const [path, fields] of [
      ['/oauth2/token', { grant_type: 'client_credentials' }],
      ['/oauth2/revoke', { token: 'x' }],
      ['/oauth2/introspect', { token: 'x' }],
    ] as const)
      for (const way of ['header', 'body'] as const) {
        const as = (id: string, secret: string): Pick<Asked, 'fields' | 'headers'> =>
          way === 'header'
            ? { fields, headers: { authorization: basicOf({ id, secret }) } }
            : { fields: { ...fields, client_id: id, client_secret: secret } };

        test(`wrong client secrets at ${path}, in the ${way}, from one address`, async () => {
          const { app, secret } = await service();
          const from = newAddress();
          await flood(
            (turn) => ({ path, from, ...as(turn % 2 === 0 ? app.id : 'nobody', wrongSecret()) }),
            401,
          );
          for (const place of [from, newAddress()])
            assert.equal(
              (await ask({ path, from: place, ...as(app.id, secret ?? '') })).status,
              200,
            );
          const other = await ask({ path, from: newAddress(), ...as('nobody', wrongSecret()) });
          assert.equal(other.status, 401);
        });
      }

    test('wrong client secrets for one client, from everywhere', async () => {
      const { app, secret } = await service();
      const fields = { grant_type: 'client_credentials' };
      const as = (given: string) => ({ authorization: basicOf({ id: app.id, secret: given }) });
      await flood(
        (turn) => ({ fields, headers: as(wrongSecret()), from: `203.0.113.${turn}` }),
        401,
      );
      const from = newAddress();
      assert.equal((await ask({ fields, headers: as(secret ?? ''), from })).status, 200);
      const another = await service();
      const headers = { authorization: basicOf({ id: another.app.id, secret: wrongSecret() }) };
      assert.equal((await ask({ fields, headers, from })).status, 401);
    });

    const minted = (kind: CredentialKind): string =>
      mintCredential('gate', kind, randomBytes).value;
    const GUESSES: Readonly<Record<string, () => Fields>> = {
      code: () => ({ grant_type: 'authorization_code', code: minted('oac') }),
      'refresh token': () => ({
        grant_type: 'refresh_token',
        refresh_token: `gate_ort_${'a'.repeat(59)}`,
      }),
    };
    for (const [name, fields] of Object.entries(GUESSES))
      test(`a wrong ${name}, from one address`, async () => {
        const user = await person();
        const registered = await registerApp(running.app, user, { type: 'public' });
        const { id } = registered.app;
        const from = newAddress();
        await flood(() => ({ fields: { ...fields(), client_id: id }, from }), 400);
        const pkce = newPkce();
        const code = await approve(
          running.app,
          { user, app: registered.app },
          { challenge: pkce.challenge },
        );
        const good = {
          grant_type: 'authorization_code',
          code,
          redirect_uri: CALLBACK,
          client_id: id,
        };
        const { status } = await ask({ fields: { ...good, code_verifier: pkce.verifier }, from });
        assert.equal(status, 200);
      });

    test('wrong PKCE verifiers, from one address', async () => {
      const user = await person();
      const { app } = await registerApp(running.app, user, { type: 'public' });
      const from = newAddress();
      const statuses: number[] = [];
      for (let turn = 0; turn < MOST + ROOM + 4; turn += 1) {
        const code = await approve(running.app, { user, app }, { challenge: newPkce().challenge });
        const fields = {
          grant_type: 'authorization_code',
          code,
          redirect_uri: CALLBACK,
          client_id: app.id,
        };
        const wrong = { ...fields, code_verifier: newPkce().verifier };
        statuses.push((await ask({ fields: wrong, from })).status);
      }
      assert.ok(statuses.includes(429), statuses.join(' '));
      assert.ok(
        statuses.slice(0, MOST).every((status) => status === 400),
        statuses.join(' '),
      );
    });

    test('wrong bearer tokens, from one address', async () => {
      const from = newAddress();
      const bearer = (value: string) => ({ authorization: `Bearer ${value}` });
      await flood(() => ({ path: '/v2/tokens', headers: bearer(minted('pat')), from }), 401);
      const user = await person();
      const registered = await registerApp(running.app, user);
      const { json } = await exchange(
        { base: running.base, modules: running.app },
        {
          user,
          registered,
        },
      );
      const answer = await fetch(`${running.base}/v2/me`, {
        headers: { ...bearer(json.access_token), 'x-forwarded-for': from },
      });
      assert.equal(answer.status, 200);
    });
  });
