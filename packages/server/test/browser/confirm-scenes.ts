/** Forms that have to wait: for the password, for a link, for a sign-in, for the person who filled them in. */
import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { proveAt } from '../support/proved.ts';
import { newestMail, PASSWORD } from '../support/running-app.ts';
import { at, scene, submit, type Go, type Scene } from './scenes.ts';
import type { Stage } from './stage.ts';
import type { World } from './world.ts';

const LINK = /https?:\S+confirm\/link\S+/;

const fillIn = async (page: Page): Promise<void> => {
  await page.goto('/tokens/new');
  await page.locator('[name="description"]').fill('Nightly export to the archive');
  await page.getByText('Select all scopes').click();
  await page.locator('[name="expires_in"][value="never"]').check({ force: true });
};

/** The person signed in long ago, while the work goes on. */
async function asked(page: Page, world: World, stage: Stage, work: () => Promise<unknown>) {
  const { sessions } = stage.running.app.storage;
  const { id } = world.people.long;
  await proveAt(sessions, id, 1);
  await fillIn(page);
  await submit(page, '/tokens');
  await work();
  await proveAt(sessions, id, stage.now());
}

const waiting =
  (work: (page: Page, stage: Stage) => Promise<unknown> = async () => undefined): Go =>
  (page, world, stage) =>
    asked(page, world, stage, () => work(page, stage));

const askForLink = async (page: Page): Promise<void> => {
  await page.getByRole('button', { name: 'Send me a link instead' }).click();
  await page.getByRole('heading', { name: 'Check your e-mail' }).waitFor();
};

const openLink = async (page: Page, stage: Stage): Promise<void> => {
  const to = await page.locator('[name="username"]').inputValue();
  await askForLink(page);
  const { text } = await newestMail(stage.running, to);
  await page.goto(LINK.exec(text)?.[0] ?? '/');
};

/** The form is sent with another session than the one of its page, or with none; then all is as before. */
const replaced =
  (emailOf: (world: World) => string | null): Go =>
  async (page, world, stage) => {
    await fillIn(page);
    const context = page.context();
    const cookies = await context.cookies();
    const session = cookies.find(({ name }) => name.includes('session'));
    if (session === undefined) throw new Error('nobody is signed in');
    const email = emailOf(world);
    await context.clearCookies({ name: session.name });
    if (email !== null) {
      const visitor = { address: '127.0.0.1', agent: 'Scenes/1.0', deviceToken: null };
      const form = { email, password: PASSWORD };
      const signed = await stage.running.app.accounts.signIn(form, visitor);
      if (signed.outcome !== 'signed-in') throw new Error(signed.outcome);
      await context.addCookies([{ ...session, value: signed.started.token }]);
    }
    await submit(page, '/tokens');
    await context.addCookies([session]);
  };

/** The person has no password, and no proved address where that is said, until the page is there. */
const without =
  (go: Go, { isProved = true } = {}): Go =>
  async (page, world, stage) => {
    const { users } = stage.running.app.storage;
    const { id } = world.people.long;
    const before = await users.byId(id);
    assert.ok(before !== null);
    const { passwordHash, emailVerifiedAt } = before;
    await users.update(id, { passwordHash: null, ...(!isProved && { emailVerifiedAt: null }) });
    await go(page, world, stage);
    await users.update(id, { passwordHash, emailVerifiedAt });
  };

const askedToEndAccess: Go = async (page, world, stage) => {
  const { sessions } = stage.running.app.storage;
  const { id } = world.people.long;
  await proveAt(sessions, id, 1);
  await page.goto('/account/access');
  await submit(page, '/account/access/end');
  await proveAt(sessions, id, stage.now());
};

const choosePassword: Go = async (page) => {
  await page.goto('/account');
  await submit(page, '/account/password');
};

const long = scene('long');

export const CONFIRM_SCENES: readonly Scene[] = [
  long('confirm-password', 'POST /confirm', waiting()),
  long(
    'confirm-password-wrong',
    'POST /confirm',
    waiting(async (page) => {
      await page.locator('[name="password"]').fill('a guess that is wrong');
      await submit(page, '/confirm');
    }),
  ),
  long('confirm-link-sent', 'POST /confirm/send-link', waiting(askForLink)),
  long('confirm-link-opened', 'GET /confirm/link', waiting(openLink)),
  long(
    'confirm-link-confirmed',
    'POST /confirm/link',
    waiting(async (page, stage) => {
      await openLink(page, stage);
      await submit(page, '/confirm/link');
    }),
  ),
  long('confirm-link-first', 'POST /tokens', without(waiting())),
  long(
    'confirm-address-first',
    'POST /account/access/end',
    without(askedToEndAccess, { isProved: false }),
  ),
  long('account-no-password', 'GET /account', without(at('/account'))),
  long('account-choose-password', 'POST /account/password', without(choosePassword)),
  long('confirm-link-dead', 'GET /confirm/link', at('/confirm/link?proof=nothing')),
  long(
    'late-form-signed-out',
    'POST /tokens',
    replaced(() => null),
  ),
  long(
    'late-form-other-person',
    'POST /tokens',
    replaced(({ people }) => people.viewer.email),
  ),
  long(
    'late-form-send-again',
    'POST /tokens',
    replaced(({ people }) => people.long.email),
  ),
];
