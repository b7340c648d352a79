/**
 * The consent module: what a user allowed an app, asking for it and taking it back. Depends on its ports and on `oauth` for
 * what a request asks. Never decides whether to ask: that is `oauth/authorize/decide.ts`.
 */
import { approve } from './approve.ts';
import type { ConsentContext } from './context.ts';
import { disconnect } from './disconnect.ts';
import { answerAgain, closeUnanswered, findClosed } from './interactions.ts';

export type Consent = ReturnType<typeof createConsent>;

export function createConsent(context: ConsentContext) {
  const bind =
    <Rest extends readonly unknown[], Result>(
      act: (context: ConsentContext, ...rest: Rest) => Result,
    ) =>
    (...rest: Rest): Result =>
      act(context, ...rest);

  return {
    approve: bind(approve),
    disconnect: bind(disconnect),
    answerAgain: bind(answerAgain),
    closeUnanswered: bind(closeUnanswered),
    findClosed: bind(findClosed),
    /** Reads for pages and commands; writes go through the acts above. */
    records: context.storage,
  };
}
