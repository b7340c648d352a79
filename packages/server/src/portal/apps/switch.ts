import type { AppAct } from '../../apps/switch.ts';
import type { App } from '../../apps/types.ts';
import { nounFor } from '../../kit/plural.ts';
import type { PortalContext } from '../portal-context.ts';
import { actions, button, form, linkButton } from '../ui/form.ts';
import { html, type Child, type Html } from '../ui/html.ts';
import { callout, heading } from '../ui/parts.ts';
import { redirect, show, type SignedInController, type SignedInVisit } from '../visit.ts';
import { appFrame, sayUsers } from './frame.ts';
import { actorOf, isOwn, managedApp, noSuchApp } from './own.ts';

export const switchApp =
  (context: PortalContext, act: AppAct): SignedInController =>
  async (visit) => {
    const app = await managedApp(context, visit);
    const outcome = await context.apps.switch({ id: app.id, act }, actorOf(visit));
    if (outcome.outcome === 'not-found') throw noSuchApp();
    if (act !== 'delete') return redirect(`/apps/${app.id}?done=${act}d`);
    return redirect(`${isOwn(app, visit) ? '/apps' : '/admin/apps'}?done=deleted`);
  };

export const askToDelete =
  (context: PortalContext): SignedInController =>
  async (visit) => {
    const app = await managedApp(context, visit);
    const users = await context.apps.reads.appGrants.countUsers(app.id);
    return show(deletePage(context, visit, { app, users }));
  };

const deletePage = (
  context: PortalContext,
  visit: SignedInVisit,
  { app, users }: { app: App; users: number },
): Html =>
  appFrame(context, visit, {
    title: 'Delete app',
    body: [
      heading({
        title: html`Delete “${app.name}”?`,
        back: { href: `/apps/${app.id}`, label: app.name },
      }),
      callout(
        'danger',
        html`<p>${whatEnds(app, users)} <strong>This cannot be undone.</strong></p>`,
      ),
      html`<p>To stop it for a while, disable it instead.</p>`,
      form(
        { action: `/apps/${app.id}/delete`, csrf: visit.signedIn.csrf },
        actions(
          button({ label: 'Delete this app', kind: 'danger', icon: 'trash' }),
          linkButton({ href: `/apps/${app.id}`, label: 'Cancel' }),
        ),
      ),
    ],
  });

function whatEnds({ type }: App, users: number): Child {
  if (type === 'service') return 'Its client secrets and its tokens end at once.';
  const secrets = type === 'public' ? 'Its' : 'Its client secrets and its';
  const people =
    users === 0 ? '' : `${sayUsers(users)} ${nounFor(users, 'is', 'are')} disconnected at once. `;
  return `${people}${secrets} access and refresh tokens end, for good.`;
}
