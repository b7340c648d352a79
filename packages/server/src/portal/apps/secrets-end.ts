/** After an app changed hands, its new owner chooses when the client secrets of before end. */
import { latestEnd, secretsOfBefore } from '../../apps/secret-ends.ts';
import type { App, AppSecret } from '../../apps/types.ts';
import type { PortalContext } from '../portal-context.ts';
import { actions, button, errorSummary, form, linkButton, type FieldError } from '../ui/form.ts';
import { html, type Html } from '../ui/html.ts';
import { callout, heading, table } from '../ui/parts.ts';
import { exactTime, relativeTime } from '../ui/time.ts';
import {
  PageRefusal,
  redirect,
  show,
  type Answer,
  type SignedInController,
  type SignedInVisit,
} from '../visit.ts';
import { secretsOf } from './dossier.ts';
import { appFrame, maskedSecret } from './frame.ts';
import { overlapField, readOverlap, typedHours, WRONG_OVERLAP } from './overlap-field.ts';
import { actorOf, managedApp, noSuchApp } from './own.ts';

const noneOfBefore = (): PageRefusal =>
  new PageRefusal(409, 'The app has no client secret of a former owner any more.');

async function draw(
  context: PortalContext,
  visit: SignedInVisit,
  { app, hours, errors = [] }: { app: App; hours: string; errors?: readonly FieldError[] },
): Promise<Answer> {
  const secrets = secretsOfBefore(await secretsOf(context, app));
  if (secrets.length === 0) throw noneOfBefore();
  const html = endsPage(context, visit, { app, hours, errors, secrets });
  return show(html, errors.length === 0 ? 200 : 422);
}

export const askWhenSecretsEnd =
  (context: PortalContext): SignedInController =>
  async (visit) =>
    draw(context, visit, { app: await managedApp(context, visit), hours: '' });

export const setSecretsEnd =
  (context: PortalContext): SignedInController =>
  async (visit) => {
    const app = await managedApp(context, visit);
    const hours = typedHours(visit.form);
    const overlapSeconds = readOverlap(hours);
    if (overlapSeconds === null)
      return draw(context, visit, { app, hours, errors: [WRONG_OVERLAP] });
    const asked = { id: app.id, overlapSeconds };
    const outcome = await context.apps.setSecretsEnd(asked, actorOf(visit));
    switch (outcome.outcome) {
      case 'changed':
        return redirect(`/apps/${app.id}?done=secrets-end`);
      case 'invalid-overlap':
        return draw(context, visit, { app, hours, errors: [WRONG_OVERLAP] });
      case 'none-of-before':
        throw noneOfBefore();
      case 'not-found':
        throw noSuchApp();
    }
  };

interface EndsPage {
  readonly app: App;
  readonly secrets: readonly AppSecret[];
  readonly hours: string;
  readonly errors: readonly FieldError[];
}

const endsPage = (
  context: PortalContext,
  visit: SignedInVisit,
  { app, secrets, hours, errors }: EndsPage,
): Html =>
  appFrame(context, visit, {
    title: 'When old client secrets end',
    body: [
      heading({
        title: 'When old client secrets end',
        lead: 'They were made before the app changed hands: its former owner may know them.',
        back: { href: `/apps/${app.id}`, label: app.name },
      }),
      errorSummary(errors),
      secretsTable(context, secrets),
      callout(
        'warning',
        html`<p>
          Servers that still use one when it ends are refused. Add a client secret of your own and give
          it to them first.
        </p>`,
      ),
      form(
        {
          action: `/apps/${app.id}/secrets/end`,
          csrf: visit.signedIn.csrf,
          attributes: { class: 'stack' },
        },
        overlapField({
          app,
          value: hours,
          errors,
          hint: 'Counted from now, and never later than 7 days after the app changed hands.',
        }),
        actions(
          button({ label: 'Set the end', kind: 'danger' }),
          linkButton({ href: `/apps/${app.id}`, label: 'Cancel' }),
        ),
      ),
    ],
  });

const secretsTable = (context: PortalContext, secrets: readonly AppSecret[]): Html => {
  const now = context.clock();
  return table({
    caption: 'Client secrets of before, newest first',
    rows: secrets,
    columns: [
      { label: 'Secret', kind: 'primary', cell: (secret) => maskedSecret(context, secret) },
      { label: 'Last used', cell: ({ lastUsedAt }) => relativeTime(lastUsedAt, now) },
      { label: 'Ends', cell: ({ endsAt }) => exactTime(endsAt ?? now, now) },
      { label: 'At the latest', cell: (secret) => exactTime(latestEnd(secret), now) },
    ],
  });
};
