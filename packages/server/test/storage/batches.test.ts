/**
 * Every batch survives its worst row, on both databases: the good rows of each are done, the bad one is counted, named in the
 * log without a secret, and stays as long as its batch says. The two tables below have a line for every batch and every purge
 * by their types, so that a new one cannot be added without its bad row.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { sql, type RawBuilder } from 'kysely';
import { readConfig } from '../../src/config/read.ts';
import type { BatchName } from '../../src/compose/dropped.ts';
import { endGrants, flush, purge, PURGED_TABLES } from '../../src/compose/jobs.ts';
import { days } from '../../src/kit/clock.ts';
import { newId } from '../../src/kit/ids.ts';
import { createCourier } from '../../src/mail/courier.ts';
import { UNREADABLE } from '../../src/kit/unreadable.ts';
import { openModules, type Modules } from '../../src/compose/modules.ts';
import type { Engine } from '../../src/storage/engine.ts';
import { openPostgres } from '../../src/storage/postgres.ts';
import { openSqlite } from '../../src/storage/sqlite.ts';
import { addToken } from '../operations/token.ts';
import { addCrowd, crowdIds } from '../support/crowd.ts';
import { approve, registerApp } from '../support/oauth.ts';
import { sharedPostgres } from '../support/postgres.ts';
import { addOldRow, countRows, keepSecond, SECRET } from './old-rows.ts';
import { ENGINES, type EngineName } from './places.ts';

const START = Date.UTC(2026, 10, 24) / 1000;

interface Place {
  readonly modules: Modules;
  /** A connection of its own, for what no module would write. */
  readonly database: Engine;
  readonly time: { now: number };
  close(): Promise<void>;
}

async function open(engine: EngineName): Promise<Place> {
  const directory = mkdtempSync(join(tmpdir(), 'gatehouse-batches-'));
  const read = readConfig({ env: {}, directory });
  const databaseUrl = engine === 'sqlite' ? null : await (await sharedPostgres()).createMigrated();
  const config = { ...read, storage: { ...read.storage, databaseUrl } };
  const time = { now: START };
  const modules = await openModules({ config, clock: () => time.now });
  const database =
    databaseUrl === null
      ? await openSqlite(config.storage.dataDirectory)
      : openPostgres(databaseUrl);
  return {
    modules,
    database,
    time,
    async close() {
      await database.close();
      await modules.close();
      rmSync(directory, { recursive: true });
    },
  };
}

/** What the log is told, as text. */
function reported(modules: Modules): string {
  const lines: string[] = [];
  modules.dropped.report({ error: (facts) => lines.push(JSON.stringify(facts)) });
  return lines.join('\n');
}

/** Makes the database refuse rows for good. Answers how to end that. */
async function refuse(
  { name, migrations: db }: Engine,
  rule: { readonly table: string; readonly column: string; readonly containing: string },
): Promise<() => Promise<unknown>> {
  const { table, column, containing } = rule;
  if (name === 'postgres') {
    const like = sql`${sql.ref(column)} not like ${sql.lit(`%${containing}%`)}`;
    await sql`alter table ${sql.table(table)} add constraint refused check (${like}) not valid`.execute(
      db,
    );
    return () => sql`alter table ${sql.table(table)} drop constraint refused`.execute(db);
  }
  for (const act of ['insert', 'update']) {
    await sql`create trigger ${sql.id(`refused_${act}`)} before ${sql.raw(act)} on ${sql.table(table)}
      when new.${sql.id(column)} like ${sql.lit(`%${containing}%`)}
      begin select raise(abort, 'refused'); end`.execute(db);
  }
  return async () => {
    await sql`drop trigger refused_insert`.execute(db);
    await sql`drop trigger refused_update`.execute(db);
  };
}

async function three<Made>(make: (index: number) => Promise<Made>): Promise<readonly Made[]> {
  return [await make(0), await make(1), await make(2)];
}

const addTokens = (modules: Modules) => three(() => addToken(modules, `p-${newId()}@example.com`));

/** Grants to apps of three people, with the secret of each app. */
async function addGrants({ modules, database }: Place) {
  return three(async (index) => {
    const { id } = await addToken(modules, `g${index}-${newId()}@example.com`);
    const token = await modules.storage.tokens.byId(id);
    const user = await modules.storage.users.byId(token?.userId ?? '');
    assert.ok(user !== null);
    const { app } = await registerApp(modules, user);
    await approve(modules, { user, app });
    const [secret] = await modules.storage.secrets.ofApp(app.id);
    const grants = await idsWhere(database, sql`grants where client_id = ${app.id}`);
    return { grantId: grants[0] ?? '', secretId: secret?.id ?? '' };
  });
}

async function idsWhere(
  { migrations: db }: Engine,
  condition: RawBuilder<unknown>,
): Promise<readonly string[]> {
  const { rows } = await sql<{ id: string }>`select id from ${condition}`.execute(db);
  return rows.map(({ id }) => id);
}

