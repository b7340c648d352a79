/**
 * Client authentication (RFC 6749 section 2.3). One way at a time, and the type of the client decides which is enough.
 * Spends nothing: a client that fails may try again with the same code.
 */
import { andThen, type AtHand } from '../../kit/at-hand.ts';
import { equalBytes, sha256 } from '../../kit/hash.ts';
import { OAuthError } from '../error.ts';
import type { ClientStore } from '../ports.ts';
import { readShape } from '../tokens/format.ts';
import { isConfidential, type Client, type RegisteredClient } from '../vocabulary.ts';
import { clientSecretBasic } from './basic.ts';
import type { AuthenticationMethod, AuthenticationRequest, Presented } from './method.ts';
import { none } from './none.ts';
import { clientSecretPost } from './post.ts';

/** In this order: a request that uses the first may also name its client in the body. */
const METHODS: readonly AuthenticationMethod[] = [clientSecretBasic, clientSecretPost, none];

export const AUTHENTICATION_METHODS: readonly string[] = METHODS.map(({ name }) => name);
/** Read before anything else of the body. */
export const AUTHENTICATION_PARAMETERS: readonly string[] = ['client_id', 'client_secret'];

export interface AuthenticatedClient {
  readonly client: Client;
  /** Which secret was used; `null` for a public client. */
  readonly secretId: string | null;
}

export interface Authenticator {
  readonly clients: ClientStore;
  readonly brand: string;
}

export function authenticateClient(
  authenticator: Authenticator,
  request: AuthenticationRequest,
): AtHand<AuthenticatedClient> {
  const presented = readOne(request);
  return andThen(authenticator.clients.byId(presented.clientId), (registered) =>
    verify(authenticator, registered, presented),
  );
}

function verify(
  authenticator: Authenticator,
  registered: RegisteredClient | null,
  presented: Presented,
): AuthenticatedClient {
  if (registered === null) throw new OAuthError('unknown_client');
  const secretId = prove(authenticator, registered, presented);
  // Told only to whoever proved to be the client.
  if (!registered.client.isActive)
    throw new OAuthError('client_inactive', { client: registered.client.id });
  return { client: registered.client, secretId };
}

/** RFC 6749 section 2.3: "The client MUST NOT use more than one authentication method in each request." */
function readOne(request: AuthenticationRequest): Presented {
  const all = METHODS.map((method) => method.read(request)).filter((item) => item !== null);
  const [first] = all;
  if (first === undefined) throw new OAuthError('no_authentication');
  if (all.some(({ clientId }) => clientId !== first.clientId))
    throw new OAuthError('client_mismatch');
  const proving = all.filter(({ secret }) => secret !== null);
  if (proving.length > 1) throw new OAuthError('several_authentications');
  return proving[0] ?? first;
}

function prove(
  { brand }: Authenticator,
  { client, secrets }: RegisteredClient,
  { secret }: Presented,
): string | null {
  const facts = { client: client.id };
  if (!isConfidential(client)) {
    if (secret !== null) throw new OAuthError('method_not_registered', facts);
    return null;
  }
  if (secret === null) throw new OAuthError('no_authentication', facts);
  const shape = readShape(brand, secret);
  const match = shape?.kind === 'cs' ? secrets.find(({ id }) => id === shape.id) : undefined;
  // Nothing but what was issued has the hash of what was issued: its checksum says no more.
  if (match === undefined || !equalBytes(match.hash, sha256(secret)))
    throw new OAuthError('wrong_secret', facts);
  return match.id;
}
