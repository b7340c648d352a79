/** What a client of each type may do at the token endpoint, unless its registration says otherwise (RFC 7591 section 2). */
import type { Client, ClientType } from '../vocabulary.ts';

export type ClientTerms = Pick<Client, 'grantTypes' | 'authenticationMethods'>;

const BY_SECRET: readonly string[] = ['client_secret_basic', 'client_secret_post'];
const FOR_USERS: readonly string[] = ['authorization_code', 'refresh_token'];

export const TERMS_OF_TYPE: Readonly<Record<ClientType, ClientTerms>> = {
  web: { grantTypes: FOR_USERS, authenticationMethods: BY_SECRET },
  public: { grantTypes: FOR_USERS, authenticationMethods: ['none'] },
  service: { grantTypes: ['client_credentials'], authenticationMethods: BY_SECRET },
};
