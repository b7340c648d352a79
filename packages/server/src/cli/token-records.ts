/** Developer tokens as the command line shows them: the API's record with the owner's address. Never a secret. */
import { showToken } from '../api/v2/schemas/token.ts';
import { stateOf, type DeveloperToken } from '../developer-tokens/types.ts';
import type { CommandContext } from '../compose/contexts.ts';
import type { Row } from './table.ts';

interface OwnedToken {
  readonly token: DeveloperToken;
  readonly email: string;
}

export async function withOwners(
  modules: CommandContext,
  tokens: readonly DeveloperToken[],
): Promise<readonly OwnedToken[]> {
  const { users } = modules.accounts.reads;
  const owners = await users.byIds(tokens.map(({ userId }) => userId));
  return tokens.map((token) => ({ token, email: owners.get(token.userId)?.email ?? '' }));
}

export function tokenRecord({ token, email }: OwnedToken, now: number) {
  const { _type: _, ...record } = showToken(token, now);
  return { ...record, user_email: email };
}

export const tokenRow = ({ token, email }: OwnedToken, now: number): Row => ({
  ID: token.id,
  STATE: stateOf(token, now),
  USER: email,
  SCOPES: String(token.scopes.length),
  EXPIRES: token.expiresAt === null ? 'never' : day(token.expiresAt),
  'LAST USED': token.lastUsedAt === null ? 'never' : day(token.lastUsedAt),
  DESCRIPTION: token.description,
});

const day = (at: number): string => new Date(at * 1000).toISOString().slice(0, 10);
