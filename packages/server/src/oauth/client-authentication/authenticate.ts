/**
 * Client authentication (RFC 6749 section 2.3). One way at a time, and it must be one that the client is registered for.
 * Spends nothing: a client that fails may try again with the same code.
 */
import { andThen, type AtHand } from '../../kit/at-hand.ts';
import { OAuthError } from '../error.ts';
import type { ClientStore } from '../ports.ts';
import { isConfidential, type Client, type RegisteredClient } from '../vocabulary.ts';
import { clientSecretBasic } from './basic.ts';
import type {
  AuthenticationMethod,
  AuthenticationRequest,
  Presented,
  Proof,
  ProofContext,
} from './method.ts';
import { none } from './none.ts';
import { clientSecretPost } from './post.ts';

/** In this order: a request that uses the first may also name its client in the body. */
const METHODS: readonly AuthenticationMethod[] = [clientSecretBasic, clientSecretPost, none];

export const AUTHENTICATION_METHODS: readonly string[] = METHODS.map(({ name }) => name);
/** Read before anything else of the body. */
export const AUTHENTICATION_PARAMETERS: readonly string[] = [
  'client_id',
  ...METHODS.flatMap(({ parameters }) => parameters),
];

export interface AuthenticatedClient extends Proof {
  readonly client: Client;
}

export interface Authenticator extends ProofContext {
  readonly clients: ClientStore;
}

export function authenticateClient(
  authenticator: Authenticator,
  request: AuthenticationRequest,
): AtHand<AuthenticatedClient> {
  const used = readOne(request);
  return andThen(authenticator.clients.byId(used.presented.clientId), (registered) =>
    verify(authenticator, registered, used),
  );
}

function verify(
  authenticator: Authenticator,
  registered: RegisteredClient | null,
  used: Used,
): AtHand<AuthenticatedClient> {
  if (registered === null) throw new OAuthError('unknown_client');
  const { client } = registered;
  return andThen(prove(authenticator, registered, used), ({ secretId }) => {
    // Told only to whoever proved to be the client.
    if (!client.isActive) throw new OAuthError('client_inactive', { client: client.id });
    return { client, secretId };
  });
}

interface Used {
  readonly method: AuthenticationMethod;
  readonly presented: Presented;
}

/** RFC 6749 section 2.3: "The client MUST NOT use more than one authentication method in each request." */
function readOne(request: AuthenticationRequest): Used {
  const all = METHODS.flatMap((method): readonly Used[] => {
    const presented = method.read(request);
    return presented === null ? [] : [{ method, presented }];
  });
  const [first] = all;
  if (first === undefined) throw new OAuthError('no_authentication');
  if (all.some(({ presented: { clientId } }) => clientId !== first.presented.clientId))
    throw new OAuthError('client_mismatch');
  const proving = all.filter(({ presented }) => presented.prove !== null);
  if (proving.length > 1) throw new OAuthError('several_authentications');
  return proving[0] ?? first;
}

const NO_PROOF: Proof = { secretId: null };

function prove(
  context: ProofContext,
  registered: RegisteredClient,
  { method, presented }: Used,
): AtHand<Proof> {
  const { client } = registered;
  const facts = { client: client.id };
  if (presented.prove === null) {
    if (isConfidential(client)) throw new OAuthError('no_authentication', facts);
    return NO_PROOF;
  }
  if (!client.authenticationMethods.includes(method.name))
    throw new OAuthError('method_not_registered', facts);
  return presented.prove(registered, context);
}
