/**
 * The API module: JSON for programs. Owns `/v2`, `/health` and `/openapi.json`: their guard, shapes and refusals.
 * Depends on the checker for who is calling and on the services for everything that happens. Never reads a cookie.
 */
import type { FastifyInstance } from 'fastify';
import type { TellFailure } from '../http/failure.ts';
import type { Route } from '../http/route.ts';
import { answerError, sendRefusal, tellApiFailure } from './answer.ts';
import type { ApiContext } from './api-context.ts';
import { tellOAuthFailure } from './oauth/answer.ts';
import { createGuard, createLimits } from './guard.ts';
import { documentOf } from './open-api.ts';
import { oauthRoutes } from './oauth/endpoints.ts';
import { appRoutes } from './v2/apps.ts';
import { callingTokenRoutes } from './v2/calling-token.ts';
import { eventRoutes } from './v2/events.ts';
import { grantRoutes } from './v2/grants.ts';
import { openRoutes } from './open.ts';
import { peopleRoutes } from './v2/people.ts';
import { tokenRoutes } from './v2/tokens.ts';

export interface Api {
  readonly routes: readonly Route[];
  readonly guard: ReturnType<typeof createGuard>;
  readonly errorHandler: typeof answerError;
  /** For unknown paths, methods and malformed addresses. */
  readonly tellFailure: TellFailure;
  /** Must be called before any route is registered. */
  prepare(server: FastifyInstance): void;
}

export function createApi(context: ApiContext): Api {
  const limits = createLimits(context);
  const routes: readonly Route[] = [
    ...openRoutes(documentOf(context, () => routes)),
    ...oauthRoutes(context),
    ...peopleRoutes(context),
    ...eventRoutes(context),
    ...callingTokenRoutes(context),
    ...tokenRoutes(context),
    ...appRoutes(context),
    ...grantRoutes(context),
  ];
  return {
    routes,
    guard: createGuard(context, limits),
    errorHandler: answerError,
    tellFailure(failure, request, reply) {
      const refusal = limits.strangers(request);
      if (refusal !== null) return sendRefusal(reply, refusal);
      const isOAuth = failure.known?.access === 'client';
      return (isOAuth ? tellOAuthFailure : tellApiFailure)(failure, request, reply);
    },
    prepare(server) {
      server.decorateRequest('caller', null);
      server.decorateRequest('limitHeaders', null);
    },
  };
}
