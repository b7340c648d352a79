/** Changes to a token that exists. Scopes only ever narrow, an end only ever comes nearer, and final states stay final. */
import { joinScopes } from '../oauth/scope.ts';
import { announce, faultOfLife, mintToken } from './create.ts';
import {
  faultOfDescription,
  findOwn,
  tokenEvent,
  type Actor,
  type Conflict,
  type InvalidToken,
  type NotFound,
  type TokenContext,
} from './context.ts';
import type { TokenStores } from './ports.ts';
import { stateOf, type DeveloperToken } from './types.ts';

type Changed = { readonly outcome: 'changed'; readonly token: DeveloperToken };

const NOT_FOUND: NotFound = { outcome: 'not-found' };

export interface TokenChanges {
  readonly id: string;
  readonly description?: string;
  /** A part of the scopes that the token holds. */
  readonly scopes?: readonly string[];
}

/** Renames and narrows. */
export async function changeToken(
  context: TokenContext,
  changes: TokenChanges,
  actor: Actor,
): Promise<Changed | InvalidToken | Conflict | NotFound> {
  const token = await findOwn(context, actor, changes.id);
  if (token === null) return NOT_FOUND;
  const errors = faultsOfChanges(token, changes);
  if (Object.keys(errors).length > 0) return { outcome: 'invalid', errors };
  const isLive = !['revoked', 'exposed', 'expired'].includes(stateOf(token, context.clock()));
  if (changes.scopes !== undefined && !isLive) return over(token, context);
  const isChanged = await context.storage.transaction((stores) =>
    applyChanges(context, stores, { token, changes, actor }),
  );
  if (!isChanged)
    return { outcome: 'conflict', message: 'The token was changed at the same time. Look again.' };
  context.onTokenChanged(token.id);
  return reread(context, token);
}

function faultsOfChanges(token: DeveloperToken, changes: TokenChanges): Record<string, string> {
  const errors: Record<string, string> = {};
  const fault = changes.description === undefined ? null : faultOfDescription(changes.description);
  if (fault !== null) errors['description'] = fault;
  const wider = changes.scopes?.filter((scope) => !token.scopes.includes(scope)) ?? [];
  if (wider.length > 0)
    errors['scope'] =
      `A token's scopes can only be narrowed. Make a new token for ${wider.join(', ')}.`;
  if (changes.scopes?.length === 0)
    errors['scope'] = 'Keep at least one scope, or revoke the token.';
  return errors;
}

async function applyChanges(
  context: TokenContext,
  stores: TokenStores,
  { token, changes, actor }: { token: DeveloperToken; changes: TokenChanges; actor: Actor },
): Promise<boolean> {
  const at = context.clock();
  const details: Record<string, string> = {};
  if (changes.description !== undefined && changes.description.trim() !== token.description) {
    details['description_before'] = token.description;
    await stores.tokens.setDescription(token.id, changes.description.trim(), at);
  }
  if (changes.scopes !== undefined && changes.scopes.length < token.scopes.length) {
    const to = token.scopes.filter((scope) => changes.scopes?.includes(scope));
    details['scopes_before'] = joinScopes(token.scopes);
    details['scopes'] = joinScopes(to);
    if (!(await stores.tokens.setScopes(token.id, { from: token.scopes, to }, at))) return false;
  }
  if (Object.keys(details).length > 0) {
    await stores.events.append(tokenEvent(token, 'user_token_updated', { actor, at, details }));
  }
  return true;
}

const SWITCHES = {
  disable: 'user_token_disabled',
  enable: 'user_token_enabled',
  revoke: 'user_token_deleted',
} as const;

/** Disable and enable can be undone; revoke cannot. Asking for a state that is already so changes nothing. */
export async function switchToken(
  context: TokenContext,
  asked: { id: string; act: keyof typeof SWITCHES },
  actor: Actor,
): Promise<Changed | Conflict | NotFound> {
  const token = await findOwn(context, actor, asked.id);
  if (token === null) return NOT_FOUND;
  const isChanged = await context.storage.transaction((stores) =>
    switchOne(context, stores, { token, act: asked.act, actor }),
  );
  context.onTokenChanged(token.id);
  const isRefused = !isChanged && asked.act !== 'revoke' && token.revokedAt !== null;
  return isRefused ? over(token, context) : reread(context, token);
}

async function switchOne(
  context: TokenContext,
  stores: TokenStores,
  { token, act, actor }: { token: DeveloperToken; act: keyof typeof SWITCHES; actor: Actor },
): Promise<boolean> {
  const at = context.clock();
  const isChanged = await stores.tokens[act](token.id, at);
  if (isChanged) await stores.events.append(tokenEvent(token, SWITCHES[act], { actor, at }));
  return isChanged;
}

/** Revokes the tokens among `ids` that the actor owns; answers how many. All or nothing. */
export async function revokeMany(
  context: TokenContext,
  ids: readonly string[],
  actor: Actor,
): Promise<number> {
  const found = await Promise.all([...new Set(ids)].map((id) => findOwn(context, actor, id)));
  const own = found.filter((token) => token !== null);
  const count = await context.storage.transaction(async (stores) => {
    let revoked = 0;
    for (const token of own) {
      if (await switchOne(context, stores, { token, act: 'revoke', actor })) revoked += 1;
    }
    return revoked;
  });
  for (const token of own) context.onTokenChanged(token.id);
  return count;
}

