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
    statement: /"last_used_at"\) as "lastUsedAt" from "apps"/,
    because: 'a person has as many services as `apps.most_per_user` allows, each with five secrets',
    on: 'sqlite',
  },
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
    statement: /^select \* from "client_secrets" where "app_id" = /,
    because: 'five secrets of an app live, and some that ended are kept',
  },
  {
    statement: /from "(sessions|devices)" where "?user_id"? = /,
    because: 'a person has at most a hundred of them',
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
    statement: /\baccess_ends\b.*finished_at is null/,
    because: 'an index holds the ends of access that are still going on, nearly always none',
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
