/** What a client is registered with beside its form (RFC 7591 section 2): the same checks for whoever registers one. */
import { AUTHENTICATION_METHODS } from '../oauth/client-authentication/authenticate.ts';
import { termsOf, usualTerms, type ClientTerms } from '../oauth/clients/client-terms.ts';
import { readJwks } from '../oauth/clients/jwks.ts';
import { GRANT_TYPE_NAMES } from '../oauth/grants/pipeline.ts';
import { isConfidential, type ClientType } from '../oauth/vocabulary.ts';
import type { FieldErrors } from './context.ts';
import type { App } from './types.ts';

/** What is left out is what the type of the client says. */
export interface Metadata {
  readonly grantTypes?: readonly string[];
  readonly tokenEndpointAuthMethod?: string;
  /** A JWK Set, as it was sent. */
  readonly jwks?: unknown;
}

export type MetadataColumns = Pick<App, 'grantTypes' | 'tokenEndpointAuthMethod' | 'jwks'>;

export type ReadMetadata =
  | {
      readonly outcome: 'valid';
      readonly columns: MetadataColumns;
      readonly terms: ClientTerms;
    }
  | { readonly outcome: 'invalid'; readonly errors: FieldErrors };

export function readMetadata(type: ClientType, said: Metadata = {}): ReadMetadata {
  const usual = usualTerms(type);
  const keys = said.jwks === undefined ? null : readJwks(said.jwks);
  const columns = {
    grantTypes: said.grantTypes ?? usual.grantTypes,
    tokenEndpointAuthMethod: said.tokenEndpointAuthMethod ?? usual.tokenEndpointAuthMethod,
    jwks: keys?.outcome === 'valid' ? keys.jwks : null,
  };
  const terms = termsOf({ type, ...columns });
  const faults: readonly (readonly [field: string, fault: string | null])[] = [
    ['grant_types', faultOfGrantTypes(type, terms)],
    ['token_endpoint_auth_method', faultOfMethod(type, terms)],
    ['jwks', keys?.outcome === 'invalid' ? keys.fault : null],
  ];
  const errors = faults.filter((entry): entry is readonly [string, string] => entry[1] !== null);
  return errors.length === 0
    ? { outcome: 'valid', columns, terms }
    : { outcome: 'invalid', errors: Object.fromEntries(errors) };
}

function faultOfGrantTypes(type: ClientType, terms: ClientTerms): string | null {
  const { grantTypes } = terms;
  const unknown = grantTypes.filter((name) => !GRANT_TYPE_NAMES.includes(name));
  if (unknown.length > 0) return `There is no grant type ${unknown.join(', ')}.`;
  if (grantTypes.length === 0) return 'Give at least one grant type.';
  // A service asks nobody, so a code is nothing that it could get.
  if (type === 'service' && grantTypes.some((name) => name !== 'client_credentials'))
    return 'A service acts as itself: it has client_credentials alone.';
  // RFC 6749 section 4.4: it acts with the rights of its owner, which is for services to do.
  if (type !== 'service' && grantTypes.includes('client_credentials'))
    return 'Only services have client_credentials.';
  return null;
}

function faultOfMethod(type: ClientType, terms: ClientTerms): string | null {
  const unknown = terms.authenticationMethods.find(
    (name) => !AUTHENTICATION_METHODS.includes(name),
  );
  if (unknown !== undefined) return `There is no authentication method ${unknown}.`;
  // RFC 6749 section 4.4: the client credentials grant is for confidential clients alone.
  if (type === 'service' && !isConfidential(terms)) return 'A service proves who it is.';
  if (type === 'public' && isConfidential(terms)) return 'A public app keeps no secret.';
  return null;
}
