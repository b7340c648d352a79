/**
 * The interaction: one page that asks one person about one request, and the one answer to it. Owns what the answer is bound
 * to (session, user, account, request, and everything that the page showed) and when an answer counts. Never keeps state:
 * what is drawn travels sealed in the form, and that it is answered once is kept by `answers.ts`.
 */
import type { DerivedKeys } from '../../keys/keys.ts';
import { isSealed, seal } from './seal.ts';

/** What was drawn. */
export interface Interaction {
  /** Random: names this page among all pages. */
  readonly id: string;
  /** Epoch milliseconds. */
  readonly drawnAt: number;
  /** Digest of everything that the page shows. */
  readonly shown: string;
}

/** Whose answer it can be, and to what. */
export interface Binding {
  readonly sessionId: string;
  readonly userId: string;
  readonly accountId: string;
  /** The query of the authorization request, to the letter. */
  readonly request: string;
}

/** A page that was open for longer is shown anew. */
export const INTERACTION_SECONDS = 3600;

/**
 * Nobody reads the question and answers it in less time. A click that comes earlier was meant for another window, which
 * was closed under the pointer (double-clickjacking).
 */
export const LEAST_MILLISECONDS = 500;

const partsOf = ({ id, drawnAt, shown }: Interaction, binding: Binding): readonly string[] => {
  const { sessionId, userId, accountId, request } = binding;
  return ['interaction', id, String(drawnAt), shown, sessionId, userId, accountId, request];
};

/** Goes into the form: `<id>.<drawnAt>.<shown>.<mac>`. */
export const sealInteraction = (
  keys: DerivedKeys,
  interaction: Interaction,
  binding: Binding,
): string => {
  const { id, drawnAt, shown } = interaction;
  return [id, drawnAt, shown, seal(keys, partsOf(interaction, binding))].join('.');
};

const SEALED = /^([\w-]{22,43})\.(\d{1,15})\.([\w-]{43})\.([\w-]{43})$/;

/** `null` unless it was sealed here for this very session, user, account and request. */
export function openInteraction(
  keys: DerivedKeys,
  sealed: string,
  binding: Binding,
): Interaction | null {
  const [, id = '', drawnAt = '', shown = '', mac = ''] = SEALED.exec(sealed) ?? [];
  const interaction = { id, drawnAt: Number(drawnAt), shown };
  return id !== '' && isSealed(keys, partsOf(interaction, binding), mac) ? interaction : null;
}

/** Why a page is shown anew instead of taking its answer. */
export type Staleness = 'changed' | 'expired' | 'early';

/** What is shown now decides: whatever changed since the page was drawn, the person has not seen. */
export function stalenessOf(
  { drawnAt, shown }: Interaction,
  now: { readonly shown: string; readonly milliseconds: number },
): Staleness | null {
  const age = now.milliseconds - drawnAt;
  if (age > INTERACTION_SECONDS * 1000) return 'expired';
  if (shown !== now.shown) return 'changed';
  return age < LEAST_MILLISECONDS ? 'early' : null;
}