interface CaseOutcome {
  /** The second of three rows. */
  readonly bad: string;
  /** Which of them are done. */
  readonly isDone: readonly boolean[];
  /** Where they are counted, if not at the place. */
  readonly by?: Modules;
}

/** Prepares three rows of which the second is bad, runs the batch, and says what became of each. */
type Case = (place: Place) => Promise<CaseOutcome>;

const idOf = (made: readonly { readonly id: string }[], index: number): string =>
  made[index]?.id ?? '';

const CASES: Readonly<Record<Exclude<BatchName, 'purge'>, Case>> = {
  async 'token-use'({ modules, database }) {
    const tokens = await addTokens(modules);
    const bad = idOf(tokens, 1);
    const mend = await refuse(database, {
      table: 'token_uses',
      column: 'token_id',
      containing: bad,
    });
    const use = { outcome: 'allowed', address: '192.0.2.1', agent: 'x', at: modules.clock() };
    for (const { id } of tokens) modules.usage.note({ ...use, tokenId: id });
    await flush(modules);
    await mend();
    const uses = await Promise.all(tokens.map(({ id }) => modules.storage.usage.uses(id, 0)));
    return { bad, isDone: uses.map(({ length }) => length === 1) };
  },
  async 'grant-use'(place) {
    const { modules, database } = place;
    const grants = await addGrants(place);
    const bad = grants[1]?.grantId ?? '';
    const mend = await refuse(database, {
      table: 'grant_uses',
      column: 'grant_id',
      containing: bad,
    });
    for (const { grantId } of grants)
      modules.authorization.grantUsage.noteCall(grantId, modules.clock());
    await flush(modules);
    await mend();
    const { rows } = await sql<{
      grant_id: string;
    }>`select grant_id from grant_uses`.execute(database.migrations);
    const counted = new Set(rows.map((row) => row.grant_id));
    return { bad, isDone: grants.map(({ grantId }) => counted.has(grantId)) };
  },
  async 'secret-use'(place) {
    const { modules, database } = place;
    const grants = await addGrants(place);
    const bad = grants[1]?.secretId ?? '';
    const mend = await refuse(database, { table: 'client_secrets', column: 'id', containing: bad });
    for (const { secretId } of grants) modules.authorization.secretUsage.note(secretId, START);
    await flush(modules);
    await mend();
    const used = new Set(
      await idsWhere(database, sql`client_secrets where last_used_at is not null`),
    );
    return { bad, isDone: grants.map(({ secretId }) => used.has(secretId)) };
  },
  async mail({ modules, database }) {
    const { outbox } = modules.storage;
    const before = await outbox.list('all', { page: 1, pageSize: 100 });
    for (const { id } of before.items) await outbox.markSent(id, START);
    for (const name of ['Ada', 'Bob', 'Eve']) {
      const notice = { kind: 'password-changed', to: 'ada@example.com', name } as const;
      await outbox.enqueue({ ...notice, at: START, address: null });
    }
    const { items } = await outbox.list('all', { page: 1, pageSize: 100 });
    const waiting = items.filter(({ sentAt }) => sentAt === null).toReversed();
    const bad = waiting[1]?.id ?? '';
    await sql`update outbox set notice = '{"kind":' where id = ${bad}`.execute(database.migrations);
    const courier = courierOf(modules);
    await courier.deliverDue();
    await courier.deliverDue();
    await courier.stop();
    const found = await Promise.all(waiting.map(({ id }) => outbox.byId(id)));
    assert.equal(found[1]?.lastError, UNREADABLE);
    assert.equal(found[1]?.failedAt, START, 'it is given up at once');
    return { bad, isDone: found.map((entry) => entry?.sentAt === START) };
  },
  async 'shorten-lives'({ modules, database }) {
    const tokens = await addTokens(modules);
    const bad = idOf(tokens, 1);
    await sql`update developer_tokens set expires_at = null`.execute(database.migrations);
    const mend = await refuse(database, {
      table: 'events',
      column: 'resource_id',
      containing: bad,
    });
    // As an operator sets it after the tokens were made.
    const tokensPolicy = { ...modules.config.tokens, longestLifeDays: 90 };
    const config = { ...modules.config, tokens: tokensPolicy };
    const strict = await openModules({ config, clock: modules.clock, isMigrating: false });
    await strict.tokens.shortenLives();
    const found = await Promise.all(tokens.map(({ id }) => modules.storage.tokens.byId(id)));
    await mend();
    await strict.tokens.shortenLives();
    await strict.close();
    assert.notEqual(
      (await modules.storage.tokens.byId(bad))?.expiresAt,
      null,
      'the next run tries',
    );
    return { bad, isDone: found.map((token) => token?.expiresAt !== null), by: strict };
  },
  async 'erase-people'({ modules, database }) {
    const tokens = await addTokens(modules);
    const found = await Promise.all(tokens.map(({ id }) => modules.storage.tokens.byId(id)));
    const ids = found.map((token) => token?.userId ?? '');
    const bad = ids[1] ?? '';
    await sql`update users set deletion_due_at = ${START} where id in (${sql.join(ids)})`.execute(
      database.migrations,
    );
    const mend = await refuse(database, { table: 'users', column: 'id', containing: bad });
    assert.equal(await modules.accounts.eraseDue(), 2);
    const users = await Promise.all(ids.map((id) => modules.storage.users.byId(id)));
    await mend();
    assert.equal(await modules.accounts.eraseDue(), 1, 'the next run tries');
    return { bad, isDone: users.map((user) => user?.erasedAt === START) };
  },
  async 'end-grants'(place) {
    const { modules, database } = place;
    const [grant] = await addGrants(place);
    const grantId = grant?.grantId ?? '';
    await addCrowd(database, { grantId, count: 3 });
    const ids = [1, 2, 3].map((n) => crowdIds(grantId, n).grantId);
    const bad = ids[1] ?? '';
    const mend = await refuse(database, { table: 'grants', column: 'id', containing: bad });
    await sql`update apps set deleted_at = ${START} where id = (select client_id from grants where id = ${bad})`.execute(
      database.migrations,
    );
    await endGrants(modules);
    const found = await Promise.all(ids.map((id) => modules.storage.grants.byId(id)));
    await mend();
    await endGrants(modules);
    const again = await modules.storage.grants.byId(bad);
    assert.equal(again?.revokedAt, START, 'the next run tries');
    return { bad, isDone: found.map((grant) => grant?.revokedAt === START) };
  },
  async 'send-expiry-notices'({ modules, database }) {
    const tokens = await addTokens(modules);
    const bad = idOf(tokens, 1);
    const ids = tokens.map(({ id }) => id);
    await sql`update developer_tokens set expires_at = ${START + days(5)}, expiry_notice_days = null
      where id in (${sql.join(ids)})`.execute(database.migrations);
    const mend = await refuse(database, { table: 'outbox', column: 'notice', containing: bad });
    await modules.tokens.sendExpiryNotices();
    const found = await Promise.all(ids.map((id) => modules.storage.tokens.byId(id)));
    await mend();
    assert.equal(await modules.tokens.sendExpiryNotices(), 1, 'the next run tries');
    return { bad, isDone: found.map((token) => token?.expiryNoticeDays === 7) };
  },
};

