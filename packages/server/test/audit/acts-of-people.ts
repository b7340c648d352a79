/** The act behind every type of event about people: what has to be there first, and the request that does it. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { EventType } from '../../src/audit/event.ts';
import type { Person } from '../oauth/place.ts';
import { proveAt } from '../support/proved.ts';
import { linkTo, PASSWORD } from '../support/running-app.ts';
import type { Fields, WebVisitor } from '../support/visitor.ts';
import type { Done, Stage } from './stage.ts';

/** Makes what has to be there; answers the act itself, which can be tried again when it failed. */
export type Arrange = (stage: Stage) => Promise<() => Promise<Done>>;

export const newEmail = (): string => `${randomUUID()}@example.com`;
const OTHER_PASSWORD = 'velvet harbour quietly sings';
const cli = { source: 'cli', client: 'cli/test', address: null, actorId: null } as const;

type OfPeople = Extract<
  EventType,
  | `user_${'created' | 'updated' | 'login' | 'login_attempt' | 'deactivated' | 'reactivated' | 'exported' | 'erased'}`
  | `user_deletion_${string}`
  | `email_${string}`
  | `password_${string}`
  | `identity_${string}`
  | `role_${string}`
  | `operator_${string}`
  | 'new_device_login'
  | 'session_revoked'
  | 'access_ended'
>;

/** The form of the page that is open, as it is filled in. */
function filledIn(stage: Stage, visitor: WebVisitor, action: string) {
  const hidden = visitor.hidden(action);
  assert.ok(hidden !== null, `no form for ${action}: ${visitor.page?.text}`);
  return (fields: Fields = {}) =>
    () =>
      stage.open({ visitor }, action, { ...hidden, ...fields });
}

async function openLink({ place }: Stage, visitor: WebVisitor, to: string, path: string) {
  const { pathname, search } = new URL(await linkTo(place.running, to, path));
  await visitor.get(pathname + search);
}

/** Asked for another address, and the link that went there is open. */
async function changingAddress(stage: Stage) {
  const person = await stage.place.person();
  const email = newEmail();
  await stage.form(person, '/account/email', { email });
  await openLink(stage, person.visitor, email, '/confirm-email');
  return { person, confirm: filledIn(stage, person.visitor, '/confirm-email')() };
}

/** A form that waits for the password. */
async function asked(stage: Stage): Promise<(fields: Fields) => () => Promise<Done>> {
  const person = await stage.place.person();
  const { sessions } = stage.place.modules.storage;
  await proveAt(sessions, person.user.id, 1);
  await person.visitor.get('/account/access');
  await person.visitor.submit('/account/access/end');
  return filledIn(stage, person.visitor, '/confirm');
}

const byOperator =
  (what: string, fields: Fields, before: (stage: Stage, person: Person) => unknown = () => null) =>
  async (stage: Stage) => {
    const person = await stage.place.person();
    await before(stage, person);
    return () => stage.form(stage.operator, `/admin/people/${person.user.id}/${what}`, fields);
  };

const byThemselves =
  (path: string, fieldsOf: (person: Person) => Fields = () => ({})): Arrange =>
  async (stage) => {
    const person = await stage.place.person();
    return () => stage.form(person, path, fieldsOf(person));
  };

const signingIn =
  (password: string): Arrange =>
  async (stage) => {
    const { email } = await stage.place.user();
    const visitor = stage.place.running.visitor();
    return () => stage.open({ visitor }, '/sign-in', { email, password });
  };

export const ACTS_OF_PEOPLE: Readonly<Record<OfPeople, Arrange>> = {
  user_created: async (stage) => {
    const visitor = stage.place.running.visitor();
    const form = { name: 'Ada Example', email: newEmail(), password: PASSWORD };
    return () => stage.open({ visitor }, '/sign-up', form);
  },
  user_updated: byThemselves('/account/profile', () => ({ name: 'Grace Hopper' })),
  user_login: signingIn(PASSWORD),
  user_login_attempt: signingIn('a guess that is wrong'),
  new_device_login: async (stage) => {
    const { email } = (await stage.place.person()).user;
    const visitor = stage.place.running.visitor();
    return () => stage.open({ visitor }, '/sign-in', { email, password: PASSWORD });
  },
  user_deactivated: byOperator('suspend', {}),
  user_reactivated: byOperator('resume', {}, ({ place }, { user: { id: userId } }) =>
    place.modules.accounts.setSuspended({ userId, isSuspended: true, origin: cli }),
  ),
  user_exported: byThemselves('/account/export'),
  user_deletion_requested: byThemselves('/account/delete', ({ user }) => ({
    confirm_email: user.email,
  })),
  user_deletion_cancelled: byOperator('keep', {}, ({ place }, { user: { id: userId } }) =>
    place.modules.accounts.requestDeletion({ userId, heirId: null, isNow: false, origin: cli }),
  ),
  user_erased: async ({ place }) => {
    const { id: userId } = await place.user();
    const { accounts } = place.modules;
    await accounts.requestDeletion({ userId, heirId: null, isNow: true, origin: cli });
    return async () => {
      const erased = await accounts.eraseDue();
      return { isDone: erased === 1, said: `${erased} erased` };
    };
  },
  email_confirmed: async (stage) => {
    const visitor = stage.place.running.visitor();
    const email = newEmail();
    await visitor.get('/sign-up');
    await visitor.submit('/sign-up', { name: 'Ada Example', email, password: PASSWORD });
    await openLink(stage, visitor, email, '/verify-email');
    return filledIn(stage, visitor, '/verify-email')();
  },
  email_change_requested: async (stage) => {
    const person = await stage.place.person();
    const email = newEmail();
    return () => stage.form(person, '/account/email', { email });
  },
  email_changed: async (stage) => (await changingAddress(stage)).confirm,
  email_change_undone: async (stage) => {
    const { person, confirm } = await changingAddress(stage);
    await confirm();
    const visitor = stage.place.running.visitor();
    await openLink(stage, visitor, person.user.email, '/undo-email-change');
    return filledIn(stage, visitor, '/undo-email-change')();
  },
  password_changed: byThemselves('/account/password', () => ({
    current_password: PASSWORD,
    password: OTHER_PASSWORD,
  })),
  password_reset_requested: async (stage) => {
    const { email } = await stage.place.user();
    const visitor = stage.place.running.visitor();
    return () => stage.open({ visitor }, '/forgot-password', { email });
  },
  session_revoked: async (stage) => {
    const person = await stage.place.person();
    await stage.place.signIn(stage.place.running.visitor(), person.user);
    return () => stage.form(person, '/account/sessions/end-others');
  },
  identity_confirmed: async (stage) => (await asked(stage))({ password: PASSWORD }),
  identity_refused: async (stage) => (await asked(stage))({ password: 'a guess that is wrong' }),
  access_ended: byThemselves('/account/access/end'),
  role_added: byOperator('role', { role: 'viewer' }),
  role_removed: async (stage) => {
    const { email } = await stage.place.user();
    return () => stage.command('user', 'role', email, 'none');
  },
  operator_added: byOperator('operator', { operator: 'yes' }),
  operator_removed: byOperator('operator', { operator: 'no' }, ({ place }, { user }) =>
    place.modules.storage.users.update(user.id, { isOperator: true }),
  ),
};
