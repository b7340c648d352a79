/**
 * Who may pass: reads the credential, asks the checker, counts the request against its limit, notes the use and
 * compares scopes. Everything here runs once a request, before the body is read; answers that are at hand are given at once.
 */
import type {
  FastifyReply,
  FastifyRequest,
  onRequestHookHandler,
  onSendAsyncHookHandler,
  preHandlerAsyncHookHandler,
} from 'fastify';
import type { ActiveCredential, Refusal, Verdict } from '../checker/verdict.ts';
import { toError } from '../http/failure.ts';
import { createRateLimit, type RateLimit, type RateLimitAnswer } from '../http/rate-limit.ts';
import type { Guard } from '../http/register-routes.ts';
import type { Access, Callers, Route } from '../http/route.ts';
import { recordOf } from '../http/fast/whole-answer.ts';
import { andThen, type AtHand } from '../kit/at-hand.ts';
import { laneOf, type Lane } from '../limits/fair-share.ts';
import { readBearer } from '../oauth/bearer.ts';
import { answerError, OPEN, OPEN_AND_UNKEPT, sendRefusal } from './answer.ts';
import type { ApiContext } from './api-context.ts';
import { takesForms, takesJson } from './body-type.ts';
import { mistakeInHeader, mistakeInToken, tokenElsewhere } from './bearer-mistakes.ts';
import { createCredentialRefusals } from './credential-refusals.ts';
import { OAuthError } from '../oauth/error.ts';
import { guessedClient, isGuess, networkOfRequest } from './guesses.ts';
import { answerOAuthError, OAUTH_HEADERS, sendRefused } from './oauth/answer.ts';
import { DEVELOPER_TOKEN_REQUIRED, tooMany, USER_REQUIRED, type ApiRefusal } from './refusal.ts';

export interface Limits {
  /** A bucket for every user of one endpoint. */
  forEndpoint(): RateLimit;
  /** Counts an answer to a stranger; `null` when it may be given. Writes the headers either way. */
  strangers(request: FastifyRequest): ApiRefusal | null;
  /** The same for codes and refresh tokens that are not good, which whoever shares an address must not use up by other means. */
  grants(request: FastifyRequest): ApiRefusal | null;
  /** The same for secrets that nobody was given, which are few. */
  guesses(request: FastifyRequest, client?: string): Promise<ApiRefusal | null>;
  /** Writes the headers of a request that a bucket has counted; `null` when it may go on. */
  tell(answer: RateLimitAnswer, request: FastifyRequest): ApiRefusal | null;
}

const MOST_USERS = 50_000;
const MOST_ADDRESSES = 100_000;

export function createLimits(context: ApiContext): Limits {
  const { requests, windowSeconds } = context.config.rateLimit;
  const window = String(windowSeconds * 1000);

  const tell: Limits['tell'] = (answer, request) => {
    request.limitHeaders = [
      'x-ratelimit-limit',
      String(answer.limit),
      'x-ratelimit-remaining',
      String(answer.remaining),
      'x-ratelimit-window',
      window,
    ];
    return answer.allowed ? null : tooMany(answer.retryAfterSeconds);
  };
  const byNetwork = (): Limits['strangers'] => {
    const networks = createRateLimit({ requests, windowSeconds, maxKeys: MOST_ADDRESSES });
    return (request) => tell(networks.take(networkOfRequest(request), context.elapsed()), request);
  };
  return {
    tell,
    forEndpoint: () => createRateLimit({ requests, windowSeconds, maxKeys: MOST_USERS }),
    strangers: byNetwork(),
    grants: byNetwork(),
    async guesses(request, client) {
      const count = context.refusedCredentials.count(networkOfRequest(request), client);
      return tell(await count, request);
    },
  };
}

export function createGuard(
  context: ApiContext,
  limits: Limits,
): (access: Access, route: Pick<Route, 'method' | 'schema'>) => Guard {
  return (access, { method, schema }) => {
    const errorHandler = answerError;
    if (access.kind === 'public') return { onRequest: [openToAll], errorHandler };
    if (access.kind === 'client') return clientGuard(context, limits);
    // The API takes no cookies; a route that asks for a session here would never let anyone in.
    if (access.kind !== 'bearer') throw new Error(`the API has no ${access.kind} routes`);
    const refusals = refusalsOf(context);
    const bearer = bearerHook(context, { limits, refusals, access });
    const rest = { onSend: [complete], around: withinShare(context, laneOf(method)), errorHandler };
    if (method === 'GET') return { onRequest: [bearer], ...rest };
    const onRequest = schema?.body === undefined ? [bearer] : [bearer, takesJson];
    return { onRequest, preHandler: [stillIn(context, refusals, access)], ...rest };
  };
}

