/**
 * What a form declares about step-up: whether its person gives the password again before it is carried out, when the
 * sign-in is older than ten minutes. Asked by the door, so that no controller can forget it.
 */
import type { SignedInVisit } from './visit.ts';

export type StepUp =
  | { readonly asked: 'always' }
  | {
      readonly asked: 'sometimes';
      /** In words, for the list of decisions: "for a token that never expires". */
      readonly when: string;
      readonly isAsked: (visit: SignedInVisit) => boolean | Promise<boolean>;
    }
  | { readonly asked: 'never'; readonly because: string };

/** For acts whose effect lasts, or that concern other people. */
export const ALWAYS: StepUp = { asked: 'always' };

export const sometimes = (
  when: string,
  isAsked: (visit: SignedInVisit) => boolean | Promise<boolean>,
): StepUp => ({ asked: 'sometimes', when, isAsked });

/** The reason is a sentence that stands after "because". */
export const never = (because: string): StepUp => ({ asked: 'never', because });

/** For the route table and docs/reference/endpoints.md. */
export function sayStepUp(stepUp: StepUp): string {
  switch (stepUp.asked) {
    case 'always':
      return 'always';
    case 'sometimes':
      return `when ${stepUp.when}`;
    case 'never':
      return `never, because ${stepUp.because}`;
  }
}

export const isAsked = async (stepUp: StepUp, visit: SignedInVisit): Promise<boolean> =>
  stepUp.asked === 'always' || (stepUp.asked === 'sometimes' && (await stepUp.isAsked(visit)));
