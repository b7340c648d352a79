/** What a verdict depends on. A change of one of them ends what is remembered of it, and nothing else. */
import type { AccessFact } from '../changes/changes.ts';
import type { CredentialFacts } from './ports.ts';

const ofMember = (userId: string, accountId: string): string => `member:${userId}@${accountId}`;

export const tokenKey = (id: string): string => `token:${id}`;

export function keyOfFact(fact: AccessFact): string {
  switch (fact.kind) {
    case 'developer_token':
    case 'access_token':
      return tokenKey(fact.tokenId);
    case 'family':
      return `family:${fact.familyId}`;
    case 'grant':
      return `grant:${fact.grantId}`;
    case 'client':
      return `client:${fact.clientId}`;
    case 'secret':
      return `secret:${fact.secretId}`;
    case 'user':
      return `user:${fact.userId}`;
    case 'membership':
      return ofMember(fact.userId, fact.accountId);
  }
}

/** The user of a token, and the owner of the app that holds it, whose role counts where there is no user. */
export function keysOf({ id, userId, accountId, app }: CredentialFacts): readonly string[] {
  const keys = [tokenKey(id)];
  if (userId !== null) keys.push(`user:${userId}`, ofMember(userId, accountId));
  if (app === null) return keys;
  keys.push(`client:${app.id}`);
  const { ownerId } = app;
  if (ownerId !== null && ownerId !== userId) keys.push(`user:${ownerId}`);
  if (ownerId !== null && userId === null) keys.push(ofMember(ownerId, accountId));
  if (app.grantId !== null) keys.push(`grant:${app.grantId}`);
  if (app.familyId !== null) keys.push(`family:${app.familyId}`);
  if (app.secretId !== null) keys.push(`secret:${app.secretId}`);
  return keys;
}
