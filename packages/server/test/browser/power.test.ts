/** What an operator changes in one browser holds for the tokens and sessions of others at once. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Page } from 'playwright-core';
import type { User } from '../../src/identity/types.ts';
import { call, createFirstToken } from './journey.ts';
import { follow, leave, openStage, type Stage } from './stage.ts';

let stage: Stage;
let operator: Page;
before(async () => {
  stage = await openStage();
  await stage.person({ email: 'olive@example.com', name: 'Olive Operator' });
  operator = await stage.openAs('olive@example.com');
});
after(() => stage.close());

interface Holder {
  readonly user: User;
  readonly page: Page;
  readonly token: string;
}

async function holder(email: string): Promise<Holder> {
  const user = await stage.person({ email });
  const page = await stage.openAs(email);
  return { user, page, token: await createFirstToken(page, 'Everything') };
}

const scopesOf = async (token: string): Promise<readonly unknown[]> => {
  const { status, body } = await call(stage.base, token, '/v2/token');
  assert.equal(status, 200);
  const { scopes } = body;
  assert.ok(Array.isArray(scopes));
  return scopes;
};

async function openPerson({ user }: Holder): Promise<void> {
  await operator.goto('/admin/people');
  await operator.getByLabel('Name or e-mail address').fill(user.email);
  await follow(operator, 'button', 'Search');
  await follow(operator, 'link', user.name);
}

test('a lowered role narrows existing tokens at once, and a raised one widens them again', async () => {
  const ada = await holder('ada@example.com');
  const allowed = await call(stage.base, ada.token, '/v2/tokens');
  assert.equal(allowed.status, 200);
  await openPerson(ada);
  await operator.getByLabel('Role in their own account').selectOption('viewer');
  await follow(operator, 'button', 'Change role');
  const after = await scopesOf(ada.token);
  assert.ok(after.includes('asset.read'));
  assert.ok(!after.includes('asset.delete'));
  await ada.page.goto('/tokens');
  await follow(ada.page, 'link', 'Everything');
  await ada.page.getByText(/Your role no longer allows \d+ scopes of\s+this token/).waitFor();
  await ada.page.goto('/tokens/new');
  assert.equal(await ada.page.locator('input[value="asset.delete"]').isDisabled(), true);
  await operator.getByLabel('Role in their own account').selectOption('owner');
  await follow(operator, 'button', 'Change role');
  assert.ok((await scopesOf(ada.token)).includes('asset.delete'));
  await leave(ada.page);
});

test('suspending a person ends tokens and sessions at once; lifting it brings back what is chosen', async () => {
  const grace = await holder('grace@example.com');
  assert.equal((await call(stage.base, grace.token)).status, 200);
  await openPerson(grace);
  await follow(operator, 'button', 'Suspend');
  const refused = await call(stage.base, grace.token);
  assert.equal(refused.status, 401);
  assert.match(JSON.stringify(refused.body), /suspended/);
  await grace.page.goto('/tokens');
  assert.equal(new URL(grace.page.url()).pathname, '/sign-in');
  await follow(operator, 'button', 'Lift suspension');
  assert.equal(await operator.getByLabel('End it for good').isChecked(), true);
  assert.equal((await call(stage.base, grace.token)).status, 401, 'nothing was changed yet');
  await operator.getByLabel('Let it work again').check();
  await follow(operator, 'button', 'Lift the suspension');
  assert.equal((await call(stage.base, grace.token)).status, 200);
  await grace.page.goto('/tokens');
  assert.equal(new URL(grace.page.url()).pathname, '/sign-in', 'the session stays ended');
  await leave(grace.page);
});

test('the pages of operators do not exist for others', async () => {
  await stage.person({ email: 'nosy@example.com' });
  const page = await stage.openAs('nosy@example.com');
  for (const path of ['/admin', '/admin/people', '/admin/mail']) {
    const response = await page.goto(path);
    assert.equal(response?.status(), 404, path);
  }
  assert.equal(await page.getByRole('link', { name: 'People' }).count(), 0);
  await leave(page);
});

test('the operator heard no complaint from the browser', () => leave(operator));
