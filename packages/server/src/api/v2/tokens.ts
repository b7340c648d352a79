/** Developer tokens by API. The rules are those of the portal, and the calling token is the ceiling of all that happens. */
import { Type } from 'typebox';
import type { Actor } from '../../developer-tokens/context.ts';
import { OVERLAPS } from '../../developer-tokens/rotate.ts';
import type { DeveloperToken } from '../../developer-tokens/types.ts';
import type { Route } from '../../http/route.ts';
import { actorOf } from './actor.ts';
import type { ApiContext } from '../api-context.ts';
import { endpoint, listEndpoint } from '../endpoint.ts';
import { newToken } from './examples/bodies.ts';
import { LONGEST_SCOPE, MOST_SCOPES } from '../../catalogue/catalogue.ts';
import { creationKeyOf, idempotencyHeader } from './idempotency.ts';
import { pageOf, sendPage } from './paging.ts';
import { invalidArguments, madeEnough, notFound, refuse, type ApiRefusal } from '../refusal.ts';
import { NewTokenSchema, showToken, TokenSchema } from './schemas/token.ts';

const Description = Type.String({ minLength: 1, maxLength: 200 });
const ScopeNames = Type.Array(Type.String({ maxLength: LONGEST_SCOPE }), {
  minItems: 1,
  maxItems: MOST_SCOPES,
});

/** Nothing else is taken: whose token it becomes follows from the caller alone. */
const CreateBody = Type.Object(
  {
    description: Description,
    scopes: ScopeNames,
    expires_in: Type.Union([Type.Integer({ minimum: 1 }), Type.Null()], {
      description: 'Life in seconds; null: never expires.',
    }),
    account_id: Type.Optional(Type.String({ description: "The calling token's account." })),
  },
  { additionalProperties: false },
);

const ChangeBody = Type.Object(
  { description: Type.Optional(Description), scopes: Type.Optional(ScopeNames) },
  { additionalProperties: false, minProperties: 1 },
);

const RotateBody = Type.Object(
  {
    overlap_seconds: Type.Unsafe<number>({
      type: 'integer',
      enum: [...OVERLAPS],
      description: 'How long the old token goes on.',
    }),
  },
  { additionalProperties: false },
);

const IdempotencyHeader = idempotencyHeader('token');

/** An app must not leave tokens behind that outlive what its user allowed it. */
const shared = { tag: 'Tokens', scopes: [], callers: 'developer-tokens' } as const;
const ONE_TOKEN = { status: 200, description: 'The token.', schema: TokenSchema } as const;

export const tokenRoutes = (context: ApiContext): readonly Route[] => [
  listTokens(context),
  createToken(context),
  getToken(context),
  changeToken(context),
  revokeToken(context),
  rotateToken(context),
  switchRoute(context, 'disable'),
  switchRoute(context, 'enable'),
];

const listTokens = (context: ApiContext): Route =>
  listEndpoint({
    ...shared,
    path: '/v2/tokens',
    operationId: 'listTokens',
    summary: 'Tokens of the user that the calling token covers, newest first',
    description: 'Tokens that hold more than the calling one are left out.',
    answer: { status: 200, description: 'Tokens.', schema: TokenSchema },
    handle: async ({ caller, request, reply, query }) => {
      const actor = await actorOf(context, { caller, request });
      const list = { name: 'tokens', shape: 'time-id' } as const;
      const page = pageOf(query, list);
      const found = await context.tokens.list(actor, page);
      return sendPage(reply, { page, found, list }, (token) => showToken(token, context.clock()));
    },
  });

const createToken = (context: ApiContext): Route =>
  endpoint({
    ...shared,
    method: 'POST',
    path: '/v2/tokens',
    operationId: 'createToken',
    summary: 'Make a token that can do no more than the calling one',
    description:
      'No scope that the calling token lacks, and no longer life. The new token ends with the one that made it.',
    body: CreateBody,
    example: () => newToken(context),
    headers: IdempotencyHeader,
    answer: {
      status: 201,
      description: 'The token, with its secret this once.',
      schema: NewTokenSchema,
    },
    refusals: [403, 409],
    handle: async ({ caller, request, reply, body }) => {
      const actor = await actorOf(context, { caller, request });
      const { description, scopes, expires_in: lifeSeconds } = body;
      const accountId = body.account_id ?? caller.accountId;
      const creationKey = creationKeyOf(request);
      const form = { description, scopes, lifeSeconds, accountId, creationKey };
      const made = await context.tokens.create(form, actor);
      if (made.outcome !== 'created') throw refusalOfCreation(context, made, actor);
      void reply.code(201);
      return { ...showToken(made.token, context.clock()), token: made.value };
    },
  });

type NotCreated = Exclude<
  Awaited<ReturnType<ApiContext['tokens']['create']>>,
  { outcome: 'created' }
>;

function refusalOfCreation(context: ApiContext, outcome: NotCreated, actor: Actor): ApiRefusal {
  switch (outcome.outcome) {
    case 'invalid':
      return invalidFields(outcome.errors);
    case 'already-created':
      return refuse(
        'token_already_created',
        'This Idempotency-Key has made a token before; its secret cannot be shown again.',
        idIfVisible(context, outcome.token, actor),
      );
    case 'email-unverified':
      return refuse('email_unverified', 'Verify your e-mail address before you make tokens.');
    case 'too-many':
      return refuse(
        'too_many_tokens',
        `You have ${outcome.most} live tokens, the most allowed. Revoke one first.`,
        { most: outcome.most },
      );
    case 'made-enough':
      return madeEnough('tokens', outcome);
  }
}

