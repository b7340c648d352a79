/** A person's own profile, password, sessions and security log. */
import { text } from '../../http/form.ts';
import { noticeOf } from '../frame.ts';
import type { PortalContext, PortalRoute } from '../portal-context.ts';
import { get, post } from '../session-routes.ts';
import { ALWAYS, never } from '../step-up.ts';
import { toFieldErrors } from '../tokens/frame.ts';
import type { Html } from '../ui/html.ts';
import { redirect, show, type SignedInController, type SignedInVisit } from '../visit.ts';
import { endAccessPage } from './access-pages.ts';
import { createDownloads, downloadOwn } from './data.ts';
import { emailRoutes } from './email.ts';
import { accountPage, type AccountForms } from './account-page.ts';
import { asksWithoutPassword, changePassword } from './password.ts';

const DONE = {
  profile: 'Your profile was saved.',
  password: 'Your password was changed, and every other browser is signed out.',
  session: 'That browser is signed out.',
  access: 'All tokens are revoked and all apps disconnected.',
  sessions: 'You are signed out everywhere else.',
};

const EVENTS = { page: 1, pageSize: 20 };

async function draw(
  context: PortalContext,
  visit: SignedInVisit,
  forms: AccountForms = {},
): Promise<Html> {
  const { user } = visit.signedIn;
  const now = context.clock();
  const [sessions, events] = await Promise.all([
    context.accounts.reads.sessions.ofUser(user.id),
    context.accounts.reads.events.list({ userId: user.id }, EVENTS),
  ]);
  return accountPage(context, visit, {
    forms,
    sessions: sessions.filter(({ expiresAt }) => expiresAt > now),
    events: events.items,
    notice: noticeOf(visit.query, DONE),
    now,
  });
}

const showAccount =
  (context: PortalContext): SignedInController =>
  async (visit) =>
    show(await draw(context, visit));

const changeProfile =
  (context: PortalContext): SignedInController =>
  async (visit) => {
    const { user, origin } = visit.signedIn;
    const form = {
      name: text(visit.form, 'name'),
      bio: text(visit.form, 'bio', { max: 5000 }),
      location: text(visit.form, 'location'),
    };
    const outcome = await context.accounts.changeProfile({ user, form, origin });
    if (outcome.outcome === 'changed') return redirect('/account?done=profile');
    const errors = toFieldErrors(outcome.errors);
    return show(await draw(context, visit, { profile: { ...form, errors } }), 422);
  };

const endSession =
  (context: PortalContext): SignedInController =>
  async ({ form, signedIn: { user, origin, session } }) => {
    const sessionId = text(form, 'session_id', { max: 64 });
    await context.accounts.endSession({ user, sessionId, origin });
    return sessionId === session.id
      ? redirect('/sign-in?done=signed-out', [{ cookie: 'session', value: null }])
      : redirect('/account?done=session');
  };

const endOtherSessions =
  (context: PortalContext): SignedInController =>
  async ({ signedIn: { user, origin, session } }) => {
    await context.accounts.endOtherSessions({ user, keepSessionId: session.id, origin });
    return redirect('/account?done=sessions');
  };

const askToEndAccess =
  (context: PortalContext): SignedInController =>
  (visit) =>
    show(endAccessPage(context, visit));

const endAccess =
  (context: PortalContext): SignedInController =>
  async ({ signedIn: { user, origin } }) => {
    await context.accounts.endAllAccess({ user, origin });
    return redirect('/account?done=access');
  };

const signsOut = never('it only signs browsers out, which must not wait');

export const accountRoutes = (context: PortalContext): readonly PortalRoute[] => [
  get('/account', showAccount(context)),
  {
    method: 'GET',
    path: '/.well-known/change-password',
    access: { kind: 'public' },
    controller: () => redirect('/account#password'),
  },
  post(
    '/account/profile',
    { act: 'Save your profile', stepUp: never('it changes no access') },
    changeProfile(context),
  ),
  post(
    '/account/password',
    { act: 'Change your password', stepUp: asksWithoutPassword },
    changePassword(context, (visit, errors) => draw(context, visit, { password: { errors } })),
  ),
  post(
    '/account/export',
    { act: 'Download your data', stepUp: ALWAYS },
    downloadOwn(createDownloads(context)),
  ),
  ...emailRoutes(context),
  get('/account/access', askToEndAccess(context)),
  post('/account/access/end', { act: 'End all access', stepUp: ALWAYS }, endAccess(context)),
  post(
    '/account/sessions/end',
    { act: 'Sign out a browser', stepUp: signsOut },
    endSession(context),
  ),
  post(
    '/account/sessions/end-others',
    { act: 'Sign out everywhere else', stepUp: signsOut },
    endOtherSessions(context),
  ),
];
