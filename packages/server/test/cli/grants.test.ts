/** Grants on the command line, made by the same modules on the same database. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { readConfig } from '../../src/config/read.ts';
import { openModules, type Modules } from '../../src/compose/modules.ts';
import { approve, registerApp } from '../support/oauth.ts';
import { Gatehouse } from './gatehouse.ts';

const gatehouse = new Gatehouse();
let modules: Modules;
before(async () => {
  await gatehouse.user('ada@example.com');
  await gatehouse.user('bob@example.com');
  modules = await openModules({ config: readConfig({ env: {}, directory: gatehouse.directory }) });
});
after(async () => {
  await modules.close();
  await gatehouse.remove();
});

test('grants are listed for all, for a user and for an app, and taken back', async () => {
  const [ada, bob] = await Promise.all(
    ['ada@example.com', 'bob@example.com'].map((email) => modules.storage.users.byEmail(email)),
  );
  assert.ok(ada !== null && ada !== undefined && bob !== null && bob !== undefined);
  const { app } = await registerApp(modules, ada);
  const other = await registerApp(modules, ada);
  for (const user of [ada, bob]) await approve(modules, { user, app });
  await approve(modules, { user: bob, app: other.app });
  const list = async (...options: string[]) => {
    const stdout = await gatehouse.done(['grant', 'list', '--json', ...options]);
    return JSON.parse(stdout) as readonly { id: string; user_email: string; client_id: string }[];
  };
  assert.equal((await list()).length, 3);
  assert.equal((await list('--user', 'bob@example.com')).length, 2);
  const ofApp = await list('--app', app.id);
  assert.deepEqual(ofApp.map(({ user_email: email }) => email).sort(), [ada.email, bob.email]);
  const [grant] = await list('--app', other.app.id);
  assert.ok(grant !== undefined);
  const revoked = await gatehouse.json(['grant', 'revoke', grant.id]);
  assert.partialDeepStrictEqual(revoked, { id: grant.id, user_email: bob.email });
  assert.notEqual((await modules.storage.grants.byId(grant.id))?.revokedAt, null);
  assert.equal((await list()).length, 2);
  const again = await gatehouse.run(['grant', 'revoke', grant.id]);
  assert.deepEqual([again.code, again.stdout], [1, '']);
  assert.match(again.stderr, /there is no grant/);
  const [event] = (
    await modules.storage.events.list({ resourceId: grant.id }, { page: 1, pageSize: 1 })
  ).items;
  assert.deepEqual([event?.type, event?.source], ['oauth_grant_revoked', 'cli']);
  const text = await gatehouse.done(['grant', 'list', '--user', 'ada@example.com']);
  assert.match(
    text,
    /^ID +USER +SCOPES +SINCE +LAST USED +APP\n.* ada@example\.com +4 .*never +Cutting Room\n$/,
  );
});
