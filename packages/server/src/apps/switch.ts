/** Disabling, enabling and deleting apps, and what operators decide about them. */
import type { EventType } from '../audit/event.ts';
import {
  appEvent,
  findManaged,
  NO_SUCH_APP,
  type AppActor,
  type AppContext,
  type NoSuchApp,
} from './context.ts';
import type { AppStores } from './ports.ts';
import type { App } from './types.ts';

export type AppAct = 'disable' | 'enable' | 'delete';

type Switched = { readonly outcome: 'switched'; readonly app: App };

/** Disabled, an app's people and tokens wait; deleted, everything that was granted to it is over. */
export async function switchApp(
  context: AppContext,
  asked: { id: string; act: AppAct },
  actor: AppActor,
): Promise<Switched | NoSuchApp> {
  const app = await findManaged(context, actor, asked.id);
  if (app === null) return NO_SUCH_APP;
  const isDone = await context.storage.transaction((stores) =>
    ACTS[asked.act](stores, { app, actor, at: context.clock() }),
  );
  context.onAppChanged(app.id);
  if (!isDone) return NO_SUCH_APP;
  return { outcome: 'switched', app: (await context.storage.apps.byId(app.id)) ?? app };
}

interface Happening {
  readonly app: App;
  readonly actor: AppActor;
  readonly at: number;
}

type Act = (stores: AppStores, happening: Happening) => Promise<boolean>;

/** `true` when the app is, or was already, as asked. */
const setDisabled =
  (isDisabled: boolean, type: EventType): Act =>
  async (stores, { app, actor, at }) => {
    if ((app.disabledAt !== null) === isDisabled) return true;
    const isChanged = await stores.apps.update(app.id, { disabledAt: isDisabled ? at : null }, at);
    if (isChanged) await stores.events.append(appEvent(app, type, { actor, at }));
    return isChanged;
  };

const remove: Act = async (stores, { app, actor, at }) => {
  if (!(await stores.apps.update(app.id, { deletedAt: at }, at))) return false;
  await stores.secrets.revokeAll(app.id, at);
  await stores.appGrants.revokeOwnTokens(app.id, null, at);
  const grants = await stores.appGrants.revokeOfApp(app.id, at);
  await stores.events.append(
    appEvent(app, 'oauth_app_deleted', { actor, at, details: { grants } }),
  );
  return true;
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
  const app = actor.isOperator ? await findManaged(context, actor, asked.id) : null;
  if (app === null || app.type === 'public') return false;
  const { mayIntrospect } = asked;
  const isDone = await context.storage.transaction(async (stores) => {
    const at = context.clock();
    if (!(await stores.apps.update(app.id, { mayIntrospect }, at))) return false;
    const details = { may_introspect: mayIntrospect };
    await stores.events.append(appEvent(app, 'oauth_app_updated', { actor, at, details }));
    return true;
  });
  context.onAppChanged(app.id);
  return isDone;
}
