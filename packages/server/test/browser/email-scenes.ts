/** What people see of their e-mail address: changing it, correcting it, taking it back, and a sign-in that is limited. */
import type { Page } from 'playwright-core';
import { linkTo, PASSWORD } from '../support/running-app.ts';
import { at, scene, submit, type Go, type Scene } from './scenes.ts';
import type { Stage } from './stage.ts';

const visitor = scene('visitor');
const newcomer = scene('newcomer');

let count = 0;
const address = (): string => `somebody-${++count}@example.com`;

/** Of a person of its own, so that those of the other scenes stay as they are. */
async function signUp(page: Page, email: string): Promise<void> {
  await page.context().clearCookies();
  await page.goto('/sign-up');
  await page.locator('[name="name"]').fill('Ada Example');
  await page.locator('[name="email"]').fill(email);
  await page.locator('[name="password"]').fill(PASSWORD);
  await submit(page, '/sign-up');
}

async function change(page: Page, stage: Stage): Promise<{ old: string; email: string }> {
  const [old, email] = [address(), address()];
  await signUp(page, old);
  await page.goto(await linkTo(stage.running, old, '/verify-email'));
  await submit(page, '/verify-email');
  await page.goto('/account/email');
  await page.locator('[name="email"]').fill(email);
  await submit(page, '/account/email');
  return { old, email };
}

const toConfirm: Go = async (page, _world, stage) => {
  const { email } = await change(page, stage);
  await page.goto(await linkTo(stage.running, email, '/confirm-email'));
};

const toConfirmElsewhere: Go = async (page, _world, stage) => {
  const { email } = await change(page, stage);
  await page.context().clearCookies();
  await page.goto(await linkTo(stage.running, email, '/confirm-email'));
};

async function takePassword({ running: { app } }: Stage, email: string): Promise<void> {
  const user = await app.storage.users.byEmail(email);
  await app.storage.users.update(user?.id ?? '', { passwordHash: null });
}

const toConfirmWithoutPassword: Go = async (page, _world, stage) => {
  const { old, email } = await change(page, stage);
  await takePassword(stage, old);
  await page.context().clearCookies();
  await page.goto(await linkTo(stage.running, email, '/confirm-email'));
};

const toVerifyWithoutPassword: Go = async (page, _world, stage) => {
  const email = address();
  await signUp(page, email);
  await takePassword(stage, email);
  await page.context().clearCookies();
  await page.goto(await linkTo(stage.running, email, '/verify-email'));
};

const changed: Go = async (page, _world, stage) => {
  const { email } = await change(page, stage);
  await page.goto(await linkTo(stage.running, email, '/confirm-email'));
  await submit(page, '/confirm-email');
};

const toUndo: Go = async (page, _world, stage) => {
  const { old, email } = await change(page, stage);
  await page.goto(await linkTo(stage.running, email, '/confirm-email'));
  await submit(page, '/confirm-email');
  await page.context().clearCookies();
  await page.goto(await linkTo(stage.running, old, '/undo-email-change'));
};

/** And leaves no session behind for the next scene. */
const alone =
  (go: Go): Go =>
  async (page, world, stage) => {
    await go(page, world, stage);
    await page.context().clearCookies();
  };

export const EMAIL_SCENES: readonly Scene[] = [
  newcomer(
    'change-password-known',
    'GET /.well-known/change-password',
    at('/.well-known/change-password'),
  ),
  newcomer('email-change', 'GET /account/email', at('/account/email')),
  scene('unverified')('email-change-unverified', 'GET /account/email', at('/account/email')),
  newcomer('email-change-refused', 'POST /account/email', async (page) => {
    await page.goto('/account/email');
    await page.locator('[name="email"]').fill('nothing');
    await submit(page, '/account/email');
  }),
  newcomer('email-change-sent', 'GET /account/email/sent', at('/account/email/sent')),
  visitor('email-confirm', 'GET /confirm-email', alone(toConfirm)),
  visitor('email-confirm-elsewhere', 'GET /confirm-email', alone(toConfirmElsewhere)),
  visitor('email-confirm-no-password', 'GET /confirm-email', alone(toConfirmWithoutPassword)),
  visitor('verify-email-no-password', 'GET /verify-email', alone(toVerifyWithoutPassword)),
  visitor(
    'email-confirm-refused',
    'POST /confirm-email',
    alone(async (page, world, stage) => {
      await toConfirmElsewhere(page, world, stage);
      await page.locator('[name="password"]').fill('wrong');
      await submit(page, '/confirm-email');
    }),
  ),
  visitor('email-changed', 'POST /confirm-email', alone(changed)),
  visitor('email-confirm-dead', 'GET /confirm-email', at('/confirm-email?proof=nothing')),
  visitor('email-undo', 'GET /undo-email-change', alone(toUndo)),
  visitor(
    'email-undone',
    'POST /undo-email-change',
    alone(async (page, world, stage) => {
      await toUndo(page, world, stage);
      await submit(page, '/undo-email-change');
    }),
  ),
  visitor('email-undo-dead', 'GET /undo-email-change', at('/undo-email-change?proof=nothing')),
  visitor(
    'sign-up-correct',
    'GET /sign-up/sent',
    alone(async (page) => signUp(page, address())),
  ),
  visitor(
    'sign-up-correct-refused',
    'POST /sign-up/correct',
    alone(async (page) => {
      await signUp(page, address());
      await page.locator('[name="email"]').fill('nothing');
      await submit(page, '/sign-up/correct');
    }),
  ),
  visitor('sign-in-limited', 'POST /sign-in', async (page) => {
    const email = address();
    for (let round = 0; round < 11; round++) {
      await page.goto('/sign-in');
      await page.locator('[name="email"]').fill(email);
      await page.locator('[name="password"]').fill('wrong');
      await submit(page, '/sign-in');
    }
  }),
];
