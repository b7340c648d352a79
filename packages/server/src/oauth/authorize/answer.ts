/**
 * What the answer to the question means. It counts once, from the very page that was drawn, while that page still says what is
 * true, and not before anybody can have read it; in every other case the question is asked anew.
 */
import { nameScopes, type Catalogue } from '../../catalogue/catalogue.ts';
import { OAuthError } from '../error.ts';
import { OFFLINE_SCOPES, type ClosedInteraction } from '../vocabulary.ts';
import { isRepeat } from './closing.ts';
import { choose, decide, offerOf, type Choice, type Offer, type Situation } from './decide.ts';
import { stalenessOf, type Interaction, type Staleness } from './interaction.ts';

/** `allow_read`: of what may be left out, reading alone. */
export const SAYINGS = ['allow', 'allow_read', 'deny'] as const;
export type Saying = (typeof SAYINGS)[number];

/** Why the question is asked again instead of taking an answer. `foreign`: the page was drawn for somebody or something else. */
export type WhyAgain = Staleness | 'foreign' | 'answered';

/**
 * What the answer is about; `null` when the request is not to be asked about any more. The page may have been open for longer
 * than the client allows the sign-in to be old.
 */
export function offerAtStake(situation: Situation): Offer | null {
  const { next } = decide(situation);
  return next === 'ask' || next === 'approve' ? offerOf(situation) : null;
}

export interface Allowing {
  readonly drawn: Interaction;
  readonly offer: Offer;
  readonly saying: Exclude<Saying, 'deny'>;
  readonly ticked: ReadonlySet<string>;
}

export type Judgement =
  | { readonly next: 'ask-again'; readonly why: Staleness }
  | { readonly next: 'refuse'; readonly error: OAuthError }
  | { readonly next: 'approve'; readonly choice: Choice };

/** `now.shown`: the digest of what the page would show now. */
export function judge(
  { drawn, offer, saying, ticked }: Allowing,
  now: { readonly shown: string; readonly milliseconds: number },
  catalogue: Catalogue,
): Judgement {
  const why = stalenessOf(drawn, now);
  if (why !== null) return { next: 'ask-again', why };
  const choice = choose(offer, saying === 'allow' ? ticked : onlyReading(catalogue, ticked));
  if (choice.granted.length > 0) return { next: 'approve', choice };
  const scopes = nameScopes(offer.scopes.map(({ name }) => name));
  return { next: 'refuse', error: new OAuthError('scope_beyond_user', { scopes }) };
}

const onlyReading = (catalogue: Catalogue, ticked: ReadonlySet<string>): ReadonlySet<string> =>
  new Set(
    [...ticked].filter(
      (name) => catalogue.get(name)?.level === 'read' || OFFLINE_SCOPES.includes(name),
    ),
  );

/**
 * What becomes of an answer to a page that was answered before: `repeat` gives the code again where that is the second click
 * of the first.
 */
export function judgeLate(
  closed: ClosedInteraction,
  saying: Saying | null,
  now: number,
): 'deny-again' | 'repeat' | 'over' {
  if (saying !== 'deny') return 'repeat';
  return closed.outcome === 'deny' && isRepeat(closed, now) ? 'deny-again' : 'over';
}
