import { flag, text, texts } from '../../http/form.ts';
import { days } from '../../kit/clock.ts';
import type { DeveloperToken } from '../../developer-tokens/types.ts';
import type { PortalContext } from '../portal-context.ts';
import { PageRefusal, redirect, show, type SignedInController } from '../visit.ts';
import { madeByAll, type Made } from './made.ts';
import { listPage, TOKEN_LIST } from './list-page.ts';
import { readPage } from '../paging.ts';
import { actorOf, isLive } from './own.ts';
import { revokeManyPage } from './revoke-page.ts';

const PAGE_SIZE = 25;
const UNUSED_DAYS = 90;

export const listTokens =
  (context: PortalContext): SignedInController =>
  async (visit) => {
    const now = context.clock();
    const isUnused = text(visit.query, 'unused') === String(UNUSED_DAYS);
    const unused = { unusedSince: now - days(UNUSED_DAYS), liveAt: now };
    const filter = { userId: visit.signedIn.user.id, ...(isUnused && unused) };
    const page = readPage(visit.query, TOKEN_LIST);
    const read = () => context.tokens.reads.tokens.list(filter, page);
    const found = await read();
    const isUsed = await context.usage.settle(found.items.map(({ id }) => id));
    const tokens = isUsed ? await read() : found;
    const revoked = readCount(visit.query);
    return show(listPage(context, visit, { tokens, page, isUnused, revoked, now }));
  };

function readCount(query: unknown): number | null {
  const typed = text(query, 'revoked', { max: 20 });
  return /^\d{1,4}$/.test(typed) ? Number(typed) : null;
}

async function madeBy(
  { tokens }: PortalContext,
  own: readonly DeveloperToken[],
  now: number,
): Promise<Made> {
  const lineages = await Promise.all(own.map(({ id }) => tokens.reads.tokens.lineage(id, now)));
  return madeByAll(
    lineages,
    own.map(({ id }) => id),
  );
}

/** Asks first; the same address with `confirm` does it. */
export const revokeTokens =
  (context: PortalContext): SignedInController =>
  async (visit) => {
    const actor = actorOf(visit);
    const ids = [...new Set(texts(visit.form, 'ids', { max: 64 }))];
    if (ids.length > PAGE_SIZE) throw new PageRefusal(400, 'That is more than one page of tokens.');
    const found = await Promise.all(ids.map((id) => context.tokens.find(actor, id)));
    const now = context.clock();
    const tokens = found.filter((token) => token !== null && isLive(token, now));
    if (tokens.length === 0) return redirect(`/tokens?unused=${UNUSED_DAYS}`);
    if (!flag(visit.form, 'confirm')) {
      const own = tokens.filter((token) => token !== null);
      const made = await madeBy(context, own, now);
      return show(revokeManyPage(context, visit, { tokens: own, made, now }));
    }
    const count = await context.tokens.revokeMany(ids, actor);
    return redirect(`/tokens?revoked=${count}`);
  };