/** After the body is read, so that a slow sender holds nothing. */
const withinShare =
  ({ fairShare }: ApiContext, lane: Lane): NonNullable<Guard['around']> =>
  (handler) =>
  (request, reply) =>
    fairShare.run(subjectOf(request.caller), lane, () => handler(request, reply));

const subjectOf = (caller: ActiveCredential | null): string =>
  caller === null ? '' : `api ${bucketOf(caller)}`;

type Refusals = ReturnType<typeof createCredentialRefusals>;
type BearerAccess = Extract<Access, { kind: 'bearer' }>;

const refusalsOf = ({ config, catalogues }: ApiContext): Refusals =>
  createCredentialRefusals({
    realm: config.brand.name,
    baseUrl: config.server.baseUrl,
    catalogues,
  });

/** A body can take its time: what was revoked or narrowed meanwhile does not get it carried out. */
function stillIn(
  { checker, catalogues }: ApiContext,
  refusals: Refusals,
  { scopes }: BearerAccess,
): preHandlerAsyncHookHandler {
  return async (request) => {
    const bearer = readBearer(request.headers.authorization);
    if (bearer.outcome !== 'present') throw refusals.missing;
    const verdict = await checker.check(bearer.token, catalogues.current().firstResource);
    if (verdict.outcome === 'refused') throw refusals.ofVerdict(verdict);
    const refusal = scopes.length === 0 ? null : refusals.ofScopes(scopes, verdict);
    if (refusal !== null) throw refusal;
    request.caller = verdict;
  };
}

/** The endpoint authenticates; here answers are kept from caches, and failures counted against their address. */
function clientGuard({ config }: ApiContext, limits: Limits): Guard {
  const realm = config.brand.name;
  const answer = answerOAuthError(realm);
  /** What succeeds is never counted, and so never turned away. */
  const count = (error: OAuthError, request: FastifyRequest): AtHand<ApiRefusal | null> => {
    if (isGuess(error)) return limits.guesses(request, guessedClient(error));
    if (error.code === 'invalid_client') return limits.strangers(request);
    return error.code === 'invalid_grant' ? limits.grants(request) : null;
  };
  return {
    onRequest: [takesForms],
    onSend: [
      async (_request, reply) => {
        void reply.headers(OAUTH_HEADERS);
      },
    ],
    errorHandler: (thrown, request, reply) => {
      const tell = (tooMany: ApiRefusal | null): void => {
        if (tooMany === null) return answer(thrown, request, reply);
        const description = 'Too many failed requests. Try again later.';
        const { headers, status } = tooMany;
        sendRefused(reply, { status, code: 'temporarily_unavailable', description, headers });
      };
      const counted = thrown instanceof OAuthError ? count(thrown, request) : null;
      if (!(counted instanceof Promise)) return tell(counted);
      counted.then(tell).catch((failure: unknown) => answer(failure, request, reply));
    },
  };
}

/** For what is not answered whole. */
const complete: onSendAsyncHookHandler = async ({ limitHeaders }, reply) => {
  void reply.headers({ ...OPEN_AND_UNKEPT, ...recordOf(limitHeaders ?? []) });
};

const openToAll: onRequestHookHandler = (_request, reply, done) => {
  void reply.headers(OPEN);
  done();
};

interface Bearing {
  readonly limits: Limits;
  readonly refusals: Refusals;
  readonly access: BearerAccess;
}

