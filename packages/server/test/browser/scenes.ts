/** Every page of the portal in every state that it can be in. Tests look at all of them; so does `npm run look`. */
import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { newestMail } from '../support/running-app.ts';
import type { Stage } from './stage.ts';
import type { World } from './world.ts';

export type Who = 'visitor' | 'operator' | 'newcomer' | 'unverified' | 'ada' | 'viewer' | 'long';

export interface Scene {
  readonly name: string;
  /** As the route table has it. */
  readonly route: string;
  readonly who: Who;
  readonly go: (page: Page, world: World, stage: Stage) => Promise<unknown>;
}

export type Go = Scene['go'];

export const at =
  (path: string | ((world: World) => string)): Go =>
  (page, world) =>
    page.goto(typeof path === 'string' ? path : path(world));

/** Fills in the form of a page, sends it past the browser's own checks and waits for the answer. */
const send =
  (start: Go, fields: Readonly<Record<string, string>>, action: string): Go =>
  async (page, world, stage) => {
    await start(page, world, stage);
    for (const [name, value] of Object.entries(fields)) {
      await page.locator(`[name="${name}"]`).first().fill(value);
    }
    await submit(page, action);
  };

export async function submit(page: Page, action: string): Promise<void> {
  const answer = page.waitForEvent('load');
  await page
    .locator(`form[action="${action}"]`)
    .first()
    .evaluate((form: HTMLFormElement) => {
      form.noValidate = true;
      form.removeAttribute('target');
      form.submit();
    });
  await answer;
}

const linkIn = async (stage: Stage, to: string, pattern: RegExp): Promise<string> => {
  const { text } = await newestMail(stage.running, to);
  const link = pattern.exec(text)?.[0];
  if (link === undefined) throw new Error(`no link in the message to ${to}`);
  return link;
};

export const scene =
  (who: Who) =>
  (name: string, route: string, go: Go): Scene => ({ name, route, who, go });

const visitor = scene('visitor');

const newcomer = scene('newcomer');
const ada = scene('ada');
const operator = scene('operator');

const toReset: Go = async (page, world, stage) => {
  await send(at('/forgot-password'), { email: 'nele@example.com' }, '/forgot-password')(
    page,
    world,
    stage,
  );
  await page.goto(await linkIn(stage, 'nele@example.com', /https?:\S+reset-password\S+/));
};

const SIGNED_OUT: readonly Scene[] = [
  visitor('sign-up', 'GET /sign-up', at('/sign-up')),
  visitor(
    'sign-up-refused',
    'POST /sign-up',
    send(at('/sign-up'), { email: 'not an address', password: 'short' }, '/sign-up'),
  ),
  visitor('sign-up-sent', 'GET /sign-up/sent', at('/sign-up/sent')),
  visitor('verify-elsewhere', 'GET /verify-email', async (page, world, stage) =>
    page.goto(await linkIn(stage, world.unverified, /https?:\S+verify-email\S+/)),
  ),
  visitor('verify-dead', 'GET /verify-email', at('/verify-email?proof=nothing')),
  visitor('sign-in', 'GET /sign-in', at('/sign-in')),
  visitor('sign-in-noticed', 'GET /sign-in', at('/sign-in?done=reset')),
  visitor(
    'sign-in-refused',
    'POST /sign-in',
    send(at('/sign-in'), { email: 'ada@example.com', password: 'wrong' }, '/sign-in'),
  ),
  visitor('forgot', 'GET /forgot-password', at('/forgot-password')),
  visitor(
    'forgot-refused',
    'POST /forgot-password',
    send(at('/forgot-password'), { email: 'nobody' }, '/forgot-password'),
  ),
  visitor('forgot-sent', 'GET /forgot-password/sent', at('/forgot-password/sent')),
  visitor('reset', 'GET /reset-password', toReset),
  visitor(
    'reset-refused',
    'POST /reset-password',
    send(toReset, { password: 'short' }, '/reset-password'),
  ),
  visitor('reset-dead', 'GET /reset-password', at('/reset-password?proof=nothing')),
  visitor('not-found-signed-out', 'GET *', at('/nowhere')),
  visitor('mailbox', 'GET /dev/mailbox', at('/dev/mailbox')),
  visitor('mailbox-end', 'GET /dev/mailbox', at('/dev/mailbox?page=99')),
  visitor('message', 'GET /dev/mailbox/:id', async (page) => {
    await page.goto('/dev/mailbox');
    await page.getByRole('link', { name: /token/i }).first().click();
    await page.waitForLoadState();
  }),
];

