/** What the fairness bench asks: a busy person, a quiet one, an app of each, and rows of the busy one. */
import { sql } from 'kysely';
import type { User } from '../src/identity/types.ts';
import type { Modules } from '../src/compose/modules.ts';
import { openPostgres } from '../src/storage/postgres.ts';
import { openSqlite } from '../src/storage/sqlite.ts';
import { registerApp } from '../test/support/oauth.ts';
import { WebVisitor } from '../test/support/visitor.ts';
import { makeWorkplace, mint, PASSWORD, SYSTEM, type Workplace } from './workplace.ts';

export interface Caller {
  readonly email: string;
  readonly tokenId: string;
  readonly token: string;
  /** HTTP Basic of a service of theirs that may introspect. */
  readonly basic: string;
}

export interface FairnessPlace {
  readonly workplace: Workplace;
  readonly env: Readonly<Record<string, string>>;
  readonly busy: Caller;
  readonly quiet: Caller;
}

/** `databaseUrl`: `null` for SQLite. `rows`: tokens that the busy person had before, written past the program. */
export async function makeFairnessPlace(
  databaseUrl: string | null,
  rows: number,
): Promise<FairnessPlace> {
  const env = databaseUrl === null ? {} : { GATEHOUSE_DATABASE_URL: databaseUrl };
  const workplace = await makeWorkplace(env);
  const { modules, user } = workplace;
  const busy = await makeCaller(modules, user);
  const quiet = await makeCaller(modules, await makeQuietUser(modules));
  await workplace.close();
  if (rows > 0) await addTokens(workplace, { databaseUrl, tokenId: busy.tokenId, rows });
  return { workplace, env, busy, quiet };
}

async function makeQuietUser({ accounts }: Modules): Promise<User> {
  const form = { name: 'Grace Example', email: 'grace@example.com', password: PASSWORD };
  const made = await accounts.createUser({ ...form, isOperator: false }, SYSTEM);
  if (made.outcome !== 'created') throw new Error(JSON.stringify(made));
  return made.user;
}

async function makeCaller(modules: Modules, user: User): Promise<Caller> {
  await modules.storage.users.update(user.id, { emailVerifiedAt: 1 });
  const { id: tokenId, value: token } = await mint(modules, user);
  const { app, secret } = await registerApp(modules, user, { type: 'service' });
  await modules.storage.apps.update(app.id, { mayIntrospect: true }, 1);
  const basic = Buffer.from(`${app.id}:${secret}`).toString('base64');
  return { email: user.email, tokenId, token, basic };
}

/** Few enough for the time that a statement may take. */
const ROWS_AT_ONCE = 5000;

/** Copies of one token, each revoked, because the policy bounds how many live. */
async function addTokens(
  { directory }: Workplace,
  wanted: { databaseUrl: string | null; tokenId: string; rows: number },
): Promise<void> {
  const { databaseUrl, tokenId, rows } = wanted;
  const database =
    databaseUrl === null ? await openSqlite(`${directory}/data`) : openPostgres(databaseUrl);
  const tables = await database.migrations.introspection.getTables();
  const columns = tables.find(({ name }) => name === 'developer_tokens')?.columns ?? [];
  const own: Readonly<Record<string, string>> = {
    id: "'pat_' || n || one.id",
    creation_key: "'k' || n",
    created_at: 'one.created_at - n',
    revoked_at: 'one.created_at',
  };
  const names = columns.map(({ name }) => name);
  for (let first = 1; first <= rows; first += ROWS_AT_ONCE) {
    const last = Math.min(rows, first + ROWS_AT_ONCE - 1);
    await sql
      .raw(
        `insert into developer_tokens (${names.join(', ')})
        with recursive numbers(n) as (select ${first} union all select n + 1 from numbers where n < ${last})
        select ${names.map((name) => own[name] ?? `one.${name}`).join(', ')}
          from numbers, developer_tokens as one where one.id = '${tokenId}'`,
      )
      .execute(database.migrations);
  }
  await database.close();
}

/** The cookies and hidden fields with which a person's browser sends the form of their profile. */
export async function signIn(
  port: number,
  { email }: Caller,
): Promise<{ readonly cookie: string; readonly fields: Readonly<Record<string, string>> }> {
  const visitor = new WebVisitor(`http://localhost:${port}`);
  await visitor.get('/sign-in');
  await visitor.submit('/sign-in', { email, password: PASSWORD });
  await visitor.get('/account');
  const fields = visitor.hidden('/account/profile');
  if (fields === null) throw new Error('the bench could not sign in');
  const cookie = [...visitor.cookies].map(([name, value]) => `${name}_${port}=${value}`).join('; ');
  return { cookie, fields };
}
