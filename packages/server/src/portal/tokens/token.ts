import type { DeveloperToken } from '../../developer-tokens/types.ts';
import { choice } from '../../http/form.ts';
import type { PortalContext } from '../portal-context.ts';
import { show, type Answer, type SignedInController, type SignedInVisit } from '../visit.ts';
import { gather } from './dossier.ts';
import { ownToken } from './own.ts';
import { DONE, tokenPage } from './token-page.ts';

export const showToken =
  (context: PortalContext): SignedInController =>
  async (visit) => {
    const found = await ownToken(context, visit);
    const token = (await context.usage.settle([found.id])) ? await ownToken(context, visit) : found;
    return answerToken(context, visit, { token, typed: token.description, errors: {} });
  };

/** The page of a token, also when what was typed there is refused. */
export async function answerToken(
  context: PortalContext,
  visit: SignedInVisit,
  given: {
    readonly token: DeveloperToken;
    /** The description as typed. */
    readonly typed: string;
    readonly errors: Readonly<Record<string, string>>;
  },
): Promise<Answer> {
  const dossier = await gather(context, given.token);
  const done = choice(visit.query, 'done', DONE);
  const isRefused = Object.keys(given.errors).length > 0;
  const html = tokenPage(context, visit, { ...given, dossier, done });
  return show(html, isRefused ? 422 : 200);
}
