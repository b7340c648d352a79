/** Why the question is shown again instead of taking an answer, in words. */
import type { WhyAgain } from '../../oauth/authorize/answer.ts';
import type { Notice } from '../ui/layout.ts';

export interface Again {
  readonly why: WhyAgain;
  /** What the person had ticked; `null`: nothing that is worth keeping. */
  readonly ticked: ReadonlySet<string> | null;
}

const WORDS: Readonly<Record<WhyAgain, string>> = {
  changed:
    'What this page says has changed while it was open. Nothing was shared. Please read it again before you decide.',
  expired: 'This page was open for a long time. Nothing was shared. Please decide again.',
  early:
    'That was too quick for a decision, and may have been a click meant for another window. Nothing was shared. Please read the page first.',
  foreign:
    'The sign-in has changed while the page was open. Nothing was shared. Check who is signed in, and decide again.',
  answered:
    'You have already answered this request. Go back to the app, or answer again to start over.',
};

export const sayAgain = (why: WhyAgain): Notice => ({
  tone: why === 'answered' ? 'quiet' : 'warning',
  text: WORDS[why],
});
