import type { AtHand } from '../../kit/at-hand.ts';
import type { Parameters } from '../parameters.ts';
import type { RegisteredClient } from '../vocabulary.ts';

export interface AuthenticationRequest {
  /** The Authorization header. */
  readonly authorization: string | undefined;
  readonly parameters: Parameters;
}

/** By what a client was proved. */
export interface Proof {
  /** The client secret; `null` when it was none. */
  readonly secretId: string | null;
}

export interface Presented {
  readonly clientId: string;
  /** `null`: the client only names itself in this way. */
  readonly prove: ((registered: RegisteredClient, context: ProofContext) => AtHand<Proof>) | null;
}

/** What a proof may be compared with, beside what the client is registered with. */
export interface ProofContext {
  readonly brand: string;
}

export interface AuthenticationMethod {
  /** As registered with IANA ("OAuth Token Endpoint Authentication Methods"). */
  readonly name: string;
  /** Parameters of its own, beside `client_id`. */
  readonly parameters: readonly string[];
  /** What the request presents in this way; `null` when it does not use it. Throws for what cannot be read. */
  read(request: AuthenticationRequest): Presented | null;
}
