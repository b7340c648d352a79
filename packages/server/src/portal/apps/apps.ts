/**
 * The app screens: list, new, registered, one app and what can be done to it. Depends on the apps module for every rule.
 * Never keeps a client secret: the page that shows it is made and forgotten.
 */
import type { PortalContext, PortalRoute } from '../portal-context.ts';
import { get, post } from '../session-routes.ts';
import { ALWAYS, never } from '../step-up.ts';
import { redirect } from '../visit.ts';
import { showApp } from './app.ts';
import { changeApp, showAppForm } from './edit.ts';
import { listApps } from './list.ts';
import { registerApp, showNewApp } from './new.ts';
import { firstSecret, newRedirectUris, ofOtherPeople } from './lasting.ts';
import { askToOffer, offerApp, withdrawOffer } from './offer.ts';
import { acceptOffer, declineOffer, listOffers, showOffer } from './offers.ts';
import { addSecret, revokeSecret } from './secrets.ts';
import { askWhenSecretsEnd, setSecretsEnd } from './secrets-end.ts';
import { askToDelete, switchApp } from './switch.ts';

export function appRoutes(context: PortalContext): PortalRoute[] {
  const ofOthers = ofOtherPeople(context);
  return [
    get('/apps', listApps(context)),
    // Where Frame.io's portal had it; old links and habits lead here.
    get('/app/oauth-apps', () => redirect('/apps')),
    get('/apps/new', showNewApp(context)),
    post('/apps', { act: 'Register an app', stepUp: firstSecret }, registerApp(context)),
    get('/apps/offers', listOffers(context)),
    get('/apps/offers/:id', showOffer(context)),
    post('/apps/offers/:id/accept', { act: 'Accept an app', stepUp: ALWAYS }, acceptOffer(context)),
    post(
      '/apps/offers/:id/decline',
      { act: 'Decline an app', stepUp: never('it changes no access') },
      declineOffer(context),
    ),
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
    get('/apps/:id/secrets/end', askWhenSecretsEnd(context)),
    post(
      '/apps/:id/secrets/end',
      { act: 'Change when client secrets end', stepUp: ALWAYS },
      setSecretsEnd(context),
    ),
    get('/apps/:id/offer', askToOffer(context)),
    post('/apps/:id/offer', { act: 'Offer an app', stepUp: ALWAYS }, offerApp(context)),
    post(
      '/apps/:id/offer/withdraw',
      { act: 'Withdraw the offer of an app', stepUp: ofOthers },
      withdrawOffer(context),
    ),
    get('/apps/:id/delete', askToDelete(context)),
    post(
      '/apps/:id/delete',
      { act: 'Delete an app', stepUp: ALWAYS },
      switchApp(context, 'delete'),
    ),
  ];
}
