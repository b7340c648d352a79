import type { AppActor } from '../apps/context.ts';
import type { App } from '../apps/types.ts';
import { isUuid } from '../kit/ids.ts';
import type { CommandContext } from '../compose/contexts.ts';
import { origin } from './installation.ts';
import { Refused } from './refusal.ts';
import { plain } from './terminal.ts';

export const noSuchApp = (id: string): Refused => new Refused(`there is no app ${plain(id)}`);

/** An app, and whoever runs the command acting for its owner, if it has one. */
export async function managed(
  modules: CommandContext,
  id: string,
): Promise<{ app: App; actor: AppActor }> {
  const { apps, users } = modules.authorization.apps.reads;
  const app = isUuid(id) ? await apps.byId(id.toLowerCase()) : null;
  if (app === null || app.deletedAt !== null) throw noSuchApp(id);
  const user = app.ownerId === null ? null : await users.byId(app.ownerId);
  return { app, actor: { user, origin: origin(), isOperator: true, ceiling: null } };
}
