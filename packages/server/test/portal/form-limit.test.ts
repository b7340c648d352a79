import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { PASSWORD } from '../support/running-app.ts';
import type { WebVisitor } from '../support/visitor.ts';
import { csrfOf, GOOD, openTokens, type TokenStage } from './tokens/people.ts';

const MOST = 120;

let stage: TokenStage;
before(async () => {
  stage = await openTokens((config) => ({
    ...config,
    rateLimit: { requests: MOST, failures: MOST, windowSeconds: 60, changesPerDay: 1_000_000 },
  }));
});
after(() => stage.stop());

const profile = (visitor: WebVisitor, csrf: string, bio: string) =>
  visitor.post('/account/profile', { csrf, name: 'Ada', bio, location: '' });

/** Sends as many forms as are taken at once. */
async function spend(visitor: WebVisitor): Promise<string> {
  const csrf = await csrfOf(visitor);
  for (let sent = 0; sent < MOST; sent++) {
    const page = await profile(visitor, csrf, `${sent}`);
    assert.equal(page.status, 200, String(sent));
  }
  return csrf;
}

test('a person who sends forms without end is asked to wait, and keeps what was filled in', async () => {
  const ada = await stage.person('ada@example.com');
  const eve = await stage.person('eve@example.com');
  const bioOf = async () => (await stage.running.app.storage.users.byEmail('ada@example.com'))?.bio;
  const csrf = await spend(ada);
  const typed = '"><b>Countess</b> & co';
  const refused = await profile(ada, csrf, typed);
  assert.equal(refused.status, 429);
  assert.equal(refused.headers.get('retry-after'), '1');
  assert.match(refused.text, /What you filled in is kept here/);
  assert.doesNotMatch(refused.html, /<b>Countess/);
  assert.equal(await bioOf(), `${MOST - 1}`);
  assert.equal((await profile(eve, await csrfOf(eve), '')).status, 200);
  stage.time.now += 1;
  assert.equal((await ada.submit('/account/profile')).status, 200);
  assert.equal(await bioOf(), typed);
});

test('a field that was sent several times is kept as often', async () => {
  const ada = await stage.person('ida@example.com');
  const csrf = await spend(ada);
  const page = await ada.post('/tokens', { csrf, ...GOOD });
  assert.equal(page.status, 429);
  assert.equal(page.html.match(/type="hidden" name="scope" value="/g)?.length, 3);
});

test('what only its writer knows is not repeated on the page', async () => {
  const visitor = await stage.person('pia@example.com');
  const csrf = await spend(visitor);
  const fields = { csrf, current_password: PASSWORD, password: 'violet harbour seven kites' };
  const page = await visitor.post('/account/password', fields);
  assert.equal(page.status, 429);
  assert.match(page.text, /go back and send it again/);
  for (const secret of [PASSWORD, 'violet harbour'])
    assert.equal(page.html.includes(secret), false);
  const tried = await visitor.post('/tokens/try', { csrf, token: 'gate_pat_secret' });
  assert.equal(tried.status, 429);
  assert.equal(tried.html.includes('gate_pat_secret'), false);
});

test('looking at pages is not counted, and neither is a form with a forged token', async () => {
  const visitor = await stage.person('leo@example.com');
  const csrf = await csrfOf(visitor);
  for (let sent = 0; sent < MOST; sent++) {
    assert.equal((await visitor.get('/tokens')).status, 200);
    assert.equal((await profile(visitor, 'forged', 'Leo')).status, 403);
  }
  assert.equal((await profile(visitor, csrf, 'Leo')).status, 200);
});
