/** What every app page starts from: who acts, and an app that they manage. */
import type { AppPerson } from '../../apps/context.ts';
import type { App } from '../../apps/types.ts';
import { isUuid } from '../../kit/ids.ts';
import type { PortalContext } from '../portal-context.ts';
import { PageRefusal, type SignedInVisit } from '../visit.ts';

export const actorOf = ({ signedIn }: SignedInVisit): AppPerson => ({
  user: signedIn.user,
  origin: signedIn.origin,
  isOperator: signedIn.user.isOperator,
  ceiling: null,
});

export const noSuchApp = (): PageRefusal =>
  new PageRefusal(404, 'There is no such app among yours.');

/** Somebody else's app is as absent as one that never was, but for operators. */
export async function managedApp(context: PortalContext, visit: SignedInVisit): Promise<App> {
  const { id = '' } = visit.params;
  const app = isUuid(id) ? await context.apps.find(actorOf(visit), id.toLowerCase()) : null;
  if (app === null) throw noSuchApp();
  return app;
}

export const isOwn = (app: App, { signedIn }: SignedInVisit): boolean =>
  app.ownerId === signedIn.user.id;
