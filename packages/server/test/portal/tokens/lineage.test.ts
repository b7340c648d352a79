/** What the pages say and do about tokens that a token made by API. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { WebVisitor } from '../../support/visitor.ts';
import { make, openTokens, statusOfCall, type TokenStage } from './people.ts';

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
  assert.match(one.text, /A token that it made by API is revoked with it/);
  await makeWith(child.value);
  const two = await ada.get(`/tokens/${parent.id}/revoke`);
  assert.match(two.text, /2 tokens that it made by API are revoked with it/);
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
  assert.match(page.text, /A token that it made by API goes on\. .*revoke it instead/);
  await ada.submit(`/tokens/${parent.id}/rotate`, { overlap: '0' });
  assert.equal(await statusOfCall(stage, child.value), 200);
  // The old token is over, and what it made can still be ended from its page.
  await ada.get(`/tokens/${parent.id}/revoke`);
  await ada.submit(`/tokens/${parent.id}/revoke`);
  assert.equal(await statusOfCall(stage, child.value), 401);
});
