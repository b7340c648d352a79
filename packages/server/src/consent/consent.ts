/**
 * The consent module: what a user allowed an app, settling it and taking it back. Depends on its ports and on `oauth` for
 * what a request asks. Never decides whether to ask, and never makes a code: that is `oauth/authorize`.
 */
import { readsOf } from './reads.ts';
import type { ConsentContext } from './context.ts';
import { disconnect } from './disconnect.ts';
import { settle } from './settle.ts';

export type Consent = ReturnType<typeof createConsent>;

export function createConsent(context: ConsentContext) {
  const bind =
    <Rest extends readonly unknown[], Result>(
      act: (context: ConsentContext, ...rest: Rest) => Result,
    ) =>
    (...rest: Rest): Result =>
      act(context, ...rest);

  return {
    settle: bind(settle),
    disconnect: bind(disconnect),
    /** For pages, routes and commands; writes go through the acts above. */
    reads: readsOf(context.storage),
  };
}
