/** States as a word and a colour, never a colour alone. */
import { html, type Html } from './html.ts';

/** `good` green, `warning` amber, `danger` red, `quiet` grey, `accent` the owner's colour. */
export type Tone = 'good' | 'warning' | 'danger' | 'quiet' | 'accent';

export const badge = (word: string, tone: Tone): Html =>
  html`<span class="badge badge-${tone}">${word}</span>`;

/** The states of credentials and of people, in one vocabulary. */
const STATES = {
  active: ['Active', 'good'],
  expiring: ['Expires soon', 'warning'],
  disabled: ['Disabled', 'quiet'],
  expired: ['Expired', 'quiet'],
  revoked: ['Revoked', 'danger'],
  exposed: ['Exposed', 'danger'],
  suspended: ['Suspended', 'danger'],
  deleting: ['Being deleted', 'danger'],
  erased: ['Erased', 'quiet'],
  unverified: ['Not verified', 'warning'],
  failed: ['Failed', 'danger'],
  waiting: ['Waiting', 'warning'],
} as const satisfies Record<string, readonly [string, Tone]>;

export type State = keyof typeof STATES;

export function stateBadge(state: State): Html {
  const [word, tone] = STATES[state];
  return badge(word, tone);
}
