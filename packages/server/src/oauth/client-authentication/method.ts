import type { Parameters } from '../parameters.ts';

export interface AuthenticationRequest {
  /** The Authorization header. */
  readonly authorization: string | undefined;
  readonly parameters: Parameters;
}

export interface Presented {
  readonly clientId: string;
  /** `null`: the client only named itself. */
  readonly secret: string | null;
}

export interface AuthenticationMethod {
  /** As registered with IANA ("OAuth Token Endpoint Authentication Methods"). */
  readonly name: string;
  /** What the request presents in this way; `null` when it does not use it. Throws for what cannot be read. */
  read(request: AuthenticationRequest): Presented | null;
}
