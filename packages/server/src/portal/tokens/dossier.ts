/** Everything that is known of one token, read at once. */
import type { Event } from '../../audit/event.ts';
import type { Lineage } from '../../developer-tokens/ports.ts';
import type { DeveloperToken, TokenAddress, TokenUse } from '../../developer-tokens/types.ts';
import { dayOf } from '../../developer-tokens/usage.ts';
import type { PortalContext } from '../portal-context.ts';
import { ceilingOf } from './own.ts';

export const CHART_DAYS = 30;
const MOST_ADDRESSES = 20;
const MOST_EVENTS = 50;

export interface TokenDossier {
  readonly token: DeveloperToken;
  readonly now: number;
  /** What the owner's role may hold now. */
  readonly ceiling: ReadonlySet<string>;
  /** `null` when the owner is no longer a member. */
  readonly accountName: string | null;
  readonly uses: readonly TokenUse[];
  readonly addresses: readonly TokenAddress[];
  readonly events: readonly Event[];
  readonly successor: DeveloperToken | null;
  readonly predecessor: DeveloperToken | null;
  readonly maker: DeveloperToken | null;
  /** What lives of what it made, and the tokens before it. */
  readonly lineage: Lineage;
}

export async function gather(context: PortalContext, token: DeveloperToken): Promise<TokenDossier> {
  const { tokens, usage, events, accounts } = context.tokens.reads;
  const now = context.clock();
  const byId = (id: string | null): Promise<DeveloperToken | null> =>
    id === null ? Promise.resolve(null) : tokens.byId(id);
  const [account, uses, addresses, history, successor, predecessor, maker, lineage] =
    await Promise.all([
      accounts.ofMember(token.accountId, token.userId),
      usage.uses(token.id, dayOf(now) - CHART_DAYS + 1),
      usage.addresses(token.id, MOST_ADDRESSES),
      events.list({ resourceId: token.id }, { page: 1, pageSize: MOST_EVENTS }),
      byId(token.replacedById),
      byId(token.replacesId),
      byId(token.madeById),
      tokens.lineage(token.id, now),
    ]);
  return {
    token,
    now,
    ceiling: ceilingOf(context, account),
    accountName: account?.displayName ?? null,
    uses,
    addresses,
    events: history.items,
    successor,
    predecessor,
    maker,
    lineage,
  };
}
