import type { PortalContext } from '../portal-context.ts';
import { redirect, show, type SignedInController } from '../visit.ts';
import { isLive, ownToken } from './own.ts';
import { revokePage } from './revoke-page.ts';

export const askToRevoke =
  (context: PortalContext): SignedInController =>
  async (visit) => {
    const token = await ownToken(context, visit);
    const now = context.clock();
    if (!isLive(token, now)) return redirect(`/tokens/${token.id}`);
    return show(revokePage(context, visit, { token, now }));
  };
