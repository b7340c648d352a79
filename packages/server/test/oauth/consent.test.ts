/** Consent belongs to one session, user, account, request and list of scopes (security of the page that asks). */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { formOf } from '../../src/apps/form.ts';
import { newPkce, type Registered } from '../support/oauth.ts';
import { PASSWORD } from '../support/running-app.ts';
import { answerIn, CALLBACK, openPlace, requestOf, type Person, type Place } from './place.ts';

let place: Place;
let developer: Person;
let registered: Registered;

before(async () => {
  place = await openPlace();
  developer = await place.person();
  registered = await place.register(developer.user, { optionalScopes: ['asset.create'] });
});
after(() => place.stop());

const FORM = '/oauth2/auth';

async function grantOf({ user }: Person, { app } = registered) {
  const key = { userId: user.id, clientId: app.id, accountId: user.accountId };
  return place.modules.storage.grants.find(key);
}

const fieldsOf = ({ visitor }: Person): Record<string, string> => {
  const fields = visitor.hidden(FORM);
  assert.ok(fields, visitor.page?.text ?? '');
  return fields;
};

test('nothing of another session opens the form: not its ticket, not its whole form, not its address', async () => {
  const victim = await place.person();
  const attacker = await place.person();
  await attacker.visitor.get(requestOf(registered));
  const theirs = fieldsOf(attacker);
  await victim.visitor.get(requestOf(registered));
  const own = fieldsOf(victim);
  const { csrf = '' } = own;
  const forged = [
    { ...theirs, csrf },
    { ...own, ticket: theirs['ticket'] ?? '' },
    { ...own, account_id: theirs['account_id'] ?? '' },
    { ...theirs, csrf, account_id: own['account_id'] ?? '' },
    { ...own, ticket: '' },
    { ...own, ticket: `${own['ticket']}A` },
  ];
  for (const fields of forged) {
    const page = await victim.visitor.post(FORM, { ...fields, decision: 'allow' });
    assert.equal(page.status, 409, JSON.stringify(fields));
    assert.match(page.text, /Nothing was shared/);
  }
  assert.equal(await grantOf(victim), null);
  // What an attacker allowed is the attacker's: the same address asks the next person.
  await attacker.visitor.get(requestOf(registered));
  answerIn(await attacker.visitor.submit(FORM, { decision: 'allow' }));
  const asked = await victim.visitor.get(requestOf(registered));
  assert.match(asked.text, /asks for access/);
});

test('a ticket holds for the request that it was drawn for, to the letter', async () => {
  const person = await place.person();
  const { visitor } = person;
  await visitor.get(requestOf(registered));
  const own = fieldsOf(person);
  const request = own['request'] ?? '';
  const other = await place.register(developer.user, { name: 'Other' });
  const changes = [
    request.replace(registered.app.id, other.app.id),
    request.replace('state=a', 'state=b'),
    request.replace('scope=account.read', 'scope=asset.create'),
    `${request}&code_challenge=${newPkce().challenge}&code_challenge_method=S256`,
    `${request}&response_mode=form_post`,
    `${request}&response_type=token`,
    `${request}&prompt=none`,
    request.replace('response_type=code', 'response_type=code+token'),
    '',
  ];
  for (const changed of changes) {
    assert.notEqual(changed, request);
    const page = await visitor.post(FORM, { ...own, request: changed, decision: 'allow' });
    // What is wrong by itself is told to the client or on a page; nothing is granted either way.
    assert.ok(page.status >= 400 || new URL(page.url).searchParams.has('error'), changed);
    assert.equal(await grantOf(person), null, changed);
    assert.equal(await grantOf(person, other), null);
  }
  const [id = '', drawnAt = '', shown = '', mac = ''] = (own['ticket'] ?? '').split('.');
  for (const parts of [
    [id, String(Number(drawnAt) - 1), shown, mac],
    [id, drawnAt, mac, shown],
    [mac, drawnAt, shown, mac],
    [id, drawnAt, shown],
    [id, drawnAt, shown, mac, mac],
    ['', '', '', ''],
  ]) {
    const page = await visitor.post(FORM, { ...own, ticket: parts.join('.'), decision: 'allow' });
    assert.equal(page.status, 409, parts.join('.'));
  }
  assert.equal(await grantOf(person), null);
});

test('ticks give optional scopes that were offered, and nothing else', async () => {
  const person = await place.person();
  await person.visitor.get(requestOf(registered, { scope: 'account.read asset.create' }));
  const scope = ['asset.create', 'asset.delete', 'auditlog.read', 'offline', '__proto__', '*'];
  const answer = answerIn(await person.visitor.submit(FORM, { decision: 'allow', scope }));
  assert.equal(answer.get('scope'), 'account.read asset.create');
  assert.deepEqual((await grantOf(person))?.scopes, ['account.read', 'asset.create']);
  // What was offered and not ticked is not given.
  const other = await place.person();
  await other.visitor.get(requestOf(registered, { scope: 'account.read asset.create' }));
  const least = answerIn(await other.visitor.submit(FORM, { decision: 'allow', scope: [] }));
  assert.equal(least.get('scope'), 'account.read');
  assert.deepEqual((await grantOf(other))?.scopes, ['account.read']);
});

test('a form without a decision, or with both, grants nothing', async () => {
  const person = await place.person();
  for (const decision of [[], [''], ['yes'], ['deny', 'allow'], ['ALLOW']]) {
    await person.visitor.get(requestOf(registered));
    const page = await person.visitor.submit(FORM, { decision });
    assert.equal(page.status, 400, JSON.stringify(decision));
  }
  assert.equal(await grantOf(person), null);
});

