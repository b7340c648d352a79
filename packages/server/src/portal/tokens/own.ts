/** What every token page starts from: who acts, and a token that is theirs. */
import type { AccountOfMember } from '../../identity/types.ts';
import type { Actor } from '../../developer-tokens/context.ts';
import { stateOf, type DeveloperToken } from '../../developer-tokens/types.ts';
import type { PortalContext } from '../portal-context.ts';
import { PageRefusal, type SignedInVisit } from '../visit.ts';

export const actorOf = ({ signedIn }: SignedInVisit): Actor => ({
  user: signedIn.user,
  origin: signedIn.origin,
  ceiling: null,
});

export const noSuchToken = (): PageRefusal =>
  new PageRefusal(404, 'There is no such token among yours.');

/** Somebody else's token is as absent as one that never was. */
export async function ownToken(
  context: PortalContext,
  visit: SignedInVisit,
): Promise<DeveloperToken> {
  const token = await context.tokens.find(actorOf(visit), visit.params['id'] ?? '');
  if (token === null) throw noSuchToken();
  return token;
}

export const isLive = (token: DeveloperToken, now: number): boolean =>
  ['active', 'expiring', 'disabled'].includes(stateOf(token, now));

const MOST_ACCOUNTS = 100;

/** The accounts that a token can be made for, own account first. */
export async function accountsOf(
  context: PortalContext,
  visit: SignedInVisit,
): Promise<readonly AccountOfMember[]> {
  const request = { page: 1, pageSize: MOST_ACCOUNTS };
  const userId = visit.signedIn.user.id;
  return (await context.accounts.reads.accounts.ofUser(userId, request)).items;
}

/** What the role in an account may hold; nothing without one. */
export const ceilingOf = (
  context: PortalContext,
  account: AccountOfMember | null | undefined,
): ReadonlySet<string> => context.catalogues.current().heldBy(account?.role ?? null);