const idIfVisible = (
  { tokens }: ApiContext,
  token: DeveloperToken,
  actor: Actor,
): { token_id: string | null } => ({ token_id: tokens.isVisible(token, actor) ? token.id : null });

/** The services speak of form fields; the API names them as its bodies do. */
const FIELD_NAMES: Readonly<Record<string, string>> = {
  scope: 'scopes',
  overlap: 'overlap_seconds',
};

const nameOf = (field: string): string =>
  (Object.hasOwn(FIELD_NAMES, field) ? FIELD_NAMES[field] : undefined) ?? field;

const invalidFields = (errors: Readonly<Record<string, string>>): ApiRefusal =>
  invalidArguments(
    Object.fromEntries(Object.entries(errors).map(([field, detail]) => [nameOf(field), detail])),
  );

const getToken = (context: ApiContext): Route =>
  endpoint({
    ...shared,
    method: 'GET',
    path: '/v2/tokens/:id',
    operationId: 'getToken',
    summary: 'One token',
    description: 'A token that holds more than the calling one is not found.',
    answer: ONE_TOKEN,
    handle: async ({ caller, request, id }) => {
      const actor = await actorOf(context, { caller, request });
      const token = await context.tokens.find(actor, id);
      if (token === null) throw notFound();
      return showToken(token, context.clock());
    },
  });

const changeToken = (context: ApiContext): Route =>
  endpoint({
    ...shared,
    method: 'PATCH',
    path: '/v2/tokens/:id',
    operationId: 'changeToken',
    summary: 'Rename a token or narrow its scopes',
    description: 'What the body leaves out stays. Scopes never widen.',
    body: ChangeBody,
    example: () => ({ description: 'Nightly export' }),
    answer: ONE_TOKEN,
    refusals: [409],
    handle: async ({ caller, request, id, body }) => {
      const actor = await actorOf(context, { caller, request });
      return showChanged(context, await context.tokens.change({ id, ...body }, actor));
    },
  });

const revokeToken = (context: ApiContext): Route =>
  endpoint({
    ...shared,
    method: 'DELETE',
    path: '/v2/tokens/:id',
    operationId: 'revokeToken',
    summary: 'Revoke a token for good',
    description: 'It cannot be undone. What the token made ends with it.',
    answer: { status: 204, description: 'Revoked. The next request with it is refused.' },
    handle: async ({ caller, request, reply, id }) => {
      const actor = await actorOf(context, { caller, request });
      showChanged(context, await context.tokens.switch({ id, act: 'revoke' }, actor));
      return reply.code(204).send();
    },
  });

const switchRoute = (context: ApiContext, act: 'disable' | 'enable'): Route =>
  endpoint({
    ...shared,
    method: 'POST',
    path: `/v2/tokens/:id/${act}`,
    operationId: `${act}Token`,
    summary: act === 'disable' ? 'Make a token refuse until it is enabled' : 'Enable a token again',
    description: act === 'disable' ? 'What it made is left alone.' : 'Undoes disabling.',
    answer: ONE_TOKEN,
    refusals: [409],
    handle: async ({ caller, request, id }) => {
      const actor = await actorOf(context, { caller, request });
      return showChanged(context, await context.tokens.switch({ id, act }, actor));
    },
  });

type ChangeOutcome = Awaited<ReturnType<ApiContext['tokens']['change']>>;

function showChanged(context: ApiContext, outcome: ChangeOutcome) {
  switch (outcome.outcome) {
    case 'changed':
      return showToken(outcome.token, context.clock());
    case 'not-found':
      throw notFound();
    case 'conflict':
      throw refuse('conflict', outcome.message);
    case 'invalid':
      throw invalidFields(outcome.errors);
  }
}

const rotateToken = (context: ApiContext): Route =>
  endpoint({
    ...shared,
    method: 'POST',
    path: '/v2/tokens/:id/rotate',
    operationId: 'rotateToken',
    summary: 'Replace a token by a new one; the old one goes on for the overlap',
    description:
      'The new token has the scopes and the length of life of the old one, which ends after the overlap.',
    body: RotateBody,
    example: () => ({ overlap_seconds: 3600 }),
    headers: IdempotencyHeader,
    answer: {
      status: 201,
      description: 'The successor, with its secret this once.',
      schema: NewTokenSchema,
    },
    refusals: [409],
    handle: async ({ caller, request, reply, id, body }) => {
      const actor = await actorOf(context, { caller, request });
      const creationKey = creationKeyOf(request);
      const asked = { id, overlapSeconds: body.overlap_seconds, creationKey };
      const outcome = await context.tokens.rotate(asked, actor);
      if (outcome.outcome === 'already-rotated') {
        throw refuse(
          'token_already_rotated',
          'This Idempotency-Key has been used before; the secret cannot be shown again.',
          idIfVisible(context, outcome.token, actor),
        );
      }
      if (outcome.outcome === 'made-enough') throw madeEnough('tokens', outcome);
      if (outcome.outcome === 'too-many') throw tooManyForOverlap(outcome.most);
      if (outcome.outcome !== 'rotated') return showChanged(context, outcome);
      void reply.code(201);
      return { ...showToken(outcome.token, context.clock()), token: outcome.value };
    },
  });

const tooManyForOverlap = (most: number): ApiRefusal =>
  refuse(
    'too_many_tokens',
    `You have ${most} live tokens, the most allowed, and the old one would live beside the new one. Rotate without an overlap, or revoke a token first.`,
    { most },
  );
