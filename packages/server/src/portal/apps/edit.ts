import { isolated } from '../../kit/stranger-text.ts';
import type { App } from '../../apps/types.ts';
import type { PortalContext } from '../portal-context.ts';
import { toFieldErrors } from '../tokens/frame.ts';
import { actions, button, errorSummary, form, linkButton } from '../ui/form.ts';
import type { Html } from '../ui/html.ts';
import { heading } from '../ui/parts.ts';
import { redirect, show, type SignedInController, type SignedInVisit } from '../visit.ts';
import { readAppForm, toAppForm, toPageErrors, valuesOf, type AppValues } from './app-form.ts';
import { about, advanced, redirectUris, scopes } from './form-fields.ts';
import { appFrame, TYPE_WORDS } from './frame.ts';
import { actorOf, managedApp, noSuchApp } from './own.ts';

export const showAppForm =
  (context: PortalContext): SignedInController =>
  async (visit) => {
    const app = await managedApp(context, visit);
    return show(editPage(context, visit, { app, values: valuesOf(app), errors: {} }));
  };

export const changeApp =
  (context: PortalContext): SignedInController =>
  async (visit) => {
    const app = await managedApp(context, visit);
    const values = readAppForm(visit.form, context.catalogues.current(), app);
    const outcome = await context.apps.change(
      { id: app.id, form: toAppForm(values) },
      actorOf(visit),
    );
    switch (outcome.outcome) {
      case 'changed':
        return redirect(`/apps/${app.id}?done=changed`);
      case 'invalid': {
        const errors = toPageErrors(outcome.errors);
        return show(editPage(context, visit, { app, values, errors }), 422);
      }
      case 'not-found':
        throw noSuchApp();
    }
  };

interface EditPage {
  readonly app: App;
  readonly values: AppValues;
  readonly errors: Readonly<Record<string, string>>;
}

function editPage(context: PortalContext, visit: SignedInVisit, given: EditPage): Html {
  const { app, values } = given;
  const errors = toFieldErrors(given.errors);
  const fields = { values, errors, fixedType: app.type };
  return appFrame(context, visit, {
    title: `Edit ${isolated(app.name)}`,
    body: [
      heading({
        title: `Edit ${isolated(app.name)}`,
        lead: `${TYPE_WORDS[app.type]}. Scopes that you take away are gone from its tokens at once.`,
        back: { href: `/apps/${app.id}`, label: app.name },
      }),
      errorSummary(errors),
      form(
        {
          action: `/apps/${app.id}`,
          csrf: visit.signedIn.csrf,
          attributes: { class: 'app-form' },
        },
        about(fields),
        redirectUris(fields),
        scopes(context, fields),
        advanced(context, fields),
        actions(
          button({ label: 'Save', kind: 'primary' }),
          linkButton({ href: `/apps/${app.id}`, label: 'Cancel' }),
        ),
      ),
    ],
  });
}
