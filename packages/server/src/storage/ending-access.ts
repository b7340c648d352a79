/**
 * A person may have connected any number of apps. Their access ends in one act all the same: few grants end with it, for many
 * it leaves a mark, from which on every read takes them for over, and they end in steps. Whoever holds the lock of the user
 * may do this.
 */
import { sql, type RawBuilder } from 'kysely';
import type { WhoseAccess } from '../identity/ports.ts';
import { countConnections } from './connections.ts';
import { EVERY_ACCOUNT, isOfKeptAccess } from './ended-access.ts';
import { isOfNoEndingApp } from './ending-apps.ts';
import { endInSteps, nextStep } from './ending-grants.ts';
import type { Database, Handle } from './engine.ts';
import { revokeGrants } from './grants.ts';

const ofPerson = ({ userId, accountId }: WhoseAccess): RawBuilder<unknown> =>
  accountId === null
    ? sql`user_id = ${userId}`
    : sql`user_id = ${userId} and account_id = ${accountId}`;

/** Live, whatever rows of ended access and deleted apps are still to end. */
export const liveGrantsOf = (whose: WhoseAccess): RawBuilder<boolean> =>
  sql<boolean>`${ofPerson(whose)} and revoked_at is null and ${isOfNoEndingApp('client_id')} and ${isOfKeptAccess('grants')}`;

/** Answers how many lived. */
export async function endGrantsOf(db: Database, whose: WhoseAccess, now: number): Promise<number> {
  const step = await nextStep(db, liveGrantsOf(whose), null);
  if (step.isAll) return step.ids.length === 0 ? 0 : revokeGrants(db, step.ids, now);
  const total = await countConnections(db, whose);
  await mark(db, whose, now);
  return total;
}

/** Grants that are made from now on have the new epoch, and do not end. */
async function mark(db: Database, { userId, accountId }: WhoseAccess, now: number): Promise<void> {
  await db
    .insertInto('access_ends')
    .values({
      user_id: userId,
      account_id: accountId ?? EVERY_ACCOUNT,
      epoch: sql<number>`(select coalesce(max(epoch), 0) + 1 from access_ends where user_id = ${userId})`,
      ended_at: now,
      finished_at: null,
    })
    .onConflict((conflict) =>
      conflict.columns(['user_id', 'account_id']).doUpdateSet((eb) => ({
        epoch: eb.ref('excluded.epoch'),
        ended_at: eb.ref('excluded.ended_at'),
        finished_at: null,
      })),
    )
    .execute();
}

const MARKS_AT_ONCE = 100;

/** Ends what is left of all that is marked. A grant that the database refuses to end keeps no other. */
export async function endMarkedGrants(
  handle: Handle,
  now: number,
  onDropped: (grantId: string) => void,
): Promise<void> {
  for (let after: readonly [string, string] = ['', '']; ;) {
    const marks = await handle.read
      .selectFrom('access_ends')
      .select(['user_id', 'account_id', 'epoch', 'ended_at'])
      .where('finished_at', 'is', null)
      .where(sql<boolean>`(user_id, account_id) > (${sql.join([...after])})`)
      .orderBy('user_id')
      .orderBy('account_id')
      .limit(MARKS_AT_ONCE)
      .execute();
    for (const { user_id: userId, account_id, epoch, ended_at: at } of marks) {
      const accountId = account_id === EVERY_ACCOUNT ? null : account_id;
      const which = sql<boolean>`${ofPerson({ userId, accountId })} and revoked_at is null and access_epoch < ${epoch}`;
      await endInSteps(handle, { which, at }, onDropped);
      await handle.write((db) =>
        db
          .updateTable('access_ends')
          .set({ finished_at: now })
          .where('user_id', '=', userId)
          .where('account_id', '=', account_id)
          .where('epoch', '=', epoch)
          .where(sql<boolean>`not exists (select 1 from grants where ${which})`)
          .execute(),
      );
    }
    const last = marks.at(-1);
    if (last === undefined || marks.length < MARKS_AT_ONCE) return;
    after = [last.user_id, last.account_id];
  }
}
