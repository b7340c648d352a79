/**
 * Refusals of the protocol. One public error code of the RFCs, one private reason with its facts for the log, and one
 * exhaustive table between them.
 */

/** RFC 6749 sections 4.1.2.1 and 5.2, RFC 9101 section 6.3, RFC 8707 section 2, OpenID Connect Core section 3.1.2.6. */
export type ErrorCode =
  | 'invalid_request'
  | 'invalid_client'
  | 'invalid_grant'
  | 'invalid_scope'
  | 'invalid_target'
  | 'unauthorized_client'
  | 'unsupported_grant_type'
  | 'unsupported_response_type'
  | 'access_denied'
  | 'login_required'
  | 'consent_required'
  | 'interaction_required'
  | 'request_not_supported'
  | 'request_uri_not_supported';

interface Meaning {
  readonly code: ErrorCode;
  /** RFC 6749 section 5.2: printable ASCII without quotes and backslashes. Of what was sent it holds names of scopes alone. */
  readonly description: string;
}

/** Every reason, with what an answer says of it. docs/reference/errors.md has its cause and cure. */
export const MEANINGS = {
  repeated_parameter: {
    code: 'invalid_request',
    description: 'The parameter {parameter} was sent more than once.',
  },
  malformed_parameter: {
    code: 'invalid_request',
    description: 'The parameter {parameter} is malformed.',
  },
  missing_parameter: {
    code: 'invalid_request',
    description: 'The parameter {parameter} is missing.',
  },
  wrong_content_type: {
    code: 'invalid_request',
    description: 'Send the parameters as application/x-www-form-urlencoded or multipart/form-data.',
  },
  parameters_in_address: {
    code: 'invalid_request',
    description:
      'Send the parameters in the body, as application/x-www-form-urlencoded: none are read from the address.',
  },
  several_authentications: {
    code: 'invalid_request',
    description: 'Authenticate the client in one way only.',
  },
  client_mismatch: {
    code: 'invalid_request',
    description: 'The header and the body name different clients.',
  },
  no_authentication: { code: 'invalid_client', description: 'Client authentication is missing.' },
  malformed_authentication: {
    code: 'invalid_client',
    description: 'The Authorization header cannot be read.',
  },
  unknown_client: { code: 'invalid_client', description: 'Client authentication failed.' },
  wrong_secret: { code: 'invalid_client', description: 'Client authentication failed.' },
  method_not_registered: {
    code: 'invalid_client',
    description: 'Client authentication failed.',
  },
  client_inactive: { code: 'invalid_client', description: 'The client is disabled.' },
  unknown_grant_type: {
    code: 'unsupported_grant_type',
    description: 'This grant type is not supported.',
  },
  grant_type_not_allowed: {
    code: 'unauthorized_client',
    description: 'This type of client may not use this grant type.',
  },
  foreign_token: {
    code: 'unauthorized_client',
    description: 'The token was issued to another client.',
  },
  may_not_introspect: {
    code: 'unauthorized_client',
    description: 'This client may not introspect tokens.',
  },
  code_unknown: {
    code: 'invalid_grant',
    description: 'The authorization code is unknown, expired or was used before.',
  },
  code_expired: {
    code: 'invalid_grant',
    description: 'The authorization code is unknown, expired or was used before.',
  },
  code_replayed: {
    code: 'invalid_grant',
    description: 'The authorization code is unknown, expired or was used before.',
  },
  code_of_other_client: {
    code: 'invalid_grant',
    description: 'The authorization code was issued to another client.',
  },
  redirect_uri_mismatch: {
    code: 'invalid_grant',
    description: 'The redirect_uri is not the one of the authorization request.',
  },
  verifier_missing: { code: 'invalid_grant', description: 'The code_verifier is missing.' },
  verifier_mismatch: {
    code: 'invalid_grant',
    description: 'The code_verifier does not match the code_challenge.',
  },
  verifier_malformed: {
    code: 'invalid_grant',
    description:
      'The code_verifier must be 43 to 128 characters of A-Z, a-z, 0-9 and - . _ ~ (RFC 7636 section 4.1).',
  },
  verifier_unexpected: {
    code: 'invalid_grant',
    description: 'The authorization request had no code_challenge, but a code_verifier was sent.',
  },
  refresh_unknown: {
    code: 'invalid_grant',
    description: 'The refresh token is unknown, expired or revoked.',
  },
  refresh_expired: {
    code: 'invalid_grant',
    description: 'The refresh token is unknown, expired or revoked.',
  },
  refresh_revoked: {
    code: 'invalid_grant',
    description: 'The refresh token is unknown, expired or revoked.',
  },
  refresh_reused: {
    code: 'invalid_grant',
    description: 'The refresh token was used before; all that came of it is revoked.',
  },
  refresh_repeated_often: {
    code: 'invalid_grant',
    description: 'The refresh token was used before, and its answer was asked for too often.',
  },
  refresh_of_other_client: {
    code: 'invalid_grant',
    description: 'The refresh token was issued to another client.',
  },
  grant_revoked: { code: 'invalid_grant', description: 'The user has taken the access back.' },
  nothing_left: {
    code: 'invalid_grant',
    description:
      'Nothing of what was allowed is left: the user took it back, or the client lost it.',
  },
  code_terms_changed: {
    code: 'invalid_grant',
    description: 'The client was changed: it can no longer get a code in this way.',
  },
  user_gone: { code: 'invalid_grant', description: 'The user may no longer grant access.' },
  scope_unknown: { code: 'invalid_scope', description: 'This server has no scope {scopes}.' },
  scope_gone: {
    code: 'invalid_scope',
    description: 'This server offers none of these scopes any more: {scopes}.',
  },
  scope_not_registered: {
    code: 'invalid_scope',
    description:
      'The client is not registered for {scopes}. Its owner can add scopes on the page of the app.',
  },
  scope_not_granted: {
    code: 'invalid_scope',
    description: 'A refresh can only ask for scopes that were granted, not for {scopes}.',
  },
  scope_beyond_user: {
    code: 'invalid_scope',
    description: 'The user may not grant any of these scopes: {scopes}.',
  },
  scope_beyond_owner: {
    code: 'invalid_scope',
    description: 'The owner of the client may not hold any of these scopes: {scopes}.',
  },
  resource_unknown: { code: 'invalid_target', description: 'The resource is not of this server.' },
  resource_not_granted: {
    code: 'invalid_target',
    description: 'The resource is not among those that were granted.',
  },
  resource_of_repeat: {
    code: 'invalid_target',
    description:
      'The refresh token was just used for another resource; use the one that came with the answer.',
  },
  request_too_long: {
    code: 'invalid_request',
    description: 'The request is too long to be kept while the user signs in.',
  },
  response_type_missing: { code: 'invalid_request', description: 'The response_type is missing.' },
  response_type_unsupported: {
    code: 'unsupported_response_type',
    description: 'Only the response_type code is supported.',
  },
  response_mode_unsupported: {
    code: 'invalid_request',
    description: 'The response_mode must be query or form_post.',
  },
  challenge_missing: {
    code: 'invalid_request',
    description: 'This client must send a code_challenge (PKCE, RFC 7636).',
  },
  challenge_malformed: {
    code: 'invalid_request',
    description: 'The code_challenge must be 43 characters of base64url.',
  },
  challenge_method_unsupported: {
    code: 'invalid_request',
    description: 'The code_challenge_method must be S256.',
  },
  prompt_unsupported: {
    code: 'invalid_request',
    description: 'The prompt must be none alone, or login, consent and select_account.',
  },
  max_age_malformed: {
    code: 'invalid_request',
    description: 'The max_age must be a whole number of seconds.',
  },
  request_object: {
    code: 'request_not_supported',
    description: 'Request objects are not supported.',
  },
  request_uri: {
    code: 'request_uri_not_supported',
    description: 'The parameter request_uri is not supported.',
  },
  denied: { code: 'access_denied', description: 'The user did not allow it.' },
  login_needed: { code: 'login_required', description: 'The user must sign in.' },
  consent_needed: { code: 'consent_required', description: 'The user must be asked.' },
  interaction_needed: {
    code: 'interaction_required',
    description: 'The user must do something first.',
  },
} as const satisfies Record<string, Meaning>;

export type Reason = keyof typeof MEANINGS;

/** Names of parameters, ids of clients and families, `scopesFact`: safe to log, never secrets. */
export type ReasonFacts = Readonly<Record<string, string>>;

/** Ends a request of the protocol. Turned into an answer in one place per family of endpoints. */
export class OAuthError extends Error {
  override readonly name = 'OAuthError';
  readonly code: ErrorCode;
  readonly reason: Reason;
  readonly facts: ReasonFacts;

  constructor(reason: Reason, facts: ReasonFacts = {}) {
    super(
      MEANINGS[reason].description.replace(/\{(\w+)\}/, (_all, name: string) => facts[name] ?? ''),
    );
    this.code = MEANINGS[reason].code;
    this.reason = reason;
    this.facts = facts;
  }
}
