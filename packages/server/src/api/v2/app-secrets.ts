/** Client secrets by API: several at once, each shown once. */
import type { Route } from '../../http/route.ts';
import { pageOfWhole } from '../../kit/page.ts';
import { appActorOf } from './actor.ts';
import type { ApiContext } from '../api-context.ts';
import { endpoint, listEndpoint } from '../endpoint.ts';
import { creationKeyOf, idempotencyHeader } from './idempotency.ts';
import { pageOf, sendPage } from './paging.ts';
import { madeEnough, notFound, refuse } from '../refusal.ts';
import { ClientSecretSchema, NewClientSecretSchema, showSecret } from './schemas/app.ts';

const shared = { tag: 'Apps', scopes: [], callers: 'developer-tokens' } as const;

export const secretRoutes = (context: ApiContext): readonly Route[] => [
  listSecrets(context),
  addSecret(context),
  revokeSecret(context),
];

const listSecrets = (context: ApiContext): Route =>
  listEndpoint({
    ...shared,
    path: '/v2/apps/:id/secrets',
    operationId: 'listClientSecrets',
    summary: 'Client secrets that work, newest first; never the secrets themselves',
    description: 'With their last use, to see which can go.',
    answer: { status: 200, description: 'Client secrets.', schema: ClientSecretSchema },
    handle: async ({ caller, request, reply, query, id }) => {
      const actor = await appActorOf(context, { caller, request });
      const { apps } = context.authorization;
      const app = await apps.find(actor, id);
      if (app === null) throw notFound();
      const items = await apps.reads.secrets.ofApp(app.id);
      const page = pageOf(query, null);
      const found = pageOfWhole(items, page);
      return sendPage(reply, { page, found, list: null }, showSecret);
    },
  });

const addSecret = (context: ApiContext): Route =>
  endpoint({
    ...shared,
    method: 'POST',
    path: '/v2/apps/:id/secrets',
    operationId: 'addClientSecret',
    summary: 'Add a client secret; the others work on',
    description:
      'An app has at most five at a time. The secret is shown in this answer and never again.',
    headers: idempotencyHeader('secret'),
    answer: {
      status: 201,
      description: 'The client secret, this once.',
      schema: NewClientSecretSchema,
    },
    refusals: [409],
    handle: async ({ caller, request, reply, id }) => {
      const actor = await appActorOf(context, { caller, request });
      const asked = { id, creationKey: creationKeyOf(request) };
      const outcome = await context.authorization.apps.addSecret(asked, actor);
      if (outcome.outcome !== 'added') throw refusalOf(outcome);
      void reply.code(201);
      return { ...showSecret(outcome.secret), client_secret: outcome.value };
    },
  });

type NotAdded = Exclude<
  Awaited<ReturnType<ApiContext['authorization']['apps']['addSecret']>>,
  { outcome: 'added' }
>;

function refusalOf(outcome: NotAdded) {
  switch (outcome.outcome) {
    case 'not-found':
      return notFound();
    case 'has-none':
      return refuse('conflict', 'A public app has no secret.');
    case 'already-added':
      return refuse(
        'secret_already_created',
        'This Idempotency-Key has made a secret before; it cannot be shown again.',
      );
    case 'too-many':
      return refuse(
        'too_many_secrets',
        `The app has ${outcome.most} secrets, the most allowed. Revoke one first.`,
        { most: outcome.most },
      );
    case 'made-enough':
      return madeEnough('client secrets', outcome);
  }
}

const revokeSecret = (context: ApiContext): Route =>
  endpoint({
    ...shared,
    method: 'DELETE',
    path: '/v2/apps/:id/secrets/:secret_id',
    operationId: 'revokeClientSecret',
    summary: 'Revoke a client secret, and the tokens that a service got by it',
    description: 'The other secrets work on.',
    answer: { status: 204, description: 'Revoked. The next request with it is refused.' },
    handle: async ({ caller, request, reply, id, params }) => {
      const actor = await appActorOf(context, { caller, request });
      const asked = { id, secretId: params['secret_id'] ?? '' };
      const outcome = await context.authorization.apps.revokeSecret(asked, actor);
      if (outcome.outcome === 'not-found') throw notFound();
      return reply.code(204).send();
    },
  });
