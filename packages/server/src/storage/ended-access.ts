/** Access of people that ended and whose grants are still to end: for reads, to which such grants are over. */
import { sql, type RawBuilder } from 'kysely';
import { isOfNoEndingApp } from './ending-apps.ts';

/** In place of the id of an account: in every account. */
export const EVERY_ACCOUNT = '';

/** What ended a grant whose row does not say so yet. `grants` is the name of the table in the statement. */
const endsOf = (grants: string): string =>
  `access_ends e where e.user_id = ${grants}.user_id and e.account_id in ('${EVERY_ACCOUNT}', ${grants}.account_id)
    and e.epoch > ${grants}.access_epoch and e.finished_at is null`;

/** SQL for when the access ended by which a grant is over; null as long as it goes on. */
export const accessEndedAt = (grants: string): string =>
  `(select min(e.ended_at) from ${endsOf(grants)})`;

export const isOfEndedAccess = (grants: string): RawBuilder<boolean> =>
  sql<boolean>`exists (select 1 from ${sql.raw(endsOf(grants))})`;

export const isOfKeptAccess = (grants: string): RawBuilder<boolean> =>
  sql<boolean>`not ${isOfEndedAccess(grants)}`;

/** Ids of these people: nobody, nearly always. An index holds just them. */
export const endingPeople = (userId?: string): RawBuilder<unknown> =>
  sql`(select user_id from access_ends where finished_at is null ${userId === undefined ? sql`` : sql`and user_id = ${userId}`})`;

export interface WhichGrants {
  readonly userId?: string;
  readonly accountId?: string;
  readonly clientId?: string;
}

/** Counts the grants that are over so, of apps that are not deleted unless they are wanted too. */
export function countOfEnded(
  { userId, accountId, clientId }: WhichGrants,
  ofDeletedApps: 'with' | 'without' = 'without',
): RawBuilder<unknown> {
  const also = [
    ...(accountId === undefined ? [] : [sql`and g.account_id = ${accountId}`]),
    ...(clientId === undefined ? [] : [sql`and g.client_id = ${clientId}`]),
    ...(ofDeletedApps === 'with' ? [] : [sql`and ${isOfNoEndingApp('g.client_id')}`]),
  ];
  return sql`(select count(*) from grants g where g.user_id in ${endingPeople(userId)}
    and g.revoked_at is null ${sql.join(also, sql` `)} and ${isOfEndedAccess('g')})`;
}