function bearerHook(
  context: ApiContext,
  { limits, refusals, access: { scopes, callers } }: Bearing,
): onRequestHookHandler {
  const { checker, catalogues, usage, clock, elapsed, fairShare } = context;
  const { grantUsage } = context.authorization;
  const { tokenPrefix } = context.config.brand;
  const endpoint = limits.forEndpoint();

  const note = (request: FastifyRequest, tokenId: string, outcome: string): void => {
    const { address, agent } = request.facts;
    usage.note({ tokenId, outcome, address, agent, at: clock() });
  };

  function refuseStranger(request: FastifyRequest, reply: FastifyReply, refusal: ApiRefusal): void {
    sendRefusal(reply, limits.strangers(request) ?? refusal);
  }

  function noteCall(request: FastifyRequest, caller: ActiveCredential, outcome: string): void {
    if (caller.kind === 'pat') note(request, caller.id, outcome);
    else if (caller.app?.grantId !== null && caller.app !== null)
      grantUsage.noteCall(caller.app.grantId, clock());
  }

  /** A secret that nobody was given, unless too many of them came. */
  const refuseGuess = async (
    request: FastifyRequest,
    reply: FastifyReply,
    refusal: ApiRefusal,
  ): Promise<void> => sendRefusal(reply, (await limits.guesses(request)) ?? refusal);

  function refuseHolder(
    request: FastifyRequest,
    reply: FastifyReply,
    refusal: Refusal,
  ): AtHand<void> {
    if (refusal.tokenId !== null) note(request, refusal.tokenId, refusal.reason);
    const told = refusals.ofVerdict(refusal);
    if (refusal.reason === 'token_unknown') return refuseGuess(request, reply, told);
    refuseStranger(request, reply, told);
  }

  function refuseToken(request: FastifyRequest, reply: FastifyReply, token: string): AtHand<void> {
    const mistake = mistakeInToken(tokenPrefix, token);
    const refusal = refusals.ofMistake(mistake);
    // Of the form of a token, with a part that somebody may be trying.
    if (mistake === 'mistyped') return refuseGuess(request, reply, refusal);
    refuseStranger(request, reply, refusal);
  }

  function refuseMissing(request: FastifyRequest, reply: FastifyReply): void {
    const detail = tokenElsewhere(tokenPrefix, request);
    refuseStranger(request, reply, detail === null ? refusals.missing : refusals.elsewhere(detail));
  }

  /** `null` lets the caller in. */
  function faultOf(caller: ActiveCredential, request: FastifyRequest): ApiRefusal | null {
    return (
      limits.tell(endpoint.take(bucketOf(caller), elapsed()), request) ??
      faultOfCaller(callers, caller) ??
      (scopes.length === 0 ? null : refusals.ofScopes(scopes, caller))
    );
  }

  /** Answers why the request does not go on; `null` lets it. */
  function decide(request: FastifyRequest, verdict: ActiveCredential): ApiRefusal | null {
    const refusal = faultOf(verdict, request);
    noteCall(request, verdict, refusal?.reason ?? 'allowed');
    if (refusal === null) request.caller = verdict;
    return refusal;
  }

  return (request, reply, done) => {
    const bearer = readBearer(request.headers.authorization);
    if (bearer.outcome === 'absent') return refuseMissing(request, reply);
    if (bearer.outcome === 'malformed') {
      const mistake = mistakeInHeader(tokenPrefix, request.headers.authorization ?? '');
      return refuseStranger(request, reply, refusals.ofMistake(mistake));
    }
    // Whatever fails, here or in what goes on from here, is answered in one way.
    const fail = (error: unknown): void => done(toError(error));
    const goOn = (verdict: Verdict): AtHand<void> => {
      if (isMalformed(verdict)) return refuseToken(request, reply, bearer.token);
      if (verdict.outcome === 'refused') return refuseHolder(request, reply, verdict);
      const refusal = decide(request, verdict);
      if (refusal === null) return done();
      // What is refused comes in floods too.
      return fairShare.run(subjectOf(verdict), 'check', () => sendRefusal(reply, refusal));
    };
    const answered = andThen(checker.check(bearer.token, catalogues.current().firstResource), goOn);
    if (answered instanceof Promise) answered.catch(fail);
  };
}

const isMalformed = (verdict: Verdict): boolean =>
  verdict.outcome === 'refused' && verdict.reason === 'token_malformed';

/** Everything that acts for one person shares that person's limit. */
const bucketOf = ({ userId, app }: ActiveCredential): string => userId ?? app?.id ?? '';

function faultOfCaller(callers: Callers, caller: ActiveCredential): ApiRefusal | null {
  if (callers === 'anybody') return null;
  if (caller.userId === null) return USER_REQUIRED;
  return callers === 'developer-tokens' && caller.app !== null ? DEVELOPER_TOKEN_REQUIRED : null;
}
