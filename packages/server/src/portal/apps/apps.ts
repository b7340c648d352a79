/**
 * The app screens: list, new, registered, one app and what can be done to it. Depends on the apps room for every rule.
 * Never keeps a client secret: the page that shows it is made and forgotten.
 */
import type { PortalContext, PortalRoute } from '../portal-context.ts';
import { get, post } from '../session-routes.ts';
import { ALWAYS } from '../step-up.ts';
import { redirect } from '../visit.ts';
import { showApp } from './app.ts';
import { changeApp, showAppForm } from './edit.ts';
import { listApps } from './list.ts';
import { registerApp, showNewApp } from './new.ts';
import { firstSecret, newRedirectUris, ofOtherPeople } from './lasting.ts';
import { addSecret, revokeSecret } from './secrets.ts';
import { askToDelete, switchApp } from './switch.ts';

export function appRoutes(context: PortalContext): PortalRoute[] {
  const ofOthers = ofOtherPeople(context);
  return [
    get('/apps', listApps(context)),
    // Where Frame.io's portal had it; old links and habits lead here.
    get('/app/oauth-apps', () => redirect('/apps')),
    get('/apps/new', showNewApp(context)),
    post('/apps', { act: 'Register an app', stepUp: firstSecret }, registerApp(context)),
    get('/apps/:id', showApp(context)),
    get('/apps/:id/edit', showAppForm(context)),
    post(
      '/apps/:id',
      { act: 'Change an app', stepUp: newRedirectUris(context) },
      changeApp(context),
    ),
    post('/apps/:id/secrets', { act: 'Add a client secret', stepUp: ALWAYS }, addSecret(context)),
    post(
      '/apps/:id/secrets/revoke',
      { act: 'Revoke a client secret', stepUp: ofOthers },
      revokeSecret(context),
    ),
    post(
      '/apps/:id/disable',
      { act: 'Disable an app', stepUp: ofOthers },
      switchApp(context, 'disable'),
    ),
    post(
      '/apps/:id/enable',
      { act: 'Enable an app', stepUp: ofOthers },
      switchApp(context, 'enable'),
    ),
    get('/apps/:id/delete', askToDelete(context)),
    post(
      '/apps/:id/delete',
      { act: 'Delete an app', stepUp: ALWAYS },
      switchApp(context, 'delete'),
    ),
  ];
}
