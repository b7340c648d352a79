import { sql, type Migration } from 'kysely';

/** `password_hash` is null for somebody who has no password. An older version takes null for a password that is wrong. */
export const peopleWithoutPasswords: Migration = {
  async up(db) {
    await sql`alter table users alter column password_hash drop not null`.execute(db);
  },
};
