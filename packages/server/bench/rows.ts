/**
 * What each list, page and purge costs whose owner has so many rows, on SQLite: processor time, which other work on the
 * machine changes less than the time of the clock. Prints, and judges nothing.
 */
import { endGrants, purges } from '../src/compose/jobs.ts';
import { openSqlite } from '../src/storage/sqlite.ts';
import type { Modules } from '../src/compose/modules.ts';
import { addConnections, addCopies, type Copied } from '../test/support/crowd.ts';
import { approve, registerApp } from '../test/support/oauth.ts';
import { makeWorkplace, mint, type Workplace } from './workplace.ts';

export interface Cost {
  readonly name: string;
  readonly milliseconds: number;
}

const PAGE_SIZE = 50;
const ROUNDS = 5;
const YEARS = 10 * 365 * 86_400;

/** A hundred live, which is the most by default; the others ended in 2001, as did the events. */
const LIVE = 100;
const LONG_AGO = 1_000_000_000;

const TOKENS: readonly Copied[] = [
  {
    table: 'developer_tokens',
    which: 'one.id = $',
    own: {
      id: `'t' || n || $`,
      creation_key: `'t' || n || $`,
      group_id: 'null',
      revoked_at: `case when n < ${LIVE} then null else ${LONG_AGO} + n end`,
    },
  },
];
const EVENTS: readonly Copied[] = [
  {
    table: 'events',
    which: 'one.id = $',
    own: { id: `$ || '-' || n`, created_at: `${LONG_AGO} + n` },
  },
];

/** Answers the id of the token that the others are copies of. */
async function fill({ modules, user }: Workplace, count: number): Promise<string> {
  await modules.storage.users.update(user.id, { emailVerifiedAt: 1 });
  const { app } = await registerApp(modules, user);
  await approve(modules, { user, app });
  const key = { userId: user.id, clientId: app.id, accountId: user.accountId };
  const grant = await modules.storage.grants.find(key);
  const token = await mint(modules, user);
  const { items } = await modules.storage.events.list({ userId: user.id }, page(1));
  const database = await openSqlite(modules.config.storage.dataDirectory);
  await addConnections(database, { grantId: grant?.id ?? '', count });
  await addCopies(database, TOKENS, { id: token.id, count });
  await addCopies(database, EVENTS, { id: items[0]?.id ?? '', count });
  await database.close();
  return token.id;
}

const page = (number: number) => ({ page: number, pageSize: PAGE_SIZE });

const processor = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

/** The median of some rounds, after one that is not counted. */
async function costOf(name: string, work: () => Promise<unknown>, rounds = ROUNDS): Promise<Cost> {
  const costs: number[] = [];
  for (let round = rounds === 1 ? 1 : 0; round <= rounds; round += 1) {
    const start = processor();
    await work();
    if (round > 0) costs.push(processor() - start);
  }
  costs.sort((left, right) => left - right);
  return { name, milliseconds: costs[Math.floor(costs.length / 2)] ?? 0 };
}

const listsOf = (
  modules: Modules,
  { id: userId, accountId }: Workplace['user'],
  tokenId: string,
) => {
  const { tokens, apps, grants, events } = modules.storage;
  const covers = () => true;
  return {
    tokens: (at: number) => tokens.list({ userId }, page(at)),
    'tokens, to a token': (at: number) =>
      tokens.list({ userId, within: { accountId, tokenId, covers } }, page(at)),
    apps: (at: number) => apps.list({ ownerId: userId }, page(at)),
    connections: (at: number) => grants.connections({ userId, sinceDay: 0 }, page(at)),
    events: (at: number) => events.list({ userId, accountId }, page(at)),
  };
};

export async function measureRows(count: number): Promise<readonly Cost[]> {
  const workplace = await makeWorkplace();
  const tokenId = await fill(workplace, count);
  const { modules, user } = workplace;
  const costs: Cost[] = [];
  const lists = Object.entries(listsOf(modules, user, tokenId));
  for (const [name, list] of lists) costs.push(await costOf(`${name}, first page`, () => list(1)));
  for (const [name, list] of lists)
    costs.push(await costOf(`${name}, last page`, () => list(Math.floor(count / PAGE_SIZE))));
  const whose = { userId: user.id, accountId: user.accountId };
  const { access } = modules.storage;
  const now = modules.clock();
  // What ends is ten years old, so that all of it may go.
  const once = (name: string, work: () => Promise<unknown>) => costOf(name, work, 1);
  costs.push(
    await costOf('what gives a membership back', () => access.living(whose, now)),
    await once('end the access of a person', () => access.end(whose, now - YEARS)),
    await once('end its connections, in the background', () => endGrants(modules)),
  );
  const all = purges(modules);
  for (const table of ['developer_tokens', 'grants', 'events'] as const)
    costs.push(await once(`purge ${table}`, () => all[table]()));
  await workplace.close();
  workplace.remove();
  return costs;
}

export async function printRows(counts: readonly number[]): Promise<void> {
  for (const count of counts) {
    console.log(
      `\nProcessor milliseconds where an owner has ${count.toLocaleString('en-GB')}, SQLite`,
    );
    for (const { name, milliseconds } of await measureRows(count))
      console.log(name.padEnd(46), milliseconds.toFixed(1).padStart(12));
  }
}
