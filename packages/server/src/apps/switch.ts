/** Disabling, enabling and deleting apps, and what operators decide about them. */
import { urgentIf } from '../kit/urgency.ts';
import type { EventType } from '../audit/event.ts';
import { termsOf } from '../oauth/clients/client-terms.ts';
import { isConfidential } from '../oauth/vocabulary.ts';
import {
  appEvent,
  findManaged,
  lockManaged,
  NO_SUCH_APP,
  type AppActor,
  type AppContext,
  type NoSuchApp,
} from './context.ts';
import type { AppStores } from './ports.ts';
import type { App } from './types.ts';

export type AppAct = 'disable' | 'enable' | 'delete';

type Switched = { readonly outcome: 'switched'; readonly app: App };

/**
 * Disabled, an app's people and tokens wait; deleted, everything that was granted to it is over. Of many grants the rows
 * change later, in steps; nothing that reads them shows it.
 */
export async function switchApp(
  context: AppContext,
  asked: { id: string; act: AppAct },
  actor: AppActor,
): Promise<Switched | NoSuchApp> {
  const found = await findManaged(context, actor, asked.id);
  if (found === null) return NO_SUCH_APP;
  const switched = await context.storage.transaction(
    async (stores) => {
      const app = await lockManaged(context, stores, { found, actor });
      if (app === null) return null;
      await ACTS[asked.act](stores, { app, actor, at: context.clock() });
      return stores.apps.byId(app.id);
    },
    urgentIf(asked.act !== 'enable'),
  );
  return switched === null ? NO_SUCH_APP : { outcome: 'switched', app: switched };
}

interface Happening {
  readonly app: App;
  readonly actor: AppActor;
  readonly at: number;
}

/** Done to an app that is there, under the lock of its owner. */
type Act = (stores: AppStores, happening: Happening) => Promise<void>;

const setDisabled =
  (isDisabled: boolean, type: EventType): Act =>
  async (stores, { app, actor, at }) => {
    if ((app.disabledAt !== null) === isDisabled) return;
    await stores.apps.update(app.id, { disabledAt: isDisabled ? at : null }, at);
    await stores.events.append(appEvent(app, type, { actor, at }));
  };

const remove: Act = async (stores, { app, actor, at }) => {
  await stores.apps.update(app.id, { deletedAt: at }, at);
  await stores.secrets.revokeAll(app.id, at);
  await stores.appGrants.revokeOwnTokens(app.id, null, at);
  const grants = await stores.appGrants.endOfApp(app.id, at);
  await stores.events.append(
    appEvent(app, 'oauth_app_deleted', { actor, at, details: { grants } }),
  );
};

const ACTS: Readonly<Record<AppAct, Act>> = {
  disable: setDisabled(true, 'oauth_app_disabled'),
  enable: setDisabled(false, 'oauth_app_enabled'),
  delete: remove,
};

/** Makes an app a resource server, which may ask about every token. For operators: `false` for anybody else. */
export async function setIntrospection(
  context: AppContext,
  asked: { id: string; mayIntrospect: boolean },
  actor: AppActor,
): Promise<boolean> {
  const found = actor.isOperator ? await findManaged(context, actor, asked.id) : null;
  if (found === null || !isConfidential(termsOf(found))) return false;
  const { mayIntrospect } = asked;
  return context.storage.transaction(async (stores) => {
    const app = await lockManaged(context, stores, { found, actor });
    if (app === null) return false;
    const at = context.clock();
    await stores.apps.update(app.id, { mayIntrospect }, at);
    const details = { may_introspect: mayIntrospect };
    await stores.events.append(appEvent(app, 'oauth_app_updated', { actor, at, details }));
    return true;
  }, urgentIf(!mayIntrospect));
}