/** An operator or the command line ends somebody's token; the owner is told by e-mail. */
export async function revokeForOwner(
  context: TokenContext,
  asked: { id: string; by: string },
  actor: Pick<Actor, 'origin'>,
): Promise<Changed | NotFound> {
  const token = await context.storage.tokens.byId(asked.id);
  const user = token === null ? null : await context.storage.users.byId(token.userId);
  if (token === null || user === null) return NOT_FOUND;
  const owner: Actor = { user, origin: actor.origin, ceiling: null };
  await context.storage.transaction(async (stores) => {
    const at = context.clock();
    if (!(await switchOne(context, stores, { token, act: 'revoke', actor: owner }))) return;
    const { id: tokenId, description } = token;
    const { email: to, name } = user;
    await stores.outbox.enqueue({
      kind: 'token-revoked',
      to,
      name,
      tokenId,
      description,
      by: asked.by,
      at,
    });
  });
  context.onTokenChanged(token.id);
  context.onMail();
  return reread(context, token);
}

/** How long the old token goes on after a rotation, in seconds. */
export const OVERLAPS = [0, 3600, 86_400, 604_800] as const;

export type RotateOutcome =
  | {
      readonly outcome: 'rotated';
      readonly token: DeveloperToken;
      readonly value: string;
      readonly old: DeveloperToken;
    }
  | { readonly outcome: 'already-rotated'; readonly token: DeveloperToken }
  | InvalidToken
  | Conflict
  | NotFound;

/** A successor with the same description, scopes and length of life; the old token ends after the overlap. */
export async function rotateToken(
  context: TokenContext,
  asked: { id: string; overlapSeconds: number; creationKey: string },
  actor: Actor,
): Promise<RotateOutcome> {
  const old = await findOwn(context, actor, asked.id);
  if (old === null) return NOT_FOUND;
  if (!OVERLAPS.some((overlap) => overlap === asked.overlapSeconds)) {
    return { outcome: 'invalid', errors: { overlap: 'Choose one of the offered times.' } };
  }
  const lifeSeconds = old.expiresAt === null ? null : old.expiresAt - old.createdAt;
  // A token may replace itself by one that lives as long as it was given; any other successor stays within the caller's end.
  const isOwnSuccessor = actor.ceiling?.tokenId === old.id;
  const fault = faultOfLife(
    context,
    lifeSeconds,
    isOwnSuccessor ? { ...actor, ceiling: null } : actor,
  );
  if (fault !== null) return { outcome: 'invalid', errors: { expires_in: fault } };
  const outcome = await context.storage.transaction((stores) =>
    replace(context, stores, { old, asked, actor, lifeSeconds }),
  );
  context.onTokenChanged(old.id);
  if (outcome.outcome === 'rotated') context.onMail();
  return outcome;
}

interface Replacement {
  readonly old: DeveloperToken;
  readonly asked: { readonly overlapSeconds: number; readonly creationKey: string };
  readonly actor: Actor;
  readonly lifeSeconds: number | null;
}

async function replace(
  context: TokenContext,
  stores: TokenStores,
  replacement: Replacement,
): Promise<RotateOutcome> {
  const { old, asked, actor, lifeSeconds } = replacement;
  await stores.users.lock(old.userId);
  const earlier = await stores.tokens.byCreationKey(old.userId, asked.creationKey);
  if (earlier !== null) return { outcome: 'already-rotated', token: earlier };
  // Read again under the lock: the scopes may have been narrowed, or the token revoked, since it was found.
  const current = (await stores.tokens.byId(old.id)) ?? old;
  const { description, scopes, accountId } = current;
  const form = { description, scopes, lifeSeconds, accountId, creationKey: asked.creationKey };
  const { token, value } = mintToken(context, form, old.userId);
  const successor = { ...token, replacesId: old.id };
  const at = context.clock();
  await stores.tokens.insert(successor);
  const isReplaced = await stores.tokens.replace(
    old.id,
    { id: token.id, expiresAt: at + asked.overlapSeconds },
    at,
  );
  if (!isReplaced) throw new RotationRefused();
  const details = { successor: token.id, overlap_seconds: asked.overlapSeconds };
  await stores.events.append(tokenEvent(old, 'user_token_rotated', { actor, at, details }));
  await announce(stores, { token: successor, actor });
  return { outcome: 'rotated', token: successor, value, old: current };
}

/** Rolls the rotation back: the token was revoked, expired or replaced in the meantime. */
export class RotationRefused extends Error {
  constructor() {
    super('only a live token that was not replaced before can be rotated');
  }
}

function over(token: DeveloperToken, context: TokenContext): Conflict {
  return {
    outcome: 'conflict',
    message: `The token is ${stateOf(token, context.clock())}; that cannot be undone.`,
  };
}

async function reread(context: TokenContext, token: DeveloperToken): Promise<Changed> {
  return { outcome: 'changed', token: (await context.storage.tokens.byId(token.id)) ?? token };
}
