/**
 * The end of a token for good, and of everything that it made: whoever held a leaked token must not go on with another
 * that it minted. One transaction ends them all.
 */
import { URGENT } from '../kit/urgency.ts';
import {
  findOwn,
  NOT_FOUND,
  reread,
  tokenEvent,
  type Actor,
  type Changed,
  type NotFound,
  type TokenContext,
} from './context.ts';
import type { EndedSecret, TokenStores } from './ports.ts';
import type { DeveloperToken } from './types.ts';

const ACTS = { revoke: 'user_token_deleted', expose: 'user_token_exposed' } as const;
const NOTICES = { revoke: 'token-revoked', expose: 'token-exposed' } as const;

interface Ending {
  readonly token: DeveloperToken;
  readonly act: keyof typeof ACTS;
  /** Ends the tokens before it in its rotations too, whose overlap goes on. */
  readonly withReplaced: boolean;
  readonly actor: Actor;
}

/** Revokes a token; once more changes nothing, unless something that it made lives. */
export async function revokeToken(
  context: TokenContext,
  { id, withReplaced = false }: { id: string; withReplaced?: boolean },
  actor: Actor,
): Promise<Changed | NotFound> {
  const token = await findOwn(context, actor, id);
  if (token === null) return NOT_FOUND;
  await context.storage.transaction(
    (stores) => end(context, stores, { token, act: 'revoke', withReplaced, actor }),
    URGENT,
  );
  return reread(context, token);
}

interface Ended {
  /** The token itself first, if it was still live. */
  readonly tokens: readonly DeveloperToken[];
  /** Of apps, made by any of them. */
  readonly secrets: readonly EndedSecret[];
  /** The tokens before it, if they were to end too. */
  readonly replaced: readonly DeveloperToken[];
}

async function end(
  context: TokenContext,
  stores: TokenStores,
  { token, act, withReplaced, actor }: Ending,
): Promise<Ended> {
  const at = context.clock();
  // Makings take the same lock: nothing is made between the look at what the token made and its end.
  await stores.users.lock(token.userId);
  const isEnded = await stores.tokens[act](token.id, at);
  if (isEnded) await stores.events.append(tokenEvent(token, ACTS[act], { actor, at }));
  const made = await stores.tokens.revokeMadeBy(token.id, at);
  const replaced = withReplaced ? await stores.tokens.revokeReplaced(token.id, at) : [];
  const details = { revoked_with: token.id };
  for (const other of [...made, ...replaced]) {
    await stores.events.append(tokenEvent(other, ACTS.revoke, { actor, at, details }));
  }
  const secrets = await endSecrets(stores, { token, actor, at });
  return { tokens: isEnded ? [token, ...made] : made, secrets, replaced };
}

/** The apps stay, and can be given other secrets by a person. */
async function endSecrets(
  stores: TokenStores,
  { token, actor, at }: Pick<Ending, 'token' | 'actor'> & { readonly at: number },
): Promise<readonly EndedSecret[]> {
  const secrets = await stores.tokens.revokeSecretsMadeBy(token.id, at);
  for (const { id, appId, appName } of secrets) {
    const details = { name: appName, secret: id, revoked_with: token.id };
    const event = tokenEvent(token, 'oauth_secret_revoked', { actor, at, details });
    await stores.events.append({ ...event, resourceId: appId, resourceType: 'oauth_app' });
  }
  return secrets;
}

/** Revokes the tokens among `ids` that the actor owns; answers how many ended, with those that they made. All or nothing. */
export async function revokeMany(
  context: TokenContext,
  ids: readonly string[],
  actor: Actor,
): Promise<number> {
  const found = await Promise.all([...new Set(ids)].map((id) => findOwn(context, actor, id)));
  const own = found.filter((token) => token !== null);
  const ended = await context.storage.transaction(async (stores) => {
    const all: Ended[] = [];
    for (const token of own)
      all.push(await end(context, stores, { token, act: 'revoke', withReplaced: false, actor }));
    return all;
  }, URGENT);
  return ended.flatMap(({ tokens }) => tokens).length;
}

interface ForOwner {
  readonly id: string;
  /** Who, as the owner's e-mail names them. */
  readonly by: string;
  readonly withReplaced?: boolean;
}

/** What came of ending somebody's token. */
export interface EndedForOwner extends Changed {
  /** How many tokens and client secrets that it, or one before it, had made ended with it. */
  readonly made: { readonly tokens: number; readonly secrets: number };
  /** The tokens before it in its rotations that go on until their overlap ends. */
  readonly replaced: readonly DeveloperToken[];
}

type Outsider = Pick<Actor, 'origin'>;

/** An operator or the command line ends somebody's token; the owner is told by e-mail. */
export const revokeForOwner = (context: TokenContext, asked: ForOwner, actor: Outsider) =>
  endForOwner(context, { ...asked, act: 'revoke' }, actor);

/** The same for a token that was found in public: its holder is told so from then on. */
export const exposeForOwner = (context: TokenContext, asked: ForOwner, actor: Outsider) =>
  endForOwner(context, { ...asked, act: 'expose' }, actor);

async function endForOwner(
  context: TokenContext,
  asked: ForOwner & Pick<Ending, 'act'>,
  actor: Outsider,
): Promise<EndedForOwner | NotFound> {
  const token = await context.storage.tokens.byId(asked.id);
  const user = token === null ? null : await context.storage.users.byId(token.userId);
  if (token === null || user === null) return NOT_FOUND;
  const ending: Ending = {
    token,
    act: asked.act,
    withReplaced: asked.withReplaced ?? false,
    actor: { user, origin: actor.origin, ceiling: null },
  };
  const ended = await context.storage.transaction(async (stores) => {
    const all = await end(context, stores, ending);
    if (all.tokens.length > 0)
      await tell(stores, { ...ending, by: asked.by, ended: all.tokens, at: context.clock() });
    return all;
  }, URGENT);
  context.onMail();
  const { replaced } = await context.storage.tokens.lineage(token.id, context.clock());
  const tokens = ended.tokens.filter(({ id }) => id !== token.id).length;
  const made = { tokens, secrets: ended.secrets.length };
  return { ...(await reread(context, token)), made, replaced };
}

/** One message, however many tokens ended. */
function tell(
  stores: TokenStores,
  told: Ending & {
    readonly by: string;
    readonly ended: readonly DeveloperToken[];
    readonly at: number;
  },
): Promise<void> {
  const { token, act, actor, by, ended } = told;
  return stores.outbox.enqueue({
    kind: NOTICES[act],
    to: actor.user.email,
    name: actor.user.name,
    tokenId: token.id,
    description: token.description,
    by,
    madeByIt: ended.filter(({ id }) => id !== token.id).length,
    at: told.at,
  });
}
