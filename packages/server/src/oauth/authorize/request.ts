/**
 * The authorization request (RFC 6749 section 4.1.1), checked in order. First who asks and where the answer would go: until
 * both are known, nothing may be sent anywhere (section 4.1.2.1), and a page tells the person instead. From then on every
 * fault goes back to the client.
 */
import { isRegistered, mayLackChallenge } from './code-terms.ts';
import { OAuthError } from '../error.ts';
import { Parameters, type RawParameters } from '../parameters.ts';
import { isCodeChallenge } from '../pkce.ts';
import type { ClientStore } from '../ports.ts';
import { resourcesNamed } from '../resources.ts';
import { readScopes } from './requested-scopes.ts';
import type { ResourceIds } from '../../catalogue/resources.ts';
import type { Catalogues } from '../../catalogue/catalogues.ts';
import type { Client } from '../vocabulary.ts';
import { isResponseMode, type ResponseMode, type ResponseTarget } from './response.ts';

export const PROMPTS = ['none', 'login', 'consent', 'select_account'] as const;
export type Prompt = (typeof PROMPTS)[number];

export interface AuthorizationRequest extends ResponseTarget {
  readonly client: Client;
  readonly isRedirectUriSent: boolean;
  /** All that is asked for, in catalogue order. */
  readonly scopes: readonly string[];
  /** The APIs that the tokens will be for (RFC 8707). */
  readonly resources: ResourceIds;
  readonly codeChallenge: string | null;
  readonly prompts: ReadonlySet<Prompt>;
  /** Seconds since the user last signed in, at most (OpenID Connect Core section 3.1.2.1). */
  readonly maxAge: number | null;
  readonly loginHint: string | null;
}

/** What only a page may tell. */
export type PageProblem =
  | { readonly kind: 'client_missing' | 'client_unknown' | 'parameters_unreadable' }
  | { readonly kind: 'client_inactive' | 'client_has_no_page'; readonly client: Client }
  | { readonly kind: 'redirect_uri_missing'; readonly client: Client }
  | {
      readonly kind: 'redirect_uri_unregistered';
      readonly client: Client;
      readonly redirectUri: string;
    };

export type ReadRequest =
  | { readonly outcome: 'ready'; readonly request: AuthorizationRequest }
  | { readonly outcome: 'page'; readonly problem: PageProblem }
  | {
      readonly outcome: 'refuse';
      readonly client: Client;
      readonly target: ResponseTarget;
      readonly error: OAuthError;
    };

export interface AuthorizeContext {
  readonly clients: ClientStore;
  readonly catalogues: Catalogues;
}

export async function readAuthorizationRequest(
  context: AuthorizeContext,
  raw: RawParameters,
): Promise<ReadRequest> {
  const asker = await findAsker(context, raw);
  if ('kind' in asker) return { outcome: 'page', problem: asker };
  const { client, redirectUri, isRedirectUriSent } = asker;
  const target = { redirectUri, state: stateOf(raw), responseMode: 'query' } as const;
  try {
    const request = { ...readRest(context, raw, client), client, redirectUri, isRedirectUriSent };
    return { outcome: 'ready', request };
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error;
    return { outcome: 'refuse', client, target: { ...target, responseMode: modeOf(raw) }, error };
  }
}

interface Asker {
  readonly client: Client;
  readonly redirectUri: string;
  readonly isRedirectUriSent: boolean;
}

async function findAsker(
  { clients }: AuthorizeContext,
  raw: RawParameters,
): Promise<Asker | PageProblem> {
  const parameters = readOrNull(raw, ['client_id', 'redirect_uri']);
  if (parameters === null) return { kind: 'parameters_unreadable' };
  const clientId = parameters.get('client_id');
  if (clientId === null) return { kind: 'client_missing' };
  const client = (await clients.byId(clientId))?.client;
  if (client === undefined) return { kind: 'client_unknown' };
  if (!client.grantTypes.includes('authorization_code'))
    return { kind: 'client_has_no_page', client };
  const sent = parameters.get('redirect_uri');
  // Section 3.1.2.3: it may be left out while there is no choice.
  const redirectUri =
    sent ?? (client.redirectUris.length === 1 ? client.redirectUris[0] : undefined);
  if (redirectUri === undefined) return { kind: 'redirect_uri_missing', client };
  if (!isRegistered(client, redirectUri))
    return { kind: 'redirect_uri_unregistered', client, redirectUri };
  // After the redirect URI: its owner should learn of both at once.
  if (!client.isActive) return { kind: 'client_inactive', client };
  return { client, redirectUri, isRedirectUriSent: sent !== null };
}

