/**
 * The app screens: list, new, registered, one app and what can be done to it. Depends on the apps room for every rule.
 * Never keeps a client secret: the page that shows it is made and forgotten.
 */
import type { PortalContext, PortalRoute } from '../portal-context.ts';
import { get, post } from '../session-routes.ts';
import { redirect } from '../visit.ts';
import { showApp } from './app.ts';
import { changeApp, showAppForm } from './edit.ts';
import { listApps } from './list.ts';
import { registerApp, showNewApp } from './new.ts';
import { addSecret, revokeSecret } from './secrets.ts';
import { askToDelete, switchApp } from './switch.ts';

export function appRoutes(context: PortalContext): PortalRoute[] {
  return [
    get('/apps', listApps(context)),
    // Where Frame.io's portal had it; old links and habits lead here.
    get('/app/oauth-apps', () => redirect('/apps')),
    get('/apps/new', showNewApp(context)),
    post('/apps', registerApp(context)),
    get('/apps/:id', showApp(context)),
    get('/apps/:id/edit', showAppForm(context)),
    post('/apps/:id', changeApp(context)),
    post('/apps/:id/secrets', addSecret(context)),
    post('/apps/:id/secrets/revoke', revokeSecret(context)),
    post('/apps/:id/disable', switchApp(context, 'disable')),
    post('/apps/:id/enable', switchApp(context, 'enable')),
    get('/apps/:id/delete', askToDelete(context)),
    post('/apps/:id/delete', switchApp(context, 'delete')),
  ];
}
