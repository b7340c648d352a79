import type { SessionStore } from '../../src/identity/ports.ts';

/** Sets when the person of each session last proved who they are, whichever way they did. */
export async function proveAt(
  sessions: Pick<SessionStore, 'ofUser' | 'prove'>,
  userId: string,
  at: number,
): Promise<void> {
  for (const { id, amr } of await sessions.ofUser(userId))
    for (const method of Object.keys(amr)) await sessions.prove(id, { method, at });
}
