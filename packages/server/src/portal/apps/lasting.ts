/** Which acts on apps need a step-up: those that outlast the session, and those of operators on apps of other people. */
import { choice } from '../../http/form.ts';
import { CLIENT_TYPES } from '../../oauth/vocabulary.ts';
import type { PortalContext } from '../portal-context.ts';
import { sometimes, type StepUp } from '../step-up.ts';
import { readAppForm, toAppForm } from './app-form.ts';
import { isOwn, managedApp } from './own.ts';

export const firstSecret = sometimes('the app gets a client secret', ({ form }) => {
  const type = choice(form, 'type', CLIENT_TYPES);
  return type !== null && type !== 'public';
});

export const ofOtherPeople = (context: PortalContext): StepUp =>
  sometimes(
    'the app is of somebody else',
    async (visit) => !isOwn(await managedApp(context, visit), visit),
  );

/** Whoever adds an address gets the codes of everybody who allowed the app. */
export const newRedirectUris = (context: PortalContext): StepUp =>
  sometimes('its redirect URIs change, or the app is of somebody else', async (visit) => {
    const app = await managedApp(context, visit);
    const { redirectUris } = toAppForm(readAppForm(visit.form, context.catalogues.current()));
    const before = new Set(app.redirectUris);
    const after = new Set(redirectUris);
    return !isOwn(app, visit) || before.symmetricDifference(after).size > 0;
  });
