/** The clock of the machine is set back an hour, or a day ahead and mended: limits, caches, sessions, links and mail go on. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { createClockWatch } from '../../src/compose/clock-watch.ts';
import { createTally } from '../../src/kit/tally.ts';
import { Place, type Person } from '../oauth/place.ts';
import { approve, CALLBACK, exchange, type Registered } from '../support/oauth.ts';
import { sharedPostgres } from '../support/postgres.ts';
import { linkTo, PASSWORD, startApp, type RunningApp } from '../support/running-app.ts';

const HOUR = 3600;
const DAY = 86_400;
const WINDOW = 60;
const REQUESTS = 20;
const GUESSES = 3;
const START = Math.floor(Date.now() / 1000);

/** The machine: `pass` is time that goes by, `set` is a hand at the clock. */
const machine = { wall: START, elapsed: 5_000_000 };
const pass = (seconds: number): void => {
  machine.wall += seconds;
  machine.elapsed += seconds * 1000;
};
const set = (seconds: number): void => {
  machine.wall += seconds;
};

for (const engine of ['sqlite', 'postgres'] as const)
  describe(engine, () => {
    let running: RunningApp;
    let place: Place;
    let person: Person;
    let web: Registered;

    before(async () => {
      const databaseUrl =
        engine === 'sqlite' ? null : await (await sharedPostgres()).createMigrated();
      running = await startApp({
        clock: () => machine.wall,
        elapsed: () => machine.elapsed,
        ...(databaseUrl !== null && { env: { GATEHOUSE_DATABASE_URL: databaseUrl } }),
        change: (config) => ({
          ...config,
          rateLimit: {
            requests: REQUESTS,
            failures: REQUESTS,
            windowSeconds: WINDOW,
            changesPerDay: 1_000_000,
          },
          attempts: { windowSeconds: 900, perAccount: GUESSES, perAddress: 10_000 },
        }),
      });
      place = new Place(running, { now: START });
    });
    beforeEach(async () => {
      // Everybody's limits are fresh again.
      pass(DAY);
      person = await place.person();
      web = await place.register(person.user);
    });
    after(() => place.stop());

    const tokenOf = () => place.developerToken(person.user, ['account.read']);

    const call = (value: string) => place.me(value);
    const waitOf = ({ headers }: { headers: Headers }): number =>
      Number(headers.get('retry-after'));

    for (const [what, steps] of [
      ['back an hour', [-HOUR]],
      ['a day ahead, and mended', [DAY, -DAY]],
    ] as const)
      test(`limits of requests go on when the clock is set ${what}`, async () => {
        const { value } = await tokenOf();
        for (const step of steps) {
          for (let sent = 0; sent <= REQUESTS; sent++) await call(value);
          const full = await call(value);
          assert.equal(full.status, 429);
          assert.ok(waitOf(full) <= WINDOW, String(waitOf(full)));
          set(step);
          const still = await call(value);
          assert.equal(still.status, 429, 'no step empties a bucket');
          assert.ok(waitOf(still) <= WINDOW, String(waitOf(still)));
          pass(WINDOW);
          assert.equal((await call(value)).status, 200, 'nor does one fill it');
        }
      });

    test('facts in memory are forgotten in time when the clock is set back', async () => {
      const { id, value } = await tokenOf();
      assert.equal((await call(value)).status, 200);
      set(-HOUR);
      // As another process does it, which this one does not hear of.
      assert.ok(await running.app.storage.tokens.revoke(id, machine.wall));
      pass(1);
      assert.equal((await call(value)).status, 401);
    });

    test('guesses that were counted a day ahead are not held against anybody once the clock is mended', async () => {
      const visitor = running.visitor();
      const { email } = person.user;
      const signIn = async (password: string) => {
        await visitor.get('/sign-in');
        return visitor.submit('/sign-in', { email, password });
      };
      set(DAY);
      for (let guess = 0; guess <= GUESSES; guess++) await signIn('a wrong guess at it');
      const limited = await signIn(PASSWORD);
      assert.equal(limited.status, 429);
      assert.ok(waitOf(limited) <= 900, String(waitOf(limited)));
      set(-DAY);
      const page = await signIn(PASSWORD);
      assert.equal(page.status, 200, page.text.slice(0, 300));
    });

    test('a lock that began before the clock was set back an hour ends within its window', async () => {
      const visitor = running.visitor();
      const { email } = person.user;
      const signIn = async (password: string) => {
        await visitor.get('/sign-in');
        return visitor.submit('/sign-in', { email, password });
      };
      for (let guess = 0; guess <= GUESSES; guess++) await signIn('a wrong guess at it');
      set(-HOUR);
      const answer = await signIn('a wrong guess at it');
      assert.ok(answer.status !== 429 || waitOf(answer) <= 900, String(waitOf(answer)));
      pass(900);
      assert.equal((await signIn(PASSWORD)).status, 200);
    });

    test('sessions, tokens and refresh tokens survive a step either way', async () => {
      const { value } = await tokenOf();
      const { json } = await exchange(
        { base: place.base, modules: place.modules },
        { user: person.user, registered: web },
      );
      let refresh = String(json.refresh_token);
      for (const step of [-HOUR, HOUR, DAY, -DAY, -DAY]) {
        set(step);
        pass(1);
        assert.equal((await call(value)).status, 200, String(step));
        assert.match((await person.visitor.get('/tokens')).url, /\/tokens$/, String(step));
        const next = await place.token(
          { grant_type: 'refresh_token', refresh_token: refresh },
          web,
        );
        assert.equal(next.status, 200, JSON.stringify(next.json));
        assert.equal((await call(next.json.access_token)).status, 200, String(step));
        refresh = next.json.refresh_token;
      }
      set(DAY);
    });

    test('what a clock a day ahead issued is not believed for longer than its own time', async () => {
      set(DAY);
      const code = await approve(place.modules, { user: person.user, app: web.app });
      const { json } = await exchange(
        { base: place.base, modules: place.modules },
        { user: person.user, registered: web },
      );
      const rotated = await place.token(
        { grant_type: 'refresh_token', refresh_token: json.refresh_token },
        web,
      );
      set(-DAY);
      const fields = { grant_type: 'authorization_code', code, redirect_uri: CALLBACK };
      assert.equal(
        (await place.token(fields, web)).json.error,
        'invalid_grant',
        'a code lives for a minute',
      );
      pass(1);
      assert.equal(
        (await call(rotated.json.access_token)).status,
        401,
        'an access token lives for an hour',
      );
      pass(WINDOW);
      const again = await place.token(
        { grant_type: 'refresh_token', refresh_token: json.refresh_token },
        web,
      );
      assert.equal(again.json.error, 'invalid_grant', 'a refresh is repeated within seconds');
    });

    test('a link to a new password that was sent a day ahead is no good once the clock is mended, and one that was sent before it was set back is', async () => {
      const { email } = person.user;
      const ask = async (): Promise<string> => {
        const visitor = running.visitor();
        await visitor.get('/forgot-password');
        await visitor.submit('/forgot-password', { email });
        return linkTo(running, email, '/reset-password');
      };
      const opens = async (link: string): Promise<boolean> => {
        const { pathname, search } = new URL(link);
        const page = await running.visitor().get(pathname + search);
        return /name="password"/.test(page.html);
      };
      set(DAY);
      const early = await ask();
      set(-DAY);
      assert.equal(await opens(early), false);
      pass(HOUR);
      const late = await ask();
      set(-HOUR);
      assert.equal(await opens(late), true);
      set(HOUR);
    });

    test('a message of a clock that was ahead goes out once it is mended', async () => {
      const { outbox } = running.app.storage;
      set(DAY);
      await running.app.storage.outbox.enqueue({
        kind: 'password-changed',
        to: 'late@example.com',
        name: 'Ada',
        at: machine.wall,
        address: null,
      } as never);
      set(-DAY);
      const taken = await outbox.take(machine.wall, machine.wall + 180, 1000);
      assert.ok(taken.some(({ notice }) => notice.to === 'late@example.com'));
      assert.deepEqual(await outbox.take(machine.wall, machine.wall + 180, 1000), [], 'and once');
    });

    test('what was made by a clock that was ahead does not count for the day', async () => {
      set(DAY);
      await tokenOf();
      set(-DAY);
      const { tokens } = running.app.storage;
      const since = machine.wall - DAY;
      const asked = { place: 1, since, until: machine.wall };
      assert.equal(await tokens.madeAt(person.user.id, asked), null);
    });
  });

test('a step of the clock is logged and counted once, and its slow correction is not', () => {
  const time = { wall: 1_000_000, elapsed: 0 };
  const lines: unknown[] = [];
  const steps = createTally<'ahead' | 'back'>();
  const watch = createClockWatch({
    milliseconds: () => time.wall,
    elapsed: () => time.elapsed,
    steps,
    logger: { warn: (facts: unknown) => void lines.push(facts) } as never,
  });
  const after = (wall: number, elapsed: number): void => {
    time.wall += wall;
    time.elapsed += elapsed;
    watch.look();
  };
  after(10_000, 10_000);
  after(10_400, 10_000);
  assert.deepEqual(lines, []);
  after(10_000 - 3_600_000, 10_000);
  after(10_000, 10_000);
  after(10_000 + 86_400_000, 10_000);
  assert.deepEqual(steps.entries(), [
    ['back', 1],
    ['ahead', 1],
  ]);
  assert.deepEqual(lines, [{ seconds: -3600 }, { seconds: 86_400 }]);
});
