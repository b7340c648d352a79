import { noticeOf } from '../frame.ts';
import type { PortalContext } from '../portal-context.ts';
import { show, type SignedInController } from '../visit.ts';
import { appPage } from './app-page.ts';
import { gather } from './dossier.ts';
import { managedApp } from './own.ts';

const DONE = {
  registered: 'The app is registered. Give it its client ID; it has no secret.',
  changed: 'The app was changed.',
  'secret-revoked': 'The client secret was revoked. Whoever uses it is refused from now on.',
  disabled: 'The app is disabled. It is refused everywhere until you enable it.',
  enabled: 'The app is enabled. It works again, for everybody who had it connected.',
  transferred: 'The app has another owner now. Its owners are told by e-mail.',
  offered: 'The app is offered. It changes hands when somebody who has proved the address accepts.',
  withdrawn: 'The offer was withdrawn. The app stays yours.',
  accepted: 'The app is yours now. Add a client secret of your own before the old ones end.',
  'secrets-end': 'The old client secrets end as you chose.',
  introspection: 'The app may ask about every token now.',
  'no-introspection': 'The app may no longer ask about every token.',
};

const DONE_TO_SERVICE = { ...DONE, enabled: 'The app is enabled. It works again.' };

export const showApp =
  (context: PortalContext): SignedInController =>
  async (visit) => {
    const app = await managedApp(context, visit);
    const dossier = await gather(context, app);
    const done = app.type === 'service' ? DONE_TO_SERVICE : DONE;
    return show(appPage(context, visit, { dossier, notice: noticeOf(visit.query, done) }));
  };