const PARAMETERS: readonly string[] = [
  'response_type',
  'response_mode',
  'scope',
  'state',
  'code_challenge',
  'code_challenge_method',
  'prompt',
  'max_age',
  'login_hint',
  'request',
  'request_uri',
];

/** Section 3.1: a repeated parameter is a fault before any of its values means something. */
function readRest(
  { catalogues }: AuthorizeContext,
  raw: RawParameters,
  client: Client,
): Omit<AuthorizationRequest, 'client' | 'redirectUri' | 'isRedirectUriSent'> {
  const catalogue = catalogues.current();
  const parameters = Parameters.read(raw, PARAMETERS);
  const named = Parameters.readAll(raw, 'resource');
  refuseRequestObjects(parameters);
  assertResponseType(parameters);
  const responseMode = readResponseMode(parameters);
  const scopes = readScopes(parameters.get('scope'), { client, catalogue });
  const codeChallenge = readChallenge(parameters, client);
  const prompts = readPrompts(parameters);
  const maxAge = readMaxAge(parameters);
  const resources = resourcesNamed(catalogue, named) ?? catalogue.onlyFirst;
  const loginHint = parameters.get('login_hint')?.slice(0, MOST_HINTED) ?? null;
  return {
    state: parameters.get('state'),
    responseMode,
    scopes,
    resources,
    codeChallenge,
    prompts,
    maxAge,
    loginHint,
  };
}

/** RFC 5321 section 4.5.3.1.3. */
const MOST_HINTED = 254;

/** RFC 9101 section 6.3: what is not supported must not be passed over, because it may say something else. */
function refuseRequestObjects(parameters: Parameters): void {
  if (parameters.get('request') !== null) throw new OAuthError('request_object');
  if (parameters.get('request_uri') !== null) throw new OAuthError('request_uri');
}

function assertResponseType(parameters: Parameters): void {
  const type = parameters.get('response_type');
  if (type === null) throw new OAuthError('response_type_missing');
  if (type !== 'code') throw new OAuthError('response_type_unsupported');
}

function readResponseMode(parameters: Parameters): ResponseMode {
  const mode = parameters.get('response_mode') ?? 'query';
  if (!isResponseMode(mode)) throw new OAuthError('response_mode_unsupported');
  return mode;
}

/** RFC 7636 section 4.3, RFC 9700 section 2.1.1: public clients must, and what is sent is always honoured. */
function readChallenge(parameters: Parameters, client: Client): string | null {
  const challenge = parameters.get('code_challenge');
  const method = parameters.get('code_challenge_method');
  if (challenge === null) {
    if (!mayLackChallenge(client) || method !== null)
      throw new OAuthError('challenge_missing', { client: client.id });
    return null;
  }
  // Section 4.3: without a method it is "plain", which this server does not take.
  if (method !== 'S256')
    throw new OAuthError('challenge_method_unsupported', { client: client.id });
  if (!isCodeChallenge(challenge))
    throw new OAuthError('challenge_malformed', { client: client.id });
  return challenge;
}

const isPrompt = (text: string): text is Prompt => (PROMPTS as readonly string[]).includes(text);

/** OpenID Connect Core section 3.1.2.1. */
function readPrompts(parameters: Parameters): ReadonlySet<Prompt> {
  const names = (parameters.get('prompt') ?? '').split(' ').filter((name) => name !== '');
  const prompts = names.filter(isPrompt);
  const isAlone = !prompts.includes('none') || prompts.length === 1;
  if (prompts.length < names.length || !isAlone) throw new OAuthError('prompt_unsupported');
  return new Set(prompts);
}

function readMaxAge(parameters: Parameters): number | null {
  const text = parameters.get('max_age');
  if (text === null) return null;
  if (!/^\d{1,10}$/.test(text)) throw new OAuthError('max_age_malformed');
  return Number(text);
}

function readOrNull(raw: RawParameters, names: readonly string[]): Parameters | null {
  try {
    return Parameters.read(raw, names);
  } catch (error) {
    if (error instanceof OAuthError) return null;
    throw error;
  }
}

/** For the answer to a request with faults: given back when it was sent once and is text. */
const stateOf = (raw: RawParameters): string | null =>
  readOrNull(raw, ['state'])?.get('state') ?? null;

function modeOf(raw: RawParameters): ResponseMode {
  const mode = readOrNull(raw, ['response_mode'])?.get('response_mode') ?? 'query';
  return isResponseMode(mode) ? mode : 'query';
}
