/**
 * Secrets that nobody was given: each counts against the address that it came from and, for a client secret, against the
 * client. What is right is never counted and never turned away, from wherever it comes.
 */
import type { FastifyRequest } from 'fastify';
import { createRateLimit, type RateLimitAnswer } from '../http/rate-limit.ts';
import { networkOf } from '../kit/network.ts';
import type { OAuthError, Reason } from '../oauth/error.ts';
import type { ApiContext } from './api-context.ts';

export interface Guesses {
  /** Counts one; the answer is the stricter of the two. `client` only when there is such a client. */
  take(request: FastifyRequest, client?: string): RateLimitAnswer;
}

const MOST_ADDRESSES = 100_000;
const MOST_CLIENTS = 50_000;

export function createGuesses({ config, elapsed }: ApiContext): Guesses {
  const { requests, failures = requests, windowSeconds } = config.rateLimit;
  const rule = { requests: Math.min(failures, requests), windowSeconds };
  const networks = createRateLimit({ ...rule, maxKeys: MOST_ADDRESSES });
  const clients = createRateLimit({ ...rule, maxKeys: MOST_CLIENTS });
  return {
    take(request, client) {
      const now = elapsed();
      const ofNetwork = networks.take(networkOfRequest(request), now);
      if (client === undefined) return ofNetwork;
      const ofClient = clients.take(client, now);
      return ofClient.allowed && ofClient.remaining >= ofNetwork.remaining ? ofNetwork : ofClient;
    },
  };
}

/** One subscriber of IPv6 has more addresses than can be counted. */
export const networkOfRequest = ({ facts: { address } }: FastifyRequest): string =>
  address.includes(':') ? networkOf(address) : address;

const GUESSES: ReadonlySet<Reason> = new Set<Reason>([
  'unknown_client',
  'wrong_secret',
  'code_unknown',
  'verifier_malformed',
  'verifier_mismatch',
  'refresh_unknown',
]);

/** A refresh token whose family is known was given to somebody, and is only over. */
export const isGuess = ({ reason, facts }: OAuthError): boolean =>
  GUESSES.has(reason) && !(reason === 'refresh_unknown' && facts['family'] !== undefined);

/** The client whose secret was guessed at. */
export const guessedClient = ({ reason, facts }: OAuthError): string | undefined =>
  reason === 'wrong_secret' ? facts['client'] : undefined;
