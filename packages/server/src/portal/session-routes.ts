/** Routes of pages that are there for whoever is signed in, or for operators. */
import type { PersonalForm, PersonalPage } from './portal-context.ts';
import type { SignedInController } from './visit.ts';

type Declared = Pick<
  PersonalForm,
  'act' | 'stepUp' | 'leadsAway' | 'endsSession' | 'bodyLimitBytes'
>;

const session = { kind: 'session' } as const;
const operator = { kind: 'operator' } as const;

export const get = (path: string, controller: SignedInController): PersonalPage => ({
  method: 'GET',
  path,
  access: session,
  controller,
});

/** A form says what it does, and whether the password is asked for again before it is done. */
export const post = (
  path: string,
  declared: Declared,
  controller: SignedInController,
): PersonalForm => ({ ...declared, method: 'POST', path, access: session, controller });

export const operatorGet = (path: string, controller: SignedInController): PersonalPage => ({
  ...get(path, controller),
  access: operator,
});

export const operatorPost = (
  path: string,
  declared: Declared,
  controller: SignedInController,
): PersonalForm => ({ ...post(path, declared, controller), access: operator });
