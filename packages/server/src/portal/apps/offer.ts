import type { OfferOutcome } from '../../apps/offer.ts';
import { text } from '../../http/form.ts';
import type { App } from '../../apps/types.ts';
import type { PortalContext } from '../portal-context.ts';
import type { FieldError } from '../ui/form.ts';
import { sayEnough } from '../ui/time.ts';
import {
  PageRefusal,
  redirect,
  show,
  showUntil,
  type SignedInController,
  type SignedInVisit,
} from '../visit.ts';
import { offerPage } from './offer-page.ts';
import { actorOf, isOwn, managedApp, noSuchApp } from './own.ts';

/** Operators give apps of others away at once, on another page. */
async function ownApp(context: PortalContext, visit: SignedInVisit): Promise<App> {
  const app = await managedApp(context, visit);
  if (!isOwn(app, visit)) throw noSuchApp();
  return app;
}

export const askToOffer =
  (context: PortalContext): SignedInController =>
  async (visit) => {
    const app = await ownApp(context, visit);
    return show(offerPage(context, visit, { app, email: '', errors: [] }));
  };

export const offerApp =
  (context: PortalContext): SignedInController =>
  async (visit) => {
    const app = await ownApp(context, visit);
    const email = text(visit.form, 'email');
    const outcome = await context.apps.offer({ id: app.id, email }, actorOf(visit));
    if (outcome.outcome === 'offered') return redirect(`/apps/${app.id}?done=offered`);
    const html = offerPage(context, visit, { app, email, errors: [errorOf(outcome)] });
    return outcome.outcome === 'made-enough'
      ? showUntil(html, outcome.retryAfterSeconds)
      : show(html, 422);
  };

const atAddress = (message: string): FieldError => ({ field: 'email', message });

function errorOf(outcome: Exclude<OfferOutcome, { outcome: 'offered' }>): FieldError {
  switch (outcome.outcome) {
    case 'no-address':
      return atAddress('Write their e-mail address.');
    case 'same-owner':
      return atAddress('This is your own address.');
    case 'offered-already':
      return { field: null, message: 'The app is offered already. Withdraw that offer first.' };
    case 'email-unverified':
      return { field: null, message: 'Confirm your own e-mail address first.' };
    case 'resource-server':
      return {
        field: null,
        message: 'It is a resource server: only an operator can give it to another owner.',
      };
    case 'made-enough':
      return { field: null, message: sayEnough('offer', outcome) };
    case 'not-found':
      throw noSuchApp();
  }
}

export const withdrawOffer =
  (context: PortalContext): SignedInController =>
  async (visit) => {
    const app = await managedApp(context, visit);
    if (!(await context.apps.withdrawOffer({ id: app.id }, actorOf(visit))))
      throw new PageRefusal(409, 'There is no offer to withdraw any more.');
    return redirect(`/apps/${app.id}?done=withdrawn`);
  };
