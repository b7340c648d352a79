import type { Database } from './engine.ts';

/** Addresses that may come back to a user who had them: a change from them can still be undone. */
export const heldAddress = (db: Database, email: string, now: number) =>
  db
    .selectFrom('proofs')
    .where('email', '=', email)
    .where('purpose', '=', 'undo-email-change')
    .where('used_at', 'is', null)
    .where('expires_at', '>', now);
