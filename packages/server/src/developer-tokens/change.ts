/** Changes to a token that exists. Scopes only ever narrow, an end only ever comes nearer, and final states stay final. */
import { urgentIf } from '../kit/urgency.ts';
import { joinScopes } from '../catalogue/catalogue.ts';
import {
  faultOfDescription,
  findOwn,
  NOT_FOUND,
  reread,
  tokenEvent,
  type Actor,
  type Changed,
  type Conflict,
  type InvalidToken,
  type NotFound,
  type TokenContext,
} from './context.ts';
import { revokeToken } from './revoke.ts';
import type { TokenStores } from './ports.ts';
import { isFinal, stateOf, type DeveloperToken } from './types.ts';

export interface TokenChanges {
  readonly id: string;
  readonly description?: string;
  /** A part of the scopes that the token holds. */
  readonly scopes?: readonly string[];
}

/** Renames and narrows. */
export async function changeToken(
  context: TokenContext,
  asked: TokenChanges,
  actor: Actor,
): Promise<Changed | InvalidToken | Conflict | NotFound> {
  const changes = inPresentNames(context, asked);
  const token = await findOwn(context, actor, changes.id);
  if (token === null) return NOT_FOUND;
  const errors = faultsOfChanges(token, changes);
  if (Object.keys(errors).length > 0) return { outcome: 'invalid', errors };
  if (changes.scopes !== undefined && isFinal(stateOf(token, context.clock()))) {
    return over(token, context);
  }
  const isChanged = await context.storage.transaction(
    (stores) => applyChanges(context, stores, { token, changes, actor }),
    urgentIf(changes.scopes !== undefined),
  );
  if (!isChanged)
    return { outcome: 'conflict', message: 'The token was changed at the same time. Look again.' };
  return reread(context, token);
}

const inPresentNames = ({ catalogues }: TokenContext, asked: TokenChanges): TokenChanges =>
  asked.scopes === undefined
    ? asked
    : { ...asked, scopes: catalogues.current().formerNames.currentOf(asked.scopes) };

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
  // What the token is making at this moment is made before, or with the narrowed scopes.
  await stores.users.lock(token.userId);
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

const SWITCHES = { disable: 'user_token_disabled', enable: 'user_token_enabled' } as const;

/** Disable and enable can be undone; revoke cannot. Asking for a state that is already so changes nothing. */
export async function switchToken(
  context: TokenContext,
  asked: { id: string; act: keyof typeof SWITCHES | 'revoke'; withReplaced?: boolean },
  actor: Actor,
): Promise<Changed | Conflict | NotFound> {
  const { id, act } = asked;
  if (act === 'revoke') return revokeToken(context, asked, actor);
  const token = await findOwn(context, actor, id);
  if (token === null) return NOT_FOUND;
  await context.storage.transaction(
    async (stores) => {
      const at = context.clock();
      if (!(await stores.tokens[act](id, at))) return;
      await stores.events.append(tokenEvent(token, SWITCHES[act], { actor, at }));
    },
    urgentIf(act === 'disable'),
  );
  const changed = await reread(context, token);
  const isOver = isFinal(stateOf(changed.token, context.clock()));
  return isOver ? over(changed.token, context) : changed;
}

function over(token: DeveloperToken, context: TokenContext): Conflict {
  return {
    outcome: 'conflict',
    message: `The token is ${stateOf(token, context.clock())}; that cannot be undone.`,
  };
}
