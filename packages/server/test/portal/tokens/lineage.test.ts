/** What the pages say and do about tokens that a token made by API. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { WebVisitor } from '../../support/visitor.ts';
import { csrfOf, make, openTokens, shownOn, statusOfCall, type TokenStage } from './people.ts';

let stage: TokenStage;
let ada: WebVisitor;
before(async () => {
  stage = await openTokens();
  ada = await stage.person('ada@example.com');
});
after(() => stage.stop());

async function makeWith(value: string, expires_in = 3600): Promise<{ id: string; value: string }> {
  const response = await fetch(`${stage.running.base}/v2/tokens`, {
    method: 'POST',
    headers: { authorization: `Bearer ${value}`, 'content-type': 'application/json' },
    body: JSON.stringify({ description: 'made by API', scopes: ['asset.read'], expires_in }),
  });
  assert.equal(response.status, 201);
  const made = (await response.json()) as { id: string; token: string };
  return { id: made.id, value: made.token };
}

test('the page says how many tokens end with this one, and they do', async () => {
  const parent = await make(ada);
  const none = await ada.get(`/tokens/${parent.id}/revoke`);
  assert.doesNotMatch(none.text, /made by API/);
  const child = await makeWith(parent.value);
  const one = await ada.get(`/tokens/${parent.id}/revoke`);
  assert.match(one.text, /made by API ends with it: 1 token\. .*made by API/);
  await makeWith(child.value);
  const two = await ada.get(`/tokens/${parent.id}/revoke`);
  assert.match(two.text, /made by API ends with it: 2 tokens\./);
  assert.match(two.html, new RegExp(`href="/tokens/${child.id}"`));
  await ada.submit(`/tokens/${parent.id}/revoke`);
  assert.equal(await statusOfCall(stage, child.value), 401);
  const page = await ada.get(`/tokens/${child.id}`);
  assert.match(page.text, /Revoked with the token that made it/);
  assert.match(page.text, /Made by nightly export/);
});

test('rotating a token that made others offers revoking it instead', async () => {
  const parent = await make(ada);
  const child = await makeWith(parent.value);
  const page = await ada.get(`/tokens/${parent.id}/rotate`);
  assert.match(page.text, /What it made by API \(1 token\) goes on and belongs to the new token/);
  await ada.submit(`/tokens/${parent.id}/rotate`, { overlap: '0' });
  assert.equal(await statusOfCall(stage, child.value), 200);
  // The old token is over, and what it made can still be ended from its page.
  const old = await ada.get(`/tokens/${parent.id}`);
  assert.match(old.text, /End what it made .*This token has ended\. 1 token that it made/);
  assert.match(old.html, new RegExp(`href="/tokens/${parent.id}/revoke"`));
  const asked = await ada.get(`/tokens/${parent.id}/revoke`);
  assert.match(asked.text, /It has ended, and what it made by API works on: 1 token\./);
  await ada.submit(`/tokens/${parent.id}/revoke`);
  assert.equal(await statusOfCall(stage, child.value), 401);
  const over = await ada.get(`/tokens/${parent.id}`);
  assert.doesNotMatch(over.text, /End what it made/);
});

test('the pages of a successor list what the token before it made, and end it with the old one', async () => {
  const parent = await make(ada);
  const child = await makeWith(parent.value);
  await ada.get(`/tokens/${parent.id}/rotate`);
  const fresh = shownOn(await ada.submit(`/tokens/${parent.id}/rotate`, { overlap: '604800' }));
  assert.ok(fresh !== null);
  const page = await ada.get(`/tokens/${fresh.id}`);
  assert.match(page.text, /Made by this token 1 token, made by API with this token or one before/);
  assert.match(page.text, /The token that it replaced still works/);
  const asked = await ada.get(`/tokens/${fresh.id}/revoke`);
  assert.match(asked.html, new RegExp(`href="/tokens/${child.id}"`));
  assert.match(asked.html, /<input type="checkbox" name="replaced" value="on" checked>/);
  await ada.submit(`/tokens/${fresh.id}/revoke`, { replaced: 'on' });
  for (const { value } of [parent, child, fresh])
    assert.equal(await statusOfCall(stage, value), 401);
  const over = await ada.get(`/tokens/${parent.id}`);
  assert.match(over.text, /Revoked with/);
});

test('what several tokens made is listed before they are revoked together', async () => {
  const parent = await make(ada);
  const child = await makeWith(parent.value);
  await ada.get('/tokens');
  const csrf = await csrfOf(ada);
  const asked = await ada.post('/tokens/revoke', { csrf, ids: [parent.id] });
  assert.match(asked.text, /What they made by API ends with them: 1 token\./);
  assert.match(asked.html, new RegExp(`href="/tokens/${child.id}"`));
});
