import type { PortalContext } from '../portal-context.ts';
import { redirect, show, type SignedInController } from '../visit.ts';
import { isLive, ownToken } from './own.ts';
import { revokePage } from './revoke-page.ts';

export const askToRevoke =
  (context: PortalContext): SignedInController =>
  async (visit) => {
    const token = await ownToken(context, visit);
    const now = context.clock();
    const madeByIt = await context.tokens.records.tokens.countMadeBy(token.id, now);
    // What a token made can outlive it, and is ended here as well.
    if (!isLive(token, now) && madeByIt === 0) return redirect(`/tokens/${token.id}`);
    return show(revokePage(context, visit, { token, now, madeByIt }));
  };
