/** Events that a request to the token endpoint causes say where it came from, as every other event of a request does. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { User } from '../../src/identity/types.ts';
import { openHostileStage, type HostileStage } from '../hostile/stage.ts';
import { ENGINES } from '../storage/places.ts';
import { approve, basicOf, CALLBACK, registerApp, type Registered } from '../support/oauth.ts';

const THIEF = '203.0.113.66';

/** What turns up twice, by the type of the event that tells of it. */
const INCIDENTS = {
  async oauth_code_replayed(stage: HostileStage, { user, registered }: Connected) {
    const code = await approve(stage.running.app, { user, app: registered.app });
    const body = { grant_type: 'authorization_code', code, redirect_uri: CALLBACK };
    await ask(stage, registered, { body, from: '198.51.100.1' });
    return body;
  },
  async oauth_refresh_reused(stage: HostileStage, { user, registered }: Connected) {
    const code = await approve(stage.running.app, { user, app: registered.app });
    const body = { grant_type: 'authorization_code', code, redirect_uri: CALLBACK };
    const first = await ask(stage, registered, { body, from: '198.51.100.1' });
    const refresh = { grant_type: 'refresh_token', refresh_token: first.refresh_token ?? '' };
    const second = await ask(stage, registered, { body: refresh, from: '198.51.100.1' });
    const next = { grant_type: 'refresh_token', refresh_token: second.refresh_token ?? '' };
    await ask(stage, registered, { body: next, from: '198.51.100.1' });
    return refresh;
  },
} as const;

interface Connected {
  readonly user: User;
  readonly registered: Registered;
}

interface Asked {
  readonly body: Readonly<Record<string, string>>;
  readonly from: string;
}

async function ask(
  { running }: HostileStage,
  { app, secret }: Registered,
  { body, from }: Asked,
): Promise<{ readonly refresh_token?: string; readonly error?: string }> {
  const response = await fetch(`${running.base}/oauth2/token`, {
    method: 'POST',
    headers: { authorization: basicOf({ id: app.id, secret }), 'x-forwarded-for': from },
    body: new URLSearchParams(body),
  });
  return (await response.json()) as { refresh_token?: string; error?: string };
}

for (const engine of ENGINES) {
  describe(engine, () => {
    let stage: HostileStage;
    before(async () => {
      stage = await openHostileStage(engine, { trustedProxies: ['loopback'] });
    });
    after(() => stage.stop());

    for (const [type, prepare] of Object.entries(INCIDENTS)) {
      test(`${type} names the app and the address of the request that caused it`, async () => {
        const user = await stage.person(false);
        const registered = await registerApp(stage.running.app, user, { isRefreshStrict: true });
        const body = await prepare(stage, { user, registered });
        const { error } = await ask(stage, registered, { body, from: THIEF });
        assert.equal(error, 'invalid_grant');
        const { events } = stage.running.app.storage;
        const { items } = await events.list({ userId: user.id }, { page: 1, pageSize: 50 });
        const told = items.filter((event) => event.type === type);
        assert.deepEqual(
          told.map(({ address, client, source }) => ({ address, client, source })),
          [{ address: THIEF, client: `oauth_app/${registered.app.id}`, source: 'api' }],
        );
      });
    }
  });
}
