/** Replacing a token by a new one without a gap: both work until the old one ends. */
import {
  findOwn,
  NOT_FOUND,
  tokenEvent,
  type Actor,
  type Conflict,
  type InvalidToken,
  type NotFound,
  type TokenContext,
} from './context.ts';
import { announce, assertMaker, faultOfLife, mintToken, refuseAnotherToday } from './create.ts';
import type { MadeEnough } from '../limits/day-limit.ts';
import type { TokenStores } from './ports.ts';
import type { DeveloperToken } from './types.ts';

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
  /** The old one would live on beside it. */
  | { readonly outcome: 'too-many'; readonly most: number }
  | MadeEnough
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
  const at = context.clock();
  // Read again under the lock: the scopes may have been narrowed, or the token revoked, since it was found.
  const current = (await stores.tokens.byId(old.id)) ?? old;
  const { description, scopes, resources, accountId } = current;
  await assertMaker(stores, { actor, scopes, at });
  const { creationKey } = asked;
  const form = { description, scopes, resources, lifeSeconds, accountId, creationKey };
  // A token that rotates learns the new secret, so it is the maker; after a person's rotation the maker stays the same.
  const owner = { userId: old.userId, madeById: actor.ceiling?.tokenId ?? current.madeById };
  const { token, value } = mintToken(context, form, owner);
  // Without an overlap the new one takes the place of the old.
  const most = context.policy.mostPerUser;
  const live = asked.overlapSeconds === 0 ? 0 : await stores.tokens.countLive(old.userId, at);
  if (live >= most) return { outcome: 'too-many', most };
  const enough = await refuseAnotherToday(context, stores, { token, actor });
  if (enough !== null) return enough;
  const successor = { ...token, replacesId: old.id };
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
