/** Authorization server metadata (RFC 8414 section 2). */
import { RESPONSE_MODES } from './authorize/response.ts';
import { PROMPTS } from './authorize/request.ts';
import { AUTHENTICATION_METHODS } from './client-authentication/authenticate.ts';
import { GRANT_TYPE_NAMES } from './grants/pipeline.ts';
import type { Catalogue } from '../catalogue/catalogue.ts';

export const PATHS = {
  authorize: '/oauth2/auth',
  token: '/oauth2/token',
  revoke: '/oauth2/revoke',
  introspect: '/oauth2/introspect',
  jwks: '/oauth2/jwks',
} as const;

export interface MetadataContext {
  /** Without a trailing slash. */
  readonly issuer: string;
  readonly catalogue: Catalogue;
  readonly documentation: string | null;
}

export function describeServer({ issuer, catalogue, documentation }: MetadataContext): object {
  const confidential = AUTHENTICATION_METHODS.filter((name) => name !== 'none');
  return {
    issuer,
    authorization_endpoint: issuer + PATHS.authorize,
    token_endpoint: issuer + PATHS.token,
    revocation_endpoint: issuer + PATHS.revoke,
    introspection_endpoint: issuer + PATHS.introspect,
    scopes_supported: catalogue.all.map(({ name }) => name),
    response_types_supported: ['code'],
    response_modes_supported: RESPONSE_MODES,
    grant_types_supported: GRANT_TYPE_NAMES,
    token_endpoint_auth_methods_supported: AUTHENTICATION_METHODS,
    revocation_endpoint_auth_methods_supported: AUTHENTICATION_METHODS,
    introspection_endpoint_auth_methods_supported: confidential,
    code_challenge_methods_supported: ['S256'],
    prompt_values_supported: PROMPTS,
    authorization_response_iss_parameter_supported: true,
    ...(documentation !== null && { service_documentation: documentation }),
  };
}
