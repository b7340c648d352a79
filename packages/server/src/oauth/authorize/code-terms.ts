/** What must still be true of a client for a code that was sent to it to be good. */
import { faultOfRedirectUri, matchesRedirectUri } from '../clients/redirect-uri.ts';
import { isConfidential, type Client } from '../vocabulary.ts';

type Terms = Pick<Client, 'type' | 'redirectUris' | 'allowsMissingPkce' | 'authenticationMethods'>;

interface SentCode {
  readonly redirectUri: string;
  readonly codeChallenge: string | null;
}

/**
 * Whether the client may be answered at this URI. The same rules as at registration: a URI that slipped in before a rule
 * existed is not answered to.
 */
export const isRegistered = ({ redirectUris, type }: Terms, redirectUri: string): boolean =>
  matchesRedirectUri(redirectUris, redirectUri) && faultOfRedirectUri(redirectUri, type) === null;

/** RFC 7636, RFC 9700 section 2.1.1: public clients send a challenge, but for those behind the compatibility switch. */
export const mayLackChallenge = (client: Terms): boolean =>
  isConfidential(client) || client.allowsMissingPkce;

/** A URI that was taken away, or a switch that was turned off, ends the codes under way that relied on it. */
export const isStillAnswerable = (client: Terms, code: SentCode): boolean =>
  isRegistered(client, code.redirectUri) &&
  (code.codeChallenge !== null || mayLackChallenge(client));
