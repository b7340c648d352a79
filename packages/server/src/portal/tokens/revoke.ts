import type { PortalContext } from '../portal-context.ts';
import { redirect, show, type SignedInController } from '../visit.ts';
import { isLive, ownToken } from './own.ts';
import { hasMade } from './made.ts';
import { revokePage } from './revoke-page.ts';

export const askToRevoke =
  (context: PortalContext): SignedInController =>
  async (visit) => {
    const token = await ownToken(context, visit);
    const now = context.clock();
    const lineage = await context.tokens.reads.tokens.lineage(token.id, now);
    // What a token made can outlive it, and is ended here as well.
    if (!isLive(token, now) && !hasMade(lineage)) return redirect(`/tokens/${token.id}`);
    return show(revokePage(context, visit, { token, now, lineage }));
  };
