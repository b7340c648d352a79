/** What ends all that an app got for a person, and all that it could still get. */
import type { User } from '../../src/identity/types.ts';
import type { Registered } from '../support/oauth.ts';
import type { Place } from './place.ts';

export interface Whose {
  readonly user: User;
  readonly registered: Registered;
  /** Who registered the app. */
  readonly developer: User;
}

type End = (place: Place, whose: Whose) => Promise<unknown>;

const origin = { source: 'cli', client: 'cli/test', address: null, actorId: null } as const;

const switchApp =
  (act: 'disable' | 'delete'): End =>
  ({ modules }, { registered, developer: user }) =>
    modules.authorization.apps.switch(
      { id: registered.app.id, act },
      { user, origin, isOperator: false, ceiling: null },
    );

export const ENDS = {
  'disabling the app': switchApp('disable'),
  'deleting the app': switchApp('delete'),
  'suspending the user': ({ modules }, { user }) =>
    modules.accounts.setSuspended({ userId: user.id, isSuspended: true, origin }),
  'removing the user': ({ modules }, { user: { id: userId, accountId } }) =>
    modules.accounts.changeRole({ userId, accountId, role: null, origin, earlier: 'keep' }),
  'disconnecting the app': async ({ modules }, { user, registered }) => {
    const { id: userId, accountId } = user;
    const key = { userId, clientId: registered.app.id, accountId };
    const grant = await modules.storage.grants.find(key);
    const ended = { grantId: grant?.id ?? '', userId, appName: 'x', origin };
    return modules.authorization.consent.disconnect(ended);
  },
} satisfies Readonly<Record<string, End>>;
