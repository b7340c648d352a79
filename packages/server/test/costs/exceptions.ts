/** Statements that may read or sort a whole table all the same, each with what bounds it. */
import type { EngineName } from '../storage/places.ts';

interface Exception {
  readonly statement: RegExp;
  readonly because: string;
  /** Where it is needed; on both databases unless said otherwise. */
  readonly on?: EngineName;
  /** The planner does it sometimes: that nothing needs the exception says nothing. */
  readonly isRare?: true;
}

/** What a rule of the product keeps few. */
const FEW: readonly Exception[] = [
  {
    statement: /^select \* from "signing_keys"/,
    because: 'a key signs for 90 days, and is deleted 90 days after it',
  },
  {
    statement: /^select \* from "teams" where "account_id" = \S+ order by/,
    because: 'an account has the one team that is made with it',
  },
  {
    statement: /^select "id", "account_id", "name".* from "teams" where account_id in/,
    because: 'a person owns their account, and those that they took over from people who left',
    on: 'sqlite',
  },
  {
    statement: /^update "teams" set "name"/,
    because: 'a person owns their account, and those that they took over from people who left',
    on: 'postgres',
  },
  {
    statement:
      /^(delete from|select "id" from) "(authorization_codes|token_families)" .*"grant_id" = \S+ order by/,
    because: 'a grant keeps a hundred families and a hundred codes, and this is what keeps it so',
  },
  {
    statement: /from "app_offers" .*"app_offers"."email" = /,
    because: 'offers are open for seven days, and one person makes ten of them in a day',
  },
  {
    statement: /from "app_offers" where \(from_id = \S+ or \(email = /,
    because: 'offers are kept for seven days, and one person makes ten of them in a day',
  },
];

/** What is read or ended whole, of one owner. */
const OF_ONE: readonly Exception[] = [
  {
    statement: /from "memberships" inner join "users" .*"memberships"."account_id" = /,
    because: 'the members of an account are read whole',
  },
  {
    statement: /from "memberships" inner join "accounts" .*"memberships"."user_id" = /,
    because: 'the accounts of a person are read whole',
  },
  {
    statement: /^select \* from "client_secrets" where "app_id" = /,
    because: 'five secrets of an app live, and some that ended are kept',
  },
  {
    statement: /from "sessions" where "?user_id"? = /,
    because: 'the sessions of a person are read whole',
  },
  {
    statement: /^update "client_secrets" set "revoked_at" .*"made_by_id" in/,
    because: 'the access of a person ends in one transaction',
  },
  {
    statement: /^update "(authorization_codes|token_families)" .*"grant_id" in \(select/,
    because: 'the access of a person ends in one transaction',
    on: 'postgres',
  },
  {
    statement: /"last_used_at"\)? as "lastUsedAt"/,
    because: 'what a person has is read whole before it is given back',
  },
  {
    statement: /"access_tokens" where family_id in \(select f.id/,
    because: 'an export',
    on: 'postgres',
  },
  {
    statement: /^delete from "grant_uses" .*where user_id = /,
    because: 'an erasure',
    on: 'postgres',
  },
];

/** What holds few rows of a large table. */
const PARTIAL: readonly Exception[] = [
  {
    statement: /^select \* from "developer_tokens" where "id" in \(\$1, .*\$100/,
    because:
      'of a hundred ids and more the planner, which knows no values here, may look through all that live',
    on: 'postgres',
    isRare: true,
  },
  {
    statement: /from "grants" where .*not in \(select id from apps where deleted_at is not null/,
    because: 'an index holds the deleted apps that are still ending, nearly always none',
    on: 'postgres',
  },
  {
    statement: /^delete from outbox where notice like '{"kind":"deletion-done"%'/,
    because: 'an index holds the last messages to people who were erased, for a week at most',
  },
  {
    statement: /"attempts" where \(key like/,
    because: 'counters of attempts end within a day, and say in no other place whose they are',
    on: 'postgres',
  },
];

/** What is read when a process or a command starts. */
const AT_START: readonly Exception[] = [
  {
    statement: /kysely_migration|"?schema_versions"?/,
    because: 'a row for each migration',
  },
  { statement: /sqlite_master/, because: 'a row for each table and index', on: 'sqlite' },
  { statement: /"?pg_namespace"?/, because: 'a row for each schema', on: 'postgres' },
];

export const EXCEPTIONS: readonly Exception[] = [
  ...FEW,
  ...OF_ONE,
  ...PARTIAL,
  ...AT_START,
  {
    statement: /^insert into "accounts" .* select .* from users/,
    because: 'SQLite would look for broken references if there were any, and never does',
    on: 'sqlite',
  },
];
