/** Apps, grants and codes made by the modules themselves, for tests that are about something else. */
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type { User } from '../../src/identity/types.ts';
import type { AppForm } from '../../src/apps/form.ts';
import type { App } from '../../src/apps/types.ts';
import type { Modules } from '../../src/compose/modules.ts';
import { BLANK_FORM } from '../../src/oauth/clients/fields.ts';
import type { Client, ClientType } from '../../src/oauth/vocabulary.ts';
import type { ResourceIds } from '../../src/catalogue/resources.ts';
import { ONLY_FIRST } from './first-resource.ts';

export const CALLBACK = 'https://app.example.com/callback';

export const FORM: AppForm = {
  ...BLANK_FORM,
  name: 'Cutting Room',
  description: 'Cuts films',
  homepageUrl: 'https://app.example.com',
  redirectUris: [CALLBACK],
  scopes: ['account.read', 'asset.read', 'asset.create', 'offline'],
};

const originOf = (user: User) =>
  ({ source: 'portal', client: 'web/test', address: '127.0.0.1', actorId: user.id }) as const;

export interface Registered {
  readonly app: App;
  /** Empty for a public app. */
  readonly secret: string;
}

export async function registerApp(
  modules: Modules,
  user: User,
  given: Partial<AppForm> & { readonly type?: ClientType } = {},
): Promise<Registered> {
  const { type = 'web', ...form } = given;
  const isService = type === 'service';
  const base = isService
    ? { ...FORM, redirectUris: [], scopes: ['account.read', 'asset.read'] }
    : FORM;
  const outcome = await modules.authorization.apps.register(
    { type, form: { ...base, ...form }, accountId: user.accountId, creationKey: randomUUID() },
    { user, origin: originOf(user), isOperator: false, ceiling: null },
  );
  if (outcome.outcome !== 'registered') throw new Error(JSON.stringify(outcome));
  return { app: outcome.app, secret: outcome.secret ?? '' };
}

export interface Pkce {
  readonly verifier: string;
  readonly challenge: string;
}

export function newPkce(): Pkce {
  const verifier = randomBytes(32).toString('base64url');
  return { verifier, challenge: createHash('sha256').update(verifier).digest('base64url') };
}

export interface Approval {
  readonly scopes?: readonly string[];
  readonly resources?: ResourceIds;
  readonly redirectUri?: string;
  readonly challenge?: string | null;
  /** Offered, and left out. */
  readonly declined?: readonly string[];
}

/** An authorization request as it was read and found right. */
export const requestBy = (
  client: Client,
  {
    scopes,
    resources = ONLY_FIRST,
    redirectUri = CALLBACK,
    challenge = null,
  }: Pick<Approval, 'redirectUri' | 'challenge' | 'resources'> & {
    readonly scopes: readonly string[];
  },
) =>
  ({
    client,
    redirectUri,
    isRedirectUriSent: true,
    state: null,
    responseMode: 'query',
    scopes,
    resources,
    codeChallenge: challenge,
    prompts: new Set<never>(),
    maxAge: null,
    loginHint: null,
  }) as const;

/** The code that a user's consent would have sent to the app. */
export async function approve(
  modules: Modules,
  { user, app }: { user: User; app: App },
  { scopes = app.scopes, declined = [], ...asked }: Approval = {},
): Promise<string> {
  const registered = await modules.storage.clients.byId(app.id);
  if (registered === null) throw new Error('no such client');
  const request = requestBy(registered.client, { scopes, ...asked });
  const choice = { granted: scopes, declined };
  const approval = { request, accountId: user.accountId, choice, isSilent: false };
  const origin = originOf(user);
  const approved = await modules.authorization.answers.approve(approval, { user, origin });
  if (approved?.outcome !== 'approved') throw new Error('nothing could be given');
  return approved.code;
}

export interface TokenAnswer {
  readonly status: number;
  readonly headers: Headers;
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly json: any;
}

export interface Basic {
  readonly id: string;
  readonly secret: string;
}

export const basicOf = ({ id, secret }: Basic): string =>
  `Basic ${Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`).toString('base64')}`;

/** POSTs a form to one of the OAuth endpoints. */
export async function postForm(
  url: string,
  fields: Readonly<Record<string, string>> | URLSearchParams,
  basic?: Basic,
): Promise<TokenAnswer> {
  const response = await fetch(url, {
    method: 'POST',
    headers: basic === undefined ? {} : { authorization: basicOf(basic) },
    body: new URLSearchParams(fields),
  });
  const text = await response.text();
  const json: unknown = text === '' ? null : JSON.parse(text);
  return { status: response.status, headers: response.headers, json };
}

/** An access token (and, with `offline`, a refresh token) by the whole way over HTTP. */
export async function exchange(
  place: { base: string; modules: Modules },
  { user, registered }: { user: User; registered: Registered },
  approval: Approval = {},
): Promise<TokenAnswer> {
  const code = await approve(place.modules, { user, app: registered.app }, approval);
  return postForm(
    `${place.base}/oauth2/token`,
    { grant_type: 'authorization_code', code, redirect_uri: approval.redirectUri ?? CALLBACK },
    { id: registered.app.id, secret: registered.secret },
  );
}

interface Place {
  readonly base: string;
  readonly modules: Modules;
  user(email: string): Promise<User>;
}

/** An app that acts for somebody new, and its access token. */
export async function appToken(
  place: Place,
): Promise<{ value: string; refresh: string; grantId: string; user: User; app: App }> {
  const user = await place.user(`${randomUUID()}@example.com`);
  const registered = await registerApp(place.modules, user);
  const { json } = await exchange(place, { user, registered });
  const key = { userId: user.id, clientId: registered.app.id, accountId: user.accountId };
  const grant = await place.modules.storage.grants.find(key);
  if (grant === null) throw new Error('no grant was made');
  const { access_token: value, refresh_token: refresh } = json;
  return { value, refresh, grantId: grant.id, user, app: registered.app };
}

/** An app that acts as itself, and its access token. */
export async function serviceToken(place: Place): Promise<{ value: string; user: User; app: App }> {
  const user = await place.user(`${randomUUID()}@example.com`);
  const { app, secret } = await registerApp(place.modules, user, { type: 'service' });
  const form = { grant_type: 'client_credentials' };
  const { json } = await postForm(`${place.base}/oauth2/token`, form, { id: app.id, secret });
  return { value: json.access_token, user, app };
}
