/** People who are to be deleted, or were erased, as they and others see it. */
import type { User } from '../../src/identity/types.ts';
import { linkTo, PASSWORD } from '../support/running-app.ts';
import { at, scene, submit, type Go, type Scene } from './scenes.ts';
import type { Stage } from './stage.ts';

const cli = { source: 'cli', client: 'cli/test', address: null, actorId: null } as const;

let count = 0;
const newPerson = (stage: Stage, name: string): Promise<User> => {
  const email = `${name.split(' ')[0]?.toLowerCase()}-${++count}@example.com`;
  return stage.person({ email, name });
};

/** Asks to be deleted, as on the account page. */
async function leaver({ running, ...stage }: Stage): Promise<User> {
  const user = await newPerson({ running, ...stage }, 'Lena Leaving');
  const origin = { ...cli, source: 'portal', client: 'web/test', actorId: user.id } as const;
  const request = { userId: user.id, heirId: null, isNow: false, origin };
  await running.app.accounts.requestDeletion(request);
  return user;
}

async function erase({ running }: Stage, { id: userId }: User): Promise<void> {
  const { accounts } = running.app;
  await accounts.requestDeletion({ userId, heirId: null, isNow: true, origin: cli });
  await accounts.eraseUser(userId);
}

/** Owns an account in which others work. */
async function founder(stage: Stage): Promise<User> {
  const user = await newPerson(stage, 'Frieda Founder');
  for (const name of ['Hector Heir', `${'Maximiliane '.repeat(6)}Musterfrau`]) {
    const { id: userId } = await newPerson(stage, name);
    const { accountId } = user;
    await stage.running.app.accounts.changeRole({ userId, accountId, role: 'member', origin: cli });
  }
  return user;
}

const followLink: Go = async (page, _world, stage) => {
  const { email } = await leaver(stage);
  const { pathname, search } = new URL(await linkTo(stage.running, email, '/keep-account'));
  await page.goto(pathname + search);
};

const signInMeanwhile: Go = async (page, _world, stage) => {
  const { email } = await leaver(stage);
  await page.goto('/sign-in?again=1');
  await page.locator('[name="email"]').fill(email);
  await page.locator('[name="password"]').fill(PASSWORD);
  await submit(page, '/sign-in');
};

const pageOf =
  (person: (stage: Stage) => Promise<User>, part = ''): Go =>
  async (page, _world, stage) =>
    page.goto(`/admin/people/${(await person(stage)).id}${part}`);

const operator = scene('operator');

export const DELETION_SCENES: readonly Scene[] = [
  scene('visitor')('deletion-link', 'GET /keep-account', followLink),
  scene('visitor')('deletion-link-dead', 'GET /keep-account', at('/keep-account?proof=nothing')),
  scene('visitor')('deletion-sign-in', 'POST /sign-in', signInMeanwhile),
  scene('visitor')('deletion-asked', 'GET /sign-in', at('/sign-in?done=deletion')),
  scene('ada')('deletion-own', 'GET /account/delete', at('/account/delete')),
  scene('newcomer')('deletion-own-apps', 'GET /account/delete', at('/account/delete')),
  scene('ada')('deletion-own-refused', 'POST /account/delete', async (page) => {
    await page.goto('/account/delete');
    await page.locator('[name="confirm_email"]').fill('else@example.com');
    await submit(page, '/account/delete');
  }),
  operator(
    'deletion-of-person',
    'GET /admin/people/:id/delete',
    at(({ people }) => `/admin/people/${people.long.id}/delete`),
  ),
  operator('deletion-heir', 'GET /admin/people/:id/delete', pageOf(founder, '/delete')),
  operator('deletion-heir-missing', 'POST /admin/people/:id/delete', async (page, _, stage) => {
    const { id, email } = await founder(stage);
    await page.goto(`/admin/people/${id}/delete`);
    await page.locator('[name="confirm_email"]').fill(email);
    await submit(page, `/admin/people/${id}/delete`);
  }),
  operator('deletion-pending', 'GET /admin/people/:id', pageOf(leaver, '?done=deletion')),
  operator(
    'deletion-erased',
    'GET /admin/people/:id',
    pageOf(async (stage) => {
      const user = await newPerson(stage, 'Erwin Erased');
      await erase(stage, user);
      return user;
    }),
  ),
  operator(
    'deletion-by-erased',
    'GET /admin/people/:id',
    pageOf(async (stage) => {
      const user = await newPerson(stage, 'Carla Changed');
      const boss = await newPerson(stage, 'Former Operator');
      const given = { userId: boss.id, isOperator: true, origin: cli };
      await stage.running.app.accounts.setOperator(given);
      const origin = { ...cli, source: 'portal', client: 'web/test', actorId: boss.id } as const;
      const change = { userId: user.id, accountId: user.accountId, role: 'viewer' } as const;
      await stage.running.app.accounts.changeRole({ ...change, origin });
      await erase(stage, boss);
      return user;
    }),
  ),
  operator('deletion-people', 'GET /admin/people', async (page, _, stage) => {
    await leaver(stage);
    await page.goto('/admin/people');
  }),
];