test('the form works neither without a session nor from another site', async () => {
  const person = await place.person();
  await person.visitor.get(requestOf(registered));
  const own = fieldsOf(person);
  const stranger = place.running.visitor();
  const page = await stranger.post(FORM, { ...own, decision: 'allow' });
  assert.match(page.url, /\/sign-in/);
  for (const headers of [
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { 'sec-fetch-site': 'cross-site' },
  ]) {
    const sent = await person.visitor.post(FORM, { ...own, decision: 'allow' }, headers);
    assert.equal(sent.status, 403, JSON.stringify(headers));
  }
  const noToken = await person.visitor.post(FORM, { ...own, csrf: 'x', decision: 'allow' });
  assert.equal(noToken.status, 409);
  assert.equal(await grantOf(person), null);
});

test('a page that was open while its user changed grants nothing to the next one', async () => {
  const first = await place.person();
  await first.visitor.get(requestOf(registered));
  const old = fieldsOf(first);
  const second = await place.user();
  await first.visitor.get('/sign-in?again=1');
  await place.signIn(first.visitor, second);
  await first.visitor.get(requestOf(registered));
  const { csrf = '' } = fieldsOf(first);
  for (const fields of [old, { ...old, csrf }]) {
    const page = await first.visitor.post(FORM, { ...fields, decision: 'allow' });
    assert.equal(page.status, 409);
  }
  assert.equal(await grantOf(first), null);
  assert.equal(await grantOf({ ...first, user: second }), null);
});

test('what the role lost or gained while the page was open is shown first', async () => {
  const origin = { source: 'cli', client: 'cli/test', address: null, actorId: null } as const;
  const role = (user: Person['user'], to: 'viewer' | 'owner') =>
    place.modules.accounts.changeRole({
      userId: user.id,
      accountId: user.accountId,
      role: to,
      origin,
    });
  const loser = await place.person();
  await loser.visitor.get(requestOf(registered));
  await role(loser.user, 'viewer');
  const tick = { decision: 'allow', scope: ['asset.create'] };
  assert.match((await loser.visitor.submit(FORM, tick)).text, /has changed while it was open/);
  assert.equal(await grantOf(loser), null);
  const lost = answerIn(await loser.visitor.submit(FORM, tick));
  assert.equal(lost.get('scope')?.includes('asset.create'), false);
  const gainer = await place.person();
  await role(gainer.user, 'viewer');
  const page = await gainer.visitor.get(requestOf(registered));
  assert.match(page.text, /It also asked for asset\.create, which your role does not allow/);
  await role(gainer.user, 'owner');
  const again = await gainer.visitor.submit(FORM, tick);
  assert.match(again.text, /has changed while it was open/);
  assert.equal(await grantOf(gainer), null);
  const gained = answerIn(await gainer.visitor.submit(FORM, tick));
  assert.equal(gained.get('scope')?.includes('asset.create'), true);
});

test('an app that was disabled, narrowed or moved while the page was open gets nothing', async () => {
  const { apps } = place.modules.authorization;
  const origin = { source: 'cli', client: 'cli/test', address: null, actorId: null } as const;
  const actor = { user: developer.user, origin, isOperator: false, ceiling: null };
  const stopped = await place.register(developer.user);
  const person = await place.person();
  await person.visitor.get(requestOf(stopped));
  await apps.switch({ id: stopped.app.id, act: 'disable' }, actor);
  assert.equal((await person.visitor.submit(FORM, { decision: 'allow' })).status, 400);
  await apps.switch({ id: stopped.app.id, act: 'enable' }, actor);
  await person.visitor.get(requestOf(stopped));
  const { id } = stopped.app;
  const form = formOf(stopped.app);
  const narrower = await apps.change({ id, form: { ...form, scopes: ['account.read'] } }, actor);
  assert.equal(narrower.outcome, 'changed');
  const sent = await person.visitor.submit(FORM, { decision: 'allow' });
  assert.equal(answerIn(sent).get('error'), 'invalid_scope');
  const moved = { ...form, redirectUris: ['https://app.example.com/other'] };
  await person.visitor.get(requestOf(stopped, { scope: 'account.read' }));
  await apps.change({ id, form: moved }, actor);
  const page = await person.visitor.submit(FORM, { decision: 'allow' });
  assert.equal(page.status, 400);
  assert.equal(await grantOf(person, stopped), null);
});

test('no parameter of a request skips the question', async () => {
  const { visitor } = await place.person();
  for (const name of ['skip_consent', 'consent', 'approve', 'decision', 'postLogin', 'prompted'])
    assert.match((await visitor.get(`${requestOf(registered)}&${name}=allow`)).text, /asks for/);
  assert.match((await visitor.get(requestOf(registered, { prompt: 'consent' }))).text, /asks for/);
});

test('signing in on the way cannot be made to lead, or to act, as somebody else', async () => {
  const { user } = await place.person();
  const visitor = place.running.visitor();
  const planted = 'gatehouse_session';
  visitor.cookies.set(planted, 'A'.repeat(43));
  const signIn = await visitor.get(requestOf(registered, { login_hint: user.email }));
  assert.match(signIn.html, new RegExp(`value="${user.email}"`));
  const cross = await visitor.post(
    '/sign-in',
    { email: developer.user.email, password: PASSWORD },
    { origin: 'https://evil.example' },
  );
  assert.equal(cross.status, 403);
  await visitor.get(requestOf(registered, { login_hint: user.email }));
  await visitor.submit('/sign-in', { email: user.email, password: PASSWORD });
  assert.notEqual(visitor.cookies.get(planted), 'A'.repeat(43));
  const answer = answerIn(await visitor.submit(FORM, { decision: 'allow' }), CALLBACK);
  assert.ok(answer.get('code'));
  assert.notEqual(await grantOf({ user, visitor }), null);
});
