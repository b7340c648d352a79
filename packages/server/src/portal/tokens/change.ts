import { flag, text, texts } from '../../http/form.ts';
import { MOST_SCOPES } from '../../catalogue/catalogue.ts';
import type { PortalContext } from '../portal-context.ts';
import { redirect, show, type Answer, type SignedInController } from '../visit.ts';
import { actorOf, isLive, noSuchToken, ownToken } from './own.ts';
import { conflictPage } from './refused-pages.ts';
import { narrowPage } from './narrow-page.ts';
import { answerToken } from './token.ts';

const MOST_TYPED = 4000;

export const renameToken =
  (context: PortalContext): SignedInController =>
  async (visit) => {
    const token = await ownToken(context, visit);
    const description = text(visit.form, 'description', { max: MOST_TYPED });
    const outcome = await context.tokens.change({ id: token.id, description }, actorOf(visit));
    switch (outcome.outcome) {
      case 'changed':
        return redirect(`/tokens/${token.id}?done=renamed`);
      case 'invalid':
        return answerToken(context, visit, { token, typed: description, errors: outcome.errors });
      case 'conflict':
        return conflict(context, visit, { token, message: outcome.message });
      case 'not-found':
        throw noSuchToken();
    }
  };

export const showNarrowing =
  (context: PortalContext): SignedInController =>
  async (visit) => {
    const token = await ownToken(context, visit);
    if (!isLive(token, context.clock())) return redirect(`/tokens/${token.id}`);
    return show(narrowPage(context, visit, { token, kept: token.scopes, errors: {} }));
  };

export const narrowToken =
  (context: PortalContext): SignedInController =>
  async (visit) => {
    const token = await ownToken(context, visit);
    const scopes = [...new Set(texts(visit.form, 'scope', { most: MOST_SCOPES }))];
    const outcome = await context.tokens.change({ id: token.id, scopes }, actorOf(visit));
    switch (outcome.outcome) {
      case 'changed':
        return redirect(`/tokens/${token.id}?done=narrowed`);
      case 'invalid':
        return show(
          narrowPage(context, visit, { token, kept: scopes, errors: outcome.errors }),
          422,
        );
      case 'conflict':
        return conflict(context, visit, { token, message: outcome.message });
      case 'not-found':
        throw noSuchToken();
    }
  };

const DONE = { disable: 'disabled', enable: 'enabled', revoke: 'revoked' } as const;

export const switchToken =
  (context: PortalContext, act: keyof typeof DONE): SignedInController =>
  async (visit) => {
    const token = await ownToken(context, visit);
    const withReplaced = flag(visit.form, 'replaced');
    const outcome = await context.tokens.switch(
      { id: token.id, act, withReplaced },
      actorOf(visit),
    );
    switch (outcome.outcome) {
      case 'changed':
        return redirect(`/tokens/${token.id}?done=${DONE[act]}`);
      case 'conflict':
        return conflict(context, visit, { token, message: outcome.message });
      case 'not-found':
        throw noSuchToken();
    }
  };

const conflict = (
  context: PortalContext,
  visit: Parameters<SignedInController>[0],
  given: { token: Parameters<typeof conflictPage>[2]['token']; message: string },
): Answer =>
  show(conflictPage(context, visit, { ...given, title: 'The token was not changed' }), 409);
