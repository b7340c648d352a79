/**
 * Who may pass: reads the credential, asks the checker, counts the request against its limit, notes the use and
 * compares scopes. Everything here runs once a request, before the body is read; answers that are at hand are given at once.
 */
import type {
  FastifyReply,
  FastifyRequest,
  HookHandlerDoneFunction,
  onRequestHookHandler,
} from 'fastify';
import type { ActiveCredential, Refusal, Verdict } from '../checker/verdict.ts';
import { createRateLimit, type RateLimit, type RateLimitAnswer } from '../http/rate-limit.ts';
import type { Guard } from '../http/register-routes.ts';
import type { Access } from '../http/route.ts';
import { readBearer } from '../oauth/bearer.ts';
import { answerError, OPEN, OPEN_AND_UNKEPT, sendRefusal } from './answer.ts';
import type { ApiContext } from './api-context.ts';
import { createCredentialRefusals } from './credential-refusals.ts';
import { ApiRefusal } from './refusal.ts';

export interface Limits {
  /** A bucket for every user of one endpoint. */
  forEndpoint(): RateLimit;
  /** Counts an answer to a stranger; `null` when it may be given. Sets the headers either way. */
  strangers(request: FastifyRequest, reply: FastifyReply): ApiRefusal | null;
  /** Sets the headers of a request that a bucket has counted; `null` when it may go on. */
  tell(answer: RateLimitAnswer, reply: FastifyReply): ApiRefusal | null;
}

const MOST_USERS = 50_000;
const MOST_ADDRESSES = 100_000;

export function createLimits(context: ApiContext): Limits {
  const { requests, windowSeconds } = context.config.rateLimit;
  const window = String(windowSeconds * 1000);
  const addresses = createRateLimit({ requests, windowSeconds, maxKeys: MOST_ADDRESSES });

  const tell: Limits['tell'] = (answer, reply) => {
    void reply
      .header('x-ratelimit-limit', String(answer.limit))
      .header('x-ratelimit-remaining', String(answer.remaining))
      .header('x-ratelimit-window', window);
    return answer.allowed ? null : tooMany(answer.retryAfterSeconds);
  };
  return {
    tell,
    forEndpoint: () => createRateLimit({ requests, windowSeconds, maxKeys: MOST_USERS }),
    strangers: (request, reply) => tell(addresses.take(request.ip, context.milliseconds()), reply),
  };
}

const tooMany = (seconds: number): ApiRefusal =>
  new ApiRefusal({
    reason: 'rate_limited',
    problems: [
      {
        detail: `Too many requests. Come back in ${seconds} s.`,
        facts: { retry_after_seconds: seconds },
      },
    ],
    headers: { 'retry-after': String(seconds) },
  });

export function createGuard(context: ApiContext, limits: Limits): (access: Access) => Guard {
  return (access) => {
    const errorHandler = answerError;
    if (access.kind === 'public') return { onRequest: [openToAll], errorHandler };
    // The API takes no cookies; a route that asks for a session here would never let anyone in.
    if (access.kind !== 'bearer') throw new Error(`the API has no ${access.kind} routes`);
    return { onRequest: [bearerHook(context, limits, access.scopes)], errorHandler };
  };
}

const openToAll: onRequestHookHandler = (_request, reply, done) => {
  void reply.headers(OPEN);
  done();
};

interface Passage {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly done: HookHandlerDoneFunction;
}

function bearerHook(
  context: ApiContext,
  limits: Limits,
  scopes: readonly string[],
): onRequestHookHandler {
  const { checker, usage, clock, milliseconds, config } = context;
  const endpoint = limits.forEndpoint();
  const refusals = createCredentialRefusals({
    realm: config.brand.name,
    baseUrl: config.server.baseUrl,
    roleScopes: context.tokens.roleScopes,
  });

  const note = (request: FastifyRequest, tokenId: string, outcome: string): void => {
    const agent = request.headers['user-agent'] ?? '';
    usage.note({ tokenId, outcome, address: request.ip, agent, at: clock() });
  };

  function refuseStranger(request: FastifyRequest, reply: FastifyReply, refusal: ApiRefusal): void {
    void sendRefusal(reply, limits.strangers(request, reply) ?? refusal);
  }

  function refuseHolder(request: FastifyRequest, reply: FastifyReply, refusal: Refusal): void {
    if (refusal.tokenId !== null) note(request, refusal.tokenId, refusal.reason);
    refuseStranger(request, reply, refusals.ofVerdict(refusal));
  }

  /** `null` lets the caller in. */
  function faultOf(caller: ActiveCredential, reply: FastifyReply): ApiRefusal | null {
    return (
      limits.tell(endpoint.take(caller.userId, milliseconds()), reply) ??
      (scopes.length === 0 ? null : refusals.ofScopes(scopes, caller))
    );
  }

  /** Answers whether the request goes on. */
  function decide(request: FastifyRequest, reply: FastifyReply, verdict: Verdict): boolean {
    if (verdict.outcome === 'refused') {
      refuseHolder(request, reply, verdict);
      return false;
    }
    const refusal = faultOf(verdict, reply);
    note(request, verdict.id, refusal?.reason ?? 'allowed');
    if (refusal === null) request.caller = verdict;
    else void sendRefusal(reply, refusal);
    return refusal === null;
  }

  async function wait(pending: Promise<Verdict>, { request, reply, done }: Passage): Promise<void> {
    let verdict: Verdict;
    try {
      verdict = await pending;
    } catch (error) {
      return done(error instanceof Error ? error : new Error(String(error)));
    }
    if (decide(request, reply, verdict)) done();
  }

  return (request, reply, done) => {
    void reply.headers(OPEN_AND_UNKEPT);
    const bearer = readBearer(request.headers.authorization);
    if (bearer.outcome !== 'present') {
      const refusal = bearer.outcome === 'absent' ? refusals.missing : refusals.malformed;
      return refuseStranger(request, reply, refusal);
    }
    const verdict = checker.check(bearer.token);
    if (verdict instanceof Promise) void wait(verdict, { request, reply, done });
    else if (decide(request, reply, verdict)) done();
  };
}
