/** Tokens that somebody found in public: an operator looks one up and ends it, whoever it belongs to. */
import type { User } from '../../identity/types.ts';
import type { Lineage } from '../../developer-tokens/ports.ts';
import type { DeveloperToken } from '../../developer-tokens/types.ts';
import { text } from '../../http/form.ts';
import { parseCredential } from '../../oauth/tokens/format.ts';
import { noticeOf } from '../frame.ts';
import type { PortalContext } from '../portal-context.ts';
import {
  PageRefusal,
  redirect,
  show,
  type SignedInController,
  type SignedInVisit,
} from '../visit.ts';
import { foundPage, lookUpPage } from './found-page.ts';

const DONE = {
  exposed: 'The token is refused from now on, and its owner was told by e-mail.',
};

export interface FoundToken {
  readonly token: DeveloperToken;
  readonly owner: User;
  readonly lineage: Lineage;
}

export const askForFound =
  (context: PortalContext): SignedInController =>
  (visit) =>
    show(lookUpPage(context, visit, []));

const MOST_CHARACTERS = 300;
const NONE = {
  field: 'token',
  message: 'There is no such token here. Paste the whole token, or give its id.',
};

/** A whole token comes in the form, and nothing but its public id goes on from here. */
export const lookUpFound =
  (context: PortalContext): SignedInController =>
  async (visit) => {
    const typed = text(visit.form, 'token', { max: MOST_CHARACTERS }).trim();
    const id = parseCredential(context.brand.tokenPrefix, typed)?.id ?? typed;
    const token = await context.tokens.reads.tokens.byId(id);
    if (token === null) return show(lookUpPage(context, visit, [NONE]), 422);
    return redirect(`/admin/tokens/${token.id}`);
  };

async function find(context: PortalContext, { params }: SignedInVisit): Promise<FoundToken> {
  const { tokens, users } = context.tokens.reads;
  const token = await tokens.byId(params['id'] ?? '');
  const owner = token === null ? null : await users.byId(token.userId);
  if (token === null || owner === null) throw noSuchToken();
  return { token, owner, lineage: await tokens.lineage(token.id, context.clock()) };
}

const noSuchToken = (): PageRefusal => new PageRefusal(404, 'There is no such token here.');

export const showFound =
  (context: PortalContext): SignedInController =>
  async (visit) => {
    const found = await find(context, visit);
    const notice = noticeOf(visit.query, DONE);
    return show(foundPage(context, visit, { ...found, notice, now: context.clock() }));
  };

export const exposeToken =
  (context: PortalContext): SignedInController =>
  async (visit) => {
    const { token } = await find(context, visit);
    const { origin } = visit.signedIn;
    const asked = { id: token.id, by: BY, withReplaced: true };
    const ended = await context.tokens.exposeForOwner(asked, { origin });
    if (ended.outcome === 'not-found') throw noSuchToken();
    return redirect(`/admin/tokens/${token.id}?done=exposed`);
  };

const BY = 'an operator';
