import { flag, text } from '../../http/form.ts';
import { countOf } from '../../kit/plural.ts';
import type { PortalContext } from '../portal-context.ts';
import { readCreationKey } from '../tokens/token-form.ts';
import { actions, button, form, hidden, linkButton } from '../ui/form.ts';
import { html, type Html } from '../ui/html.ts';
import { callout, facts, heading } from '../ui/parts.ts';
import { exactTime, relativeTime, sayEnough } from '../ui/time.ts';
import {
  PageRefusal,
  redirect,
  show,
  showUntil,
  type SignedInController,
  type SignedInVisit,
} from '../visit.ts';
import type { App, AppSecret } from '../../apps/types.ts';
import { secretsOf } from './dossier.ts';
import { appFrame, maskedSecret } from './frame.ts';
import { actorOf, managedApp, noSuchApp } from './own.ts';
import { alreadyAddedPage, insteadPage, secretAddedPage } from './secret-page.ts';

export const addSecret =
  (context: PortalContext): SignedInController =>
  async (visit) => {
    const app = await managedApp(context, visit);
    const creationKey = readCreationKey(visit.form);
    const outcome = await context.apps.addSecret({ id: app.id, creationKey }, actorOf(visit));
    const title = 'No secret was added';
    switch (outcome.outcome) {
      case 'added':
        return show(secretAddedPage(context, visit, { app, value: outcome.value }));
      case 'already-added':
        return show(alreadyAddedPage(context, visit, app), 409);
      case 'too-many': {
        const words = html`<p>
          The app has ${countOf(outcome.most, 'secret')}, the most that can live at a time. Revoke one first.
        </p>`;
        return show(insteadPage(context, visit, { app, title, text: words }), 409);
      }
      case 'made-enough': {
        const words = html`<p>${sayEnough('client secret', outcome)}</p>`;
        const page = insteadPage(context, visit, { app, title, text: words });
        return showUntil(page, outcome.retryAfterSeconds);
      }
      case 'has-none': {
        const words = html`<p>A public app has no secret: anybody could read it there.</p>`;
        return show(insteadPage(context, visit, { app, title, text: words }), 409);
      }
      case 'not-found':
        throw noSuchApp();
    }
  };

/** Asks first; the same address with `confirm` does it. */
export const revokeSecret =
  (context: PortalContext): SignedInController =>
  async (visit) => {
    const app = await managedApp(context, visit);
    const secretId = text(visit.form, 'secret_id', { max: 64 });
    const secrets = await secretsOf(context, app);
    const secret = secrets.find(({ id }) => id === secretId);
    if (secret === undefined)
      throw new PageRefusal(404, 'The app has no such secret. Perhaps it was revoked before.');
    if (!flag(visit.form, 'confirm')) {
      const isLast = secrets.length === 1;
      return show(revokePage(context, visit, { app, secret, isLast }));
    }
    await context.apps.revokeSecret({ id: app.id, secretId }, actorOf(visit));
    return redirect(`/apps/${app.id}?done=secret-revoked`);
  };

const revokePage = (
  context: PortalContext,
  visit: SignedInVisit,
  { app, secret, isLast }: { app: App; secret: AppSecret; isLast: boolean },
): Html =>
  appFrame(context, visit, {
    title: 'Revoke a client secret',
    body: [
      heading({
        title: 'Revoke this client secret?',
        back: { href: `/apps/${app.id}`, label: app.name },
      }),
      callout(
        'danger',
        html`<p>
          Servers that still use it are refused at once${app.type === 'service' ? ', and the tokens that they got by it end.' : '. What people allowed stays.'}
          <strong>This cannot be undone.</strong>
        </p>`,
      ),
      isLast &&
        callout('warning', html`<p>It is the only one: add another before you revoke it.</p>`),
      facts([
        ['Secret', maskedSecret(context, secret)],
        ['Added', exactTime(secret.createdAt, context.clock())],
        ['Last used', relativeTime(secret.lastUsedAt, context.clock())],
      ]),
      form(
        { action: `/apps/${app.id}/secrets/revoke`, csrf: visit.signedIn.csrf },
        hidden('secret_id', secret.id),
        hidden('confirm', 'yes'),
        actions(
          button({ label: 'Revoke this secret', kind: 'danger', icon: 'trash' }),
          linkButton({ href: `/apps/${app.id}`, label: 'Cancel' }),
        ),
      ),
    ],
  });