/** As the server composes it, but nothing leaves. */
const courierOf = (modules: Modules) =>
  createCourier({
    queue: modules.storage.outbox,
    transport: {
      domain: 'example.com',
      talkSeconds: 90,
      answerSeconds: 600,
      deliver: async () => undefined,
      close: () => undefined,
    },
    isLive: async () => true,
    render: modules.renderMail,
    clock: modules.clock,
    onResult({ id, kind }) {
      if (kind === 'unreadable') modules.dropped.note('mail', id);
    },
  });

const droppedBy = ({ counts }: Modules): number => counts.dropped.of('purge');

for (const engine of ENGINES) {
  describe(engine, () => {
    let place: Place;
    before(async () => {
      place = await open(engine);
    });
    after(() => place.close());

    for (const [batch, run] of Object.entries(CASES)) {
      test(`a bad row of ${batch} stops no other`, async () => {
        const { modules } = place;
        modules.dropped.report({ error: () => undefined });
        const before = modules.counts.dropped.of(batch as BatchName);
        const { bad, isDone, by } = await run(place);
        assert.ok(bad !== '');
        assert.deepEqual(isDone, [true, false, true]);
        const counted = (by ?? modules).counts.dropped.of(batch as BatchName);
        assert.equal(counted - (by === undefined ? before : 0), 1);
        assert.ok(reported(by ?? modules).includes(bad), 'the log names it');
      });
    }

    for (const table of PURGED_TABLES) {
      test(`a row of ${table} that cannot be deleted keeps no other`, async () => {
        const { modules, database } = place;
        await purge(modules);
        modules.dropped.report({ error: () => undefined });
        const before = { rows: await countRows(database, table), dropped: droppedBy(modules) };
        for (const which of ['1', '2', '3']) await addOldRow(database, table, which);
        const letGo = await keepSecond(database, table);
        await purge(modules);
        assert.equal(await countRows(database, table), before.rows + 1, 'the other two are gone');
        assert.equal(droppedBy(modules), before.dropped + 1);
        const told = reported(modules);
        assert.match(told, new RegExp(`"${table} (id-2|#[0-9a-f]{12})`));
        assert.ok(!told.includes(SECRET), told);
        await letGo();
        await purge(modules);
        assert.equal(await countRows(database, table), before.rows, 'the next run tries again');
        assert.equal(droppedBy(modules), before.dropped + 1);
      });
    }
  });
}
