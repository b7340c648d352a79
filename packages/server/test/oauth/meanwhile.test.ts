/**
 * Whatever changes while the question of an app is open, its answer gives what the page said and the person ticked, or the
 * page is shown again. The seed is told; `TEST_SEED` repeats a run.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { parseCredential } from '../../src/oauth/tokens/format.ts';
import { amount, SEED, toldSeed } from '../support/chance.ts';
import { startApp, type RunningApp } from '../support/running-app.ts';
import { sharedPostgres } from '../support/postgres.ts';
import { encode, unescape, type Reply, type WebVisitor } from '../support/visitor.ts';
import { ENGINES } from './desk.ts';
import {
  CATALOGUES,
  CHANGES,
  grantsOf,
  openScene,
  readPage,
  SCOPES,
  type Change,
  type Open,
  type Said,
} from './open-page.ts';
import { CALLBACK, openPlace, requestOf, type Place } from './place.ts';

const RUNS = { sqlite: amount(120, { long: 1200 }), postgres: amount(60, { long: 600 }) } as const;
const FORM = '/oauth2/auth';
const DECISIONS = ['allow', 'allow', 'allow_read', 'deny'] as const;

interface Run {
  readonly asked: readonly string[];
  /** What was allowed before the page was opened. */
  readonly earlier: Change | null;
  readonly isOwnAccount: boolean;
  readonly isPublic: boolean;
  readonly changes: readonly Change[];
  readonly catalogue: number;
  readonly decision: (typeof DECISIONS)[number];
  readonly ticked: readonly string[];
}

const RUN: fc.Arbitrary<Run> = fc.record({
  asked: fc.subarray(SCOPES, { minLength: 1 }),
  earlier: fc.option(CHANGES.filter(({ name }) => name.startsWith('grant:'))),
  isOwnAccount: fc.boolean(),
  isPublic: fc.boolean(),
  changes: fc.oneof(
    { weight: 4, arbitrary: fc.array(CHANGES, { minLength: 1, maxLength: 3 }) },
    { weight: 1, arbitrary: fc.constant([]) },
  ),
  catalogue: fc.oneof(
    { weight: 2, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.nat({ max: CATALOGUES.length - 1 }) },
  ),
  decision: fc.constantFrom(...DECISIONS),
  ticked: fc.subarray(SCOPES),
});

/** What the person gives by this answer to this page. */
function meant({ required, optional }: Said, { decision, ticked, catalogue }: Run): string[] {
  const reads = [
    'account.read',
    'asset.read',
    'offline',
    ...(catalogue === 2 ? ['asset.create'] : []),
  ];
  const isMeant = (name: string): boolean =>
    ticked.includes(name) && (decision === 'allow' || reads.includes(name));
  return [...required, ...optional.filter(isMeant)].toSorted();
}

/** Adds to the time of pages, not to that of the server: nobody answers at once. */
const moment = { skipped: 0 };
const real = Date.now;
before(() => {
  Date.now = () => real() + moment.skipped;
});
after(() => {
  Date.now = real;
});

