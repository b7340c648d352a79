/** What every act on developer tokens is given, and the rules that each of them keeps. */
import type { Event, EventType, Origin } from '../audit/event.ts';
import type { User } from '../identity/types.ts';
import type { Clock } from '../kit/clock.ts';
import { faultOfText } from '../kit/stranger-text.ts';
import { newOrderedId } from '../kit/ids.ts';
import type { PageOf, PageRequest } from '../kit/page.ts';
import type { RandomBytes } from '../kit/random.ts';
import type { Catalogues } from '../catalogue/catalogues.ts';
import type { TokenStorage } from './ports.ts';
import type { DeveloperToken } from './types.ts';

export interface TokenPolicy {
  /** Longest life in days; `null`: no bound. */
  readonly longestLifeDays: number | null;
  readonly allowNever: boolean;
  readonly mostPerUser: number;
}

export interface TokenContext {
  readonly storage: TokenStorage;
  readonly clock: Clock;
  readonly randomBytes: RandomBytes;
  readonly brand: string;
  readonly catalogues: Catalogues;
  readonly policy: TokenPolicy;
  /** A job left a token out, because something about it alone failed. */
  readonly onDropped: (batch: 'shorten-lives' | 'send-expiry-notices', tokenId: string) => void;
  /** Called after a message was committed to the outbox. */
  readonly onMail: () => void;
}

/** Who acts. `ceiling` is set when a token acts: nothing it makes or changes may exceed it. */
export interface Actor {
  readonly user: User;
  readonly origin: Origin;
  readonly ceiling: TokenCeiling | null;
}

export interface TokenCeiling {
  readonly tokenId: string;
  readonly accountId: string;
  readonly scopes: readonly string[];
  readonly expiresAt: number | null;
}

export type Changed = { readonly outcome: 'changed'; readonly token: DeveloperToken };
export type NotFound = { readonly outcome: 'not-found' };
export const NOT_FOUND: NotFound = { outcome: 'not-found' };
/** Field name (`description`, `scope`, `expires_in`, …) to what is wrong with it. */
export type InvalidToken = {
  readonly outcome: 'invalid';
  readonly errors: Readonly<Record<string, string>>;
};
/** The token's state does not allow the act. */
export type Conflict = { readonly outcome: 'conflict'; readonly message: string };

export function faultOfDescription(description: string): string | null {
  const text = description.trim();
  return text === '' ? 'Say what the token is for.' : faultOfText('token description', text);
}

/**
 * A token that the actor may look at or change. People reach their own; a token reaches those of its user in its
 * account whose scopes it covers, so that it never learns of or touches anything wider than itself.
 */
export async function findOwn(
  context: TokenContext,
  actor: Actor,
  id: string,
): Promise<DeveloperToken | null> {
  const token = await context.storage.tokens.byId(id);
  if (token === null || token.userId !== actor.user.id) return null;
  return isWithin(token, actor.ceiling) ? token : null;
}

export function isWithin(token: DeveloperToken, ceiling: TokenCeiling | null): boolean {
  if (ceiling === null || token.id === ceiling.tokenId) return true;
  return token.accountId === ceiling.accountId && coversScopes(ceiling, token.scopes);
}

type Scopes = readonly string[];

const coversScopes = (ceiling: TokenCeiling, scopes: Scopes): boolean =>
  scopes.every((scope) => ceiling.scopes.includes(scope));

/** Tokens that the actor may look at, newest first. */
export function listOwn(
  { storage }: TokenContext,
  { user, ceiling }: Actor,
  page: PageRequest,
): Promise<PageOf<DeveloperToken>> {
  if (ceiling === null) return storage.tokens.list({ userId: user.id }, page);
  const { accountId, tokenId } = ceiling;
  const within = { accountId, tokenId, covers: (scopes: Scopes) => coversScopes(ceiling, scopes) };
  return storage.tokens.list({ userId: user.id, within }, page);
}

/** The token as it is after a change. */
export async function reread(context: TokenContext, token: DeveloperToken): Promise<Changed> {
  return { outcome: 'changed', token: (await context.storage.tokens.byId(token.id)) ?? token };
}

export const tokenEvent = (
  token: DeveloperToken,
  type: EventType,
  happening: { actor: Actor; at: number; details?: Event['details'] },
): Event => ({
  id: newOrderedId(),
  accountId: token.accountId,
  userId: token.userId,
  actorId: happening.actor.origin.actorId,
  type,
  details: { description: token.description, ...happening.details },
  resourceId: token.id,
  resourceType: 'user_token',
  source: happening.actor.origin.source,
  client: happening.actor.origin.client,
  address: happening.actor.origin.address,
  createdAt: happening.at,
});
