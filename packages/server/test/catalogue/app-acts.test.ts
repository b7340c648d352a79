/** Acts on an app beside its form, by page and by command, keep the scopes that left the catalogue. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Gatehouse } from '../cli/gatehouse.ts';
import type { Person, Place } from '../oauth/place.ts';
import { exchange, type Registered } from '../support/oauth.ts';
import { fileOf } from './command-line.ts';
import { filled } from './filled.ts';
import { newInstallation, type EngineName, type Installation } from './installation.ts';

const BEFORE = ['account.read', 'asset.read', 'gone.read', 'old.read', 'offline'];
const AFTER = ['account.read', 'asset.read', 'new.read was old.read', 'offline'];
const NAMED = ['account.read', 'asset.read', 'gone.read', 'new.read', 'offline'].toSorted();
const WORKING = ['account.read', 'asset.read', 'new.read', 'offline'].toSorted();
const ENGINES: readonly EngineName[] = ['sqlite', 'postgres'];

for (const engine of ENGINES)
  describe(engine, () => {
    const gatehouse = new Gatehouse();
    let installation: Installation;
    let place: Place;
    let owner: Person;
    let other: Person;
    let app: Registered;
    let refresh: string;

    before(async () => {
      installation = await newInstallation(engine);
      place = await installation.start(BEFORE);
      [owner, other] = [await place.person(), await place.person()];
      app = await place.register(owner.user, { scopes: BEFORE, optionalScopes: ['gone.read'] });
      const { json } = await exchange(
        { base: place.base, modules: place.modules },
        { user: owner.user, registered: app },
      );
      refresh = json.refresh_token;
      await place.stop();
      place = await installation.start(AFTER);
      for (const person of [owner, other]) {
        Object.assign(person, { visitor: place.running.visitor() });
        await place.signIn(person.visitor, person.user);
      }
      Object.assign(gatehouse.env, installation.env);
      gatehouse.write('gatehouse.yaml', fileOf(AFTER));
    });
    after(async () => {
      await place.stop();
      await gatehouse.remove();
      await installation.remove();
    });

    async function assertKept(act: string): Promise<void> {
      const { apps, grants } = place.modules.storage;
      const kept = await apps.byId(app.app.id);
      assert.deepEqual(kept?.scopes.toSorted(), NAMED, act);
      assert.deepEqual(kept?.optionalScopes, ['gone.read'], act);
      const { id: userId, accountId } = owner.user;
      const grant = await grants.find({ userId, clientId: app.app.id, accountId });
      assert.deepEqual(grant?.scopes.toSorted(), NAMED, act);
      const body = { grant_type: 'refresh_token', refresh_token: refresh };
      const { status, json } = await place.token(body, app);
      assert.equal(status, 200, `${act}: ${JSON.stringify(json)}`);
      assert.deepEqual(json.scope.split(' ').toSorted(), WORKING, act);
      refresh = json.refresh_token;
    }

    /** Sends the form of a page as it stands, with some fields filled in. */
    async function send(
      { visitor }: Person,
      { page, action }: { readonly page: string; readonly action: string },
      fields: Readonly<Record<string, string>> = {},
    ): Promise<void> {
      const { html } = await visitor.get(page);
      const answer = await visitor.post(action, { ...filled(html, action), ...fields });
      assert.equal(answer.status, 200, answer.text);
    }

    test('by page', async () => {
      const path = `/apps/${app.app.id}`;
      await send(owner, { page: path, action: `${path}/secrets` });
      await assertKept('a secret is added');
      for (const act of ['disable', 'enable']) {
        await send(owner, { page: path, action: `${path}/${act}` });
      }
      await assertKept('it was disabled and enabled');
      await send(
        owner,
        { page: `${path}/offer`, action: `${path}/offer` },
        { email: other.user.email },
      );
      const now = place.modules.clock();
      const offered = `/apps/offers/${(await place.modules.storage.offers.openOf(app.app.id, now))?.id}`;
      await send(other, { page: offered, action: `${offered}/accept` }, { overlap_hours: '24' });
      assert.equal(
        (await place.modules.storage.apps.byId(app.app.id))?.ownerId,
        other.user.id,
        'it changed hands',
      );
      await assertKept('it changed hands');
    });

    test('by command', async () => {
      const { id } = app.app;
      await gatehouse.json(['app', 'secret', 'add', id]);
      await assertKept('a secret is added');
      await gatehouse.json(['app', 'disable', id]);
      await gatehouse.json(['app', 'enable', id]);
      await assertKept('it was disabled and enabled');
      await gatehouse.json(['app', 'transfer', id, '--to', owner.user.email, '--overlap', '24']);
      await assertKept('it changed hands');
    });
  });
