/** OAuth apps by API. The rules are those of the portal, and the calling token is the ceiling of all that happens. */
import type { App } from '../../apps/types.ts';
import type { Route } from '../../http/route.ts';
import { appActorOf } from './actor.ts';
import type { ApiContext } from '../api-context.ts';
import { endpoint, listEndpoint } from '../endpoint.ts';
import { newApp } from './examples/bodies.ts';
import { creationKeyOf, idempotencyHeader } from './idempotency.ts';
import { pageOf, sendPage } from './paging.ts';
import { invalidArguments, madeEnough, notFound, refuse, type ApiRefusal } from '../refusal.ts';
import { AppSchema, NewAppSchema, showApp } from './schemas/app.ts';
import { ChangeAppBody, CreateAppBody, formOfBody } from './schemas/app-body.ts';
import { changesOfBody } from './schemas/app-fields.ts';
import { secretRoutes } from './app-secrets.ts';

/** An app must not make, change or end apps: that takes a person. */
const shared = { tag: 'Apps', scopes: [], callers: 'developer-tokens' } as const;
const ONE_APP = { status: 200, description: 'The app.', schema: AppSchema } as const;

export const appRoutes = (context: ApiContext): readonly Route[] => [
  listApps(context),
  createApp(context),
  getApp(context),
  changeApp(context),
  deleteApp(context),
  switchRoute(context, 'disable'),
  switchRoute(context, 'enable'),
  ...secretRoutes(context),
];

const show = async ({ authorization: { apps } }: ApiContext, app: App) =>
  showApp(app, await apps.reads.appGrants.countUsers(app.id));

const listApps = (context: ApiContext): Route =>
  listEndpoint({
    ...shared,
    path: '/v2/apps',
    operationId: 'listApps',
    summary: 'Apps of the user that the calling token covers, newest first',
    description: 'Apps that may ask for more than the calling token holds are left out.',
    answer: { status: 200, description: 'Apps.', schema: AppSchema },
    handle: async ({ caller, request, reply, query }) => {
      const actor = await appActorOf(context, { caller, request });
      const list = { name: 'apps', shape: 'time-id' } as const;
      const page = pageOf(query, list);
      const { apps } = context.authorization;
      const found = await apps.list(actor, page);
      const ids = found.items.map(({ id }) => id);
      const users = await apps.reads.appGrants.countUsersOf(ids);
      return sendPage(reply, { page, found, list }, (app) => showApp(app, users.get(app.id) ?? 0));
    },
  });

const createApp = (context: ApiContext): Route =>
  endpoint({
    ...shared,
    method: 'POST',
    path: '/v2/apps',
    operationId: 'createApp',
    summary: 'Register an app that can ask for no more than the calling token holds',
    description:
      'The secret is shown in this answer and never again. An app of type `public` has none.',
    body: CreateAppBody,
    example: () => newApp(context),
    headers: idempotencyHeader('app'),
    answer: {
      status: 201,
      description: 'The app, with its first client secret this once.',
      schema: NewAppSchema,
    },
    refusals: [403, 409],
    handle: async ({ caller, request, reply, body }) => {
      const actor = await appActorOf(context, { caller, request });
      const { app_type: type, account_id: accountId = caller.accountId, ...said } = body;
      const creationKey = creationKeyOf(request);
      const registration = { type, accountId, creationKey, form: formOfBody(said) };
      const { apps } = context.authorization;
      const made = await apps.register(registration, actor);
      if (made.outcome === 'already-registered')
        throw alreadyCreated(apps.isVisible(made.app, actor) ? made.app.id : null);
      if (made.outcome !== 'registered') throw refusalOf(made);
      void reply.code(201);
      return { ...showApp(made.app, 0), client_secret: made.secret };
    },
  });

const alreadyCreated = (id: string | null): ApiRefusal =>
  refuse(
    'app_already_created',
    'This Idempotency-Key has made an app before; its secret cannot be shown again.',
    { client_id: id },
  );

type NotRegistered = Exclude<
  Awaited<ReturnType<ApiContext['authorization']['apps']['register']>>,
  { outcome: 'registered' | 'already-registered' }
>;

function refusalOf(outcome: NotRegistered): ApiRefusal {
  switch (outcome.outcome) {
    case 'invalid':
      return invalidArguments(outcome.errors);
    case 'not-allowed':
      return refuse('registration_closed', 'Apps are registered by operators here.');
    case 'email-unverified':
      return refuse('email_unverified', 'Verify your e-mail address before you register apps.');
    case 'too-many':
      return refuse(
        'too_many_apps',
        `You have ${outcome.most} apps, the most allowed. Delete one first.`,
        { most: outcome.most },
      );
    case 'made-enough':
      return madeEnough('apps', outcome);
  }
}

const getApp = (context: ApiContext): Route =>
  endpoint({
    ...shared,
    method: 'GET',
    path: '/v2/apps/:id',
    operationId: 'getApp',
    summary: 'One app',
    description: 'An app that may ask for more than the calling token holds is not found.',
    answer: ONE_APP,
    handle: async ({ caller, request, id }) => {
      const actor = await appActorOf(context, { caller, request });
      const app = await context.authorization.apps.find(actor, id);
      if (app === null) throw notFound();
      return show(context, app);
    },
  });

const changeApp = (context: ApiContext): Route =>
  endpoint({
    ...shared,
    method: 'PATCH',
    path: '/v2/apps/:id',
    operationId: 'changeApp',
    summary: 'Change an app; scopes that it loses are gone from its tokens at once',
    description: 'What the body leaves out stays. The type never changes.',
    body: ChangeAppBody,
    example: () => ({ name: 'Cutting Room' }),
    answer: ONE_APP,
    handle: async ({ caller, request, id, body }) => {
      const actor = await appActorOf(context, { caller, request });
      const outcome = await context.authorization.apps.change(
        { id, form: changesOfBody(body) },
        actor,
      );
      if (outcome.outcome === 'not-found') throw notFound();
      if (outcome.outcome === 'invalid') throw invalidArguments(outcome.errors);
      return show(context, outcome.app);
    },
  });

const deleteApp = (context: ApiContext): Route =>
  endpoint({
    ...shared,
    method: 'DELETE',
    path: '/v2/apps/:id',
    operationId: 'deleteApp',
    summary: 'Delete an app and end everything that was granted to it',
    description: 'It cannot be undone.',
    answer: { status: 204, description: 'Deleted. Its tokens are refused from now on.' },
    handle: async ({ caller, request, reply, id }) => {
      const actor = await appActorOf(context, { caller, request });
      await switchTo(context, { id, act: 'delete' }, actor);
      return reply.code(204).send();
    },
  });

const switchRoute = (context: ApiContext, act: 'disable' | 'enable'): Route =>
  endpoint({
    ...shared,
    method: 'POST',
    path: `/v2/apps/:id/${act}`,
    operationId: `${act}App`,
    summary: act === 'disable' ? 'Make an app refuse until it is enabled' : 'Enable an app again',
    description: act === 'disable' ? 'All that it holds is refused, too.' : 'Undoes disabling.',
    answer: ONE_APP,
    handle: async ({ caller, request, id }) => {
      const actor = await appActorOf(context, { caller, request });
      return show(context, await switchTo(context, { id, act }, actor));
    },
  });

type Switch = ApiContext['authorization']['apps']['switch'];

async function switchTo(
  { authorization: { apps } }: ApiContext,
  ...[asked, actor]: Parameters<Switch>
): Promise<App> {
  const outcome = await apps.switch(asked, actor);
  if (outcome.outcome === 'not-found') throw notFound();
  return outcome.app;
}
