/** What a verdict depends on. A change of one of them ends what is remembered of it, and nothing else. */
import type { CredentialFacts } from './ports.ts';

/** `user` stands for the user of a token and for the owner of the app that holds it. */
export type SubjectKind = 'token' | 'user' | 'app' | 'grant' | 'family';

export interface Subject {
  readonly kind: SubjectKind;
  readonly id: string;
}

export const subjectKey = ({ kind, id }: Subject): string => `${kind}:${id}`;

export function subjectsOf({ id, userId, app }: CredentialFacts): readonly string[] {
  const keys = [`token:${id}`];
  if (userId !== null) keys.push(`user:${userId}`);
  if (app === null) return keys;
  keys.push(`app:${app.id}`);
  if (app.ownerId !== userId) keys.push(`user:${app.ownerId}`);
  if (app.grantId !== null) keys.push(`grant:${app.grantId}`);
  if (app.familyId !== null) keys.push(`family:${app.familyId}`);
  return keys;
}
