/**
 * What a client may do at the token endpoint: its own registration says so (RFC 7591 section 2), and where it says nothing,
 * as in rows of before there was such metadata, its type does.
 */
import type { Client, ClientType } from '../vocabulary.ts';

export type ClientTerms = Pick<Client, 'grantTypes' | 'authenticationMethods'>;

/** As it is stored. `null`: what the type says. */
export interface RegisteredTerms {
  readonly grantTypes: readonly string[] | null;
  /** `null` of a client with a secret: it may send it in either way. */
  readonly tokenEndpointAuthMethod: string | null;
}

const BY_SECRET: readonly string[] = ['client_secret_basic', 'client_secret_post'];
const FOR_USERS: readonly string[] = ['authorization_code', 'refresh_token'];

const TERMS_OF_TYPE: Readonly<Record<ClientType, ClientTerms>> = {
  web: { grantTypes: FOR_USERS, authenticationMethods: BY_SECRET },
  public: { grantTypes: FOR_USERS, authenticationMethods: ['none'] },
  service: { grantTypes: ['client_credentials'], authenticationMethods: BY_SECRET },
};

/** What a new client of the type is registered with when nothing else is said. */
export function usualTerms(type: ClientType): RegisteredTerms {
  const { grantTypes, authenticationMethods } = TERMS_OF_TYPE[type];
  const [only = null, ...others] = authenticationMethods;
  return { grantTypes, tokenEndpointAuthMethod: others.length === 0 ? only : null };
}

interface Typed extends RegisteredTerms {
  readonly type: ClientType;
}

export function termsOf({ type, grantTypes, tokenEndpointAuthMethod: method }: Typed): ClientTerms {
  const usual = TERMS_OF_TYPE[type];
  return {
    grantTypes: grantTypes ?? usual.grantTypes,
    authenticationMethods: method === null ? usual.authenticationMethods : [method],
  };
}

/** Whether the client gets refresh tokens, and may send them. */
export const mayRefresh = ({ grantTypes }: Pick<ClientTerms, 'grantTypes'>): boolean =>
  grantTypes.includes('refresh_token');
