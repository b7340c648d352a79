/** Which refusals are of secrets that nobody was given: those are counted by the limits module. */
import type { FastifyRequest } from 'fastify';
import { networkOf } from '../kit/network.ts';
import type { OAuthError, Reason } from '../oauth/error.ts';

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