for (const engine of ENGINES) {
  describe(engine, () => {
    let place: Place;
    const others: RunningApp[] = [];
    before(async () => {
      const databaseUrl =
        engine === 'sqlite' ? undefined : await (await sharedPostgres()).createMigrated();
      const rateLimit = {
        requests: 1_000_000,
        failures: 1_000_000,
        windowSeconds: 60,
        changesPerDay: 1_000_000,
      };
      place = await openPlace({
        ...(databaseUrl !== undefined && { databaseUrl }),
        change: (config) => ({ ...config, rateLimit }),
      });
      const { storage, masterSecrets, attempts } = place.running.app.config;
      for (const change of CATALOGUES.slice(1))
        others.push(
          await startApp({
            clock: () => place.time.now,
            change: (config) => change({ ...config, storage, masterSecrets, attempts, rateLimit }),
          }),
        );
    });
    after(async () => {
      for (const other of others) await other.stop();
      await place.stop();
    });

    /** The same browser at the service as it goes on. */
    function onward({ person }: Open, { catalogue }: Run): WebVisitor {
      const other = others[catalogue - 1];
      if (other === undefined) return person.visitor;
      const visitor = other.visitor();
      for (const [name, value] of person.visitor.cookies) visitor.cookies.set(name, value);
      return visitor;
    }

    const fieldsOf = (html: string): Record<string, string> =>
      Object.fromEntries(
        [...html.matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)"/g)].map(
          ([, name = '', value = '']) => [name, unescape(value)],
        ),
      );

    async function answer(open: Open, run: Run, page: string): Promise<Reply> {
      moment.skipped += 1000;
      const { csrf = '', request = '', account_id = '', ticket = '' } = fieldsOf(page);
      const { decision, ticked } = run;
      const fields = { csrf, request, account_id, ticket, decision, scope: ticked };
      const visitor = onward(open, run);
      return visitor.send('POST', FORM, { body: encode(fields) });
    }

    const counts = { granted: 0, again: 0, denied: 0, else: 0 };

    /** One answer to one page; the page that is shown again, or `null`. */
    async function judge(open: Open, run: Run, page: string): Promise<string | null> {
      const path = requestFor(open, run);
      const said = readPage(page);
      assert.ok(said !== null);
      const now = await onward(open, run).send('GET', path, {});
      assert.ok(now.status < 500, `${now.status}`);
      const saidNow = readPage(now.html);
      const before = await grantsOf(open);
      const reply = await answer(open, run, page);
      assert.ok(reply.status < 500, `${reply.status} ${reply.html}`);
      const told = reply.location?.startsWith(`${CALLBACK}?`)
        ? new URL(reply.location).searchParams
        : null;
      if (told?.has('code')) {
        counts.granted += 1;
        assert.notEqual(run.decision, 'deny');
        assert.deepEqual(told.get('scope')?.split(' ').toSorted(), meant(said, run));
        assert.deepEqual(saidNow, said, 'the page said something else by then');
        await assertGiven(open, { said, names: meant(said, run), code: told.get('code') ?? '' });
        return null;
      }
      assert.deepEqual(await grantsOf(open), before, 'what gives no code changes no grant');
      if (told !== null) {
        counts.denied += 1;
        if (run.decision === 'deny') assert.ok(told.has('error'));
        else assert.ok(said.words !== saidNow?.words || meant(said, run).length === 0, 'refused');
        return null;
      }
      if (reply.status === 409) {
        counts.again += 1;
        assert.deepEqual(readPage(reply.html)?.required, saidNow?.required);
        return reply.html;
      }
      counts.else += 1;
      assert.notDeepEqual(saidNow, said, 'what still holds is answered');
      return null;
    }

    /** The code and its grant are for whom and where the page said. */
    async function assertGiven(
      { registered, users }: Open,
      { said, names, code }: { said: Said; names: readonly string[]; code: string },
    ): Promise<void> {
      const { codes, grants } = place.modules.storage;
      const standing = await codes.standing(parseCredential('gate', code)?.id ?? '');
      assert.ok(standing !== null);
      const { scopes, redirectUri, userId, accountId } = standing.code;
      assert.deepEqual(scopes.toSorted(), names);
      assert.equal(redirectUri, CALLBACK);
      assert.ok(said.words.includes(new URL(CALLBACK).host));
      const user = await place.modules.storage.users.byId(userId);
      assert.ok(users.some(({ id }) => id === userId) && said.words.includes(user?.email ?? '?'));
      const grant = await grants.find({ userId, accountId, clientId: registered.app.id });
      for (const name of names) assert.ok(grant?.scopes.includes(name), name);
    }

    const requestFor = ({ registered, person, developer }: Open, { asked, isOwnAccount }: Run) =>
      requestOf(registered, {
        scope: asked.join(' '),
        prompt: 'consent',
        account_id: (isOwnAccount ? person : developer).user.accountId,
      });

    test('whatever changes while the page is open, nothing is granted that it did not say', async (t) => {
      t.diagnostic(toldSeed);
      await fc.assert(
        fc.asyncProperty(RUN, async (run) => {
          const open = await openScene(place, run.isPublic);
          await run.earlier?.make(open);
          const { html } = await open.person.visitor.get(requestFor(open, run));
          // With nothing that the role allows the app is told so, and no page is shown.
          if (readPage(html) === null) return;
          for (const { make } of run.changes) await make(open);
          const again = await judge(open, run, html);
          if (again === null) return;
          assert.equal(await judge(open, run, again), null, 'shown again though nothing changed');
        }),
        { numRuns: RUNS[engine], seed: SEED, endOnFailure: true },
      );
      t.diagnostic(JSON.stringify(counts));
      // Chance decides how many; far fewer than on average, and hardly anything was tried.
      assert.ok(counts.granted > RUNS[engine] / 30, JSON.stringify(counts));
      assert.ok(counts.again > RUNS[engine] / 30, JSON.stringify(counts));
    });
  });
}