const create =
  (description: string): Go =>
  async (page) => {
    await page.goto('/tokens/new');
    await page.locator('[name="description"]').fill(description);
    await page.getByText('Select all scopes').click();
    await submit(page, '/tokens');
  };

const rotateAgain: Go = async (page, world) => {
  await page.goto(`/tokens/${world.tokens.used.id}/rotate`);
  await submit(page, `/tokens/${world.tokens.used.id}/rotate`);
};

const created = create('First experiments');

const TOKENS: readonly Scene[] = [
  newcomer('tokens-none', 'GET /tokens', at('/tokens')),
  newcomer('unused-none', 'GET /tokens', at('/tokens?unused=90')),
  ada('tokens', 'GET /tokens', at('/tokens')),
  ada('tokens-last-page', 'GET /tokens', at('/tokens?page=2')),
  ada('tokens-unused', 'GET /tokens', at('/tokens?unused=90')),
  ada('tokens-revoked-some', 'GET /tokens', at('/tokens?revoked=3')),
  ada('tokens-old-address', 'GET /app/tokens', at('/app/tokens')),
  scene('long')('tokens-long', 'GET /tokens', at('/tokens')),
  newcomer('token-new', 'GET /tokens/new', at('/tokens/new')),
  ada(
    'token-new-asked',
    'GET /tokens/new',
    at('/tokens/new?scopes=asset.read+asset.delete+comment.create'),
  ),
  scene('viewer')('token-new-viewer', 'GET /tokens/new', at('/tokens/new')),
  scene('unverified')('token-new-unverified', 'GET /tokens/new', at('/tokens/new')),
  newcomer('token-new-refused', 'POST /tokens', async (page) => {
    await page.goto('/tokens/new');
    await page.getByRole('radio', { name: 'Custom…' }).check();
    await submit(page, '/tokens');
  }),
  ada('token-created', 'POST /tokens', created),
  ada('token-tried', 'POST /tokens', async (page, world, stage) => {
    await created(page, world, stage);
    await page.getByRole('button', { name: 'Test it now' }).click();
    await page.getByText(/^200: the token works/).waitFor();
  }),
  ada('token-tried-without-script', 'POST /tokens/try', async (page, world, stage) => {
    await created(page, world, stage);
    await submit(page, '/tokens/try');
  }),
  ada('token-created-again', 'POST /tokens', async (page, world, stage) => {
    await created(page, world, stage);
    await page.reload();
  }),
  scene('long')('token-created-long', 'POST /tokens', create('long '.repeat(40))),
  ada(
    'token',
    'GET /tokens/:id',
    at(({ tokens }) => `/tokens/${tokens.used.id}`),
  ),
  ada(
    'token-plain',
    'GET /tokens/:id',
    at(({ tokens }) => `/tokens/${tokens.plain.id}`),
  ),
  ada(
    'token-disabled',
    'GET /tokens/:id',
    at(({ tokens }) => `/tokens/${tokens.disabled.id}?done=disabled`),
  ),
  ada(
    'token-revoked',
    'GET /tokens/:id',
    at(({ tokens }) => `/tokens/${tokens.revoked.id}`),
  ),
  ada(
    'token-rotated',
    'GET /tokens/:id',
    at(({ tokens }) => `/tokens/${tokens.rotated.id}`),
  ),
  scene('viewer')(
    'token-lost-scopes',
    'GET /tokens/:id',
    at(({ tokens }) => `/tokens/${tokens.narrowed.id}`),
  ),
  scene('long')(
    'token-long',
    'GET /tokens/:id',
    at(({ tokens }) => `/tokens/${tokens.long.id}`),
  ),
  ada('token-absent', 'GET /tokens/:id', at('/tokens/000000000000')),
  ada('rename-refused', 'POST /tokens/:id/description', async (page, world) => {
    await page.goto(`/tokens/${world.tokens.plain.id}`);
    await page.locator('[name="description"]').fill(' ');
    await submit(page, `/tokens/${world.tokens.plain.id}/description`);
  }),
  ada(
    'narrow',
    'GET /tokens/:id/scopes',
    at(({ tokens }) => `/tokens/${tokens.used.id}/scopes`),
  ),
  ada('narrow-refused', 'POST /tokens/:id/scopes', async (page, world) => {
    await page.goto(`/tokens/${world.tokens.plain.id}/scopes`);
    for (const box of await page.locator('[name="scope"]').all()) await box.uncheck();
    await submit(page, `/tokens/${world.tokens.plain.id}/scopes`);
  }),
  ada(
    'rotate',
    'GET /tokens/:id/rotate',
    at(({ tokens }) => `/tokens/${tokens.plain.id}/rotate`),
  ),
  ada(
    'rotate-refused',
    'GET /tokens/:id/rotate',
    at(({ tokens }) => `/tokens/${tokens.rotated.id}/rotate`),
  ),
  ada(
    'revoke',
    'GET /tokens/:id/revoke',
    at(({ tokens }) => `/tokens/${tokens.used.id}/revoke`),
  ),
  ada('revoke-many', 'POST /tokens/revoke', async (page) => {
    await page.goto('/tokens?unused=90');
    for (const box of await page.locator('[name="ids"]').all()) await box.check();
    await submit(page, '/tokens/revoke');
  }),
  ada('token-rotated-now', 'POST /tokens/:id/rotate', rotateAgain),
];

const PERSONAL: readonly Scene[] = [
  newcomer('welcome', 'GET /', at('/?done=verified')),
  scene('unverified')('welcome-unverified', 'GET /', at('/')),
  ada('welcome-expiring', 'GET /', at('/')),
  scene('long')('welcome-long', 'GET /', at('/')),
  scene('viewer')('account-right-to-left', 'GET /account', at('/account')),
  ada('account', 'GET /account', at('/account?done=profile')),
  scene('long')('account-long', 'GET /account', at('/account')),
  ada('account-access', 'GET /account/access', at('/account/access')),
  newcomer(
    'account-refused',
    'POST /account/profile',
    send(at('/account'), { name: ' ' }, '/account/profile'),
  ),
  newcomer(
    'password-refused',
    'POST /account/password',
    send(at('/account'), { current_password: 'wrong', password: 'short' }, '/account/password'),
  ),
  ada('not-found', 'GET *', at('/nowhere')),
  scene('viewer')('too-many-forms', 'POST *', async (page) => {
    // The limit lets ten more through every second: one of them may be the form that is to be refused.
    let status = 0;
    for (let tries = 0; tries < 10 && status !== 429; tries++) status = await floodAndSend(page);
    assert.equal(status, 429);
  }),
  ada('form-too-old', 'POST *', async (page) => {
    await page.goto('/account');
    await page.locator('[name="csrf"]').evaluateAll((fields) => {
      for (const field of fields) field.setAttribute('value', 'old');
    });
    await submit(page, '/account/profile');
  }),
];

const OPERATING: readonly Scene[] = [
  operator('admin', 'GET /admin', at('/admin')),
  operator('people', 'GET /admin/people', at('/admin/people')),
  operator('people-none', 'GET /admin/people', at('/admin/people?q=nobody+like+this')),
  operator(
    'person',
    'GET /admin/people/:id',
    at(({ people }) => `/admin/people/${people.ada.id}`),
  ),
  operator(
    'person-long',
    'GET /admin/people/:id',
    at(({ people }) => `/admin/people/${people.long.id}`),
  ),
  operator(
    'person-self',
    'GET /admin/people/:id',
    at(({ people }) => `/admin/people/${people.operator.id}`),
  ),
  operator(
    'person-returns',
    'POST /admin/people/:id/resume',
    async (page, { people }, { running }) => {
      const { accounts } = running.app;
      const origin = { source: 'cli', client: 'cli/test', address: null, actorId: null } as const;
      const userId = people.ada.id;
      await accounts.setSuspended({ userId, isSuspended: true, origin });
      await page.goto(`/admin/people/${userId}`);
      await submit(page, `/admin/people/${userId}/resume`);
      await accounts.setSuspended({ userId, isSuspended: false, origin, earlier: 'keep' });
    },
  ),
  operator('admin-mail', 'GET /admin/mail', at('/admin/mail')),
  operator('admin-mail-end', 'GET /admin/mail', at('/admin/mail?page=99')),
];

export const PORTAL_SCENES: readonly Scene[] = [
  ...SIGNED_OUT,
  ...PERSONAL,
  ...TOKENS,
  ...OPERATING,
];

/** Sends a form as a program would, until no more are taken, and once more as a person. Answers the status of that. */
async function floodAndSend(page: Page): Promise<number> {
  await page.goto('/account');
  await page.evaluate(async () => {
    const form = document.querySelector<HTMLFormElement>('form[action="/account/profile"]');
    const fields = Object.fromEntries(new FormData(form ?? undefined).entries());
    const body = new URLSearchParams(fields as Record<string, string>);
    const send = async (): Promise<number> =>
      (await fetch('/account/profile', { method: 'POST', body, redirect: 'manual' })).status;
    for (;;) {
      const statuses = await Promise.all(Array.from({ length: 20 }, send));
      if (statuses.every((status) => status === 429)) break;
    }
  });
  const answer = page.waitForResponse((response) => response.request().isNavigationRequest());
  await submit(page, '/account/profile');
  return (await answer).status();
}
