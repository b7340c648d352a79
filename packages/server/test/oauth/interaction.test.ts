/** The answer to the question is taken once, from the page that was shown, while it says what is true. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { AppForm } from '../../src/apps/form.ts';
import { LEAST_MILLISECONDS } from '../../src/oauth/authorize/interaction.ts';
import { CALLBACK, FORM as APP_FORM, type Registered } from '../support/oauth.ts';
import { sharedPostgres } from '../support/postgres.ts';
import { encode, unescape, type WebVisitor } from '../support/visitor.ts';
import { answerIn, openPlace, requestOf, type Person, type Place } from './place.ts';

const FORM = '/oauth2/auth';
const origin = { source: 'cli', client: 'cli/test', address: null, actorId: null } as const;
const SCOPES = ['account.read', 'asset.read', 'asset.create', 'asset.delete', 'offline'];
const OPTIONAL = ['asset.create', 'asset.delete', 'offline'];

for (const engine of ['sqlite', 'postgres'] as const) {
  describe(engine, () => {
    let place: Place;
    let developer: Person;
    before(async () => {
      const databaseUrl =
        engine === 'sqlite' ? undefined : await (await sharedPostgres()).createMigrated();
      place = await openPlace({
        ...(databaseUrl !== undefined && { databaseUrl }),
        change: (config) => ({
          ...config,
          rateLimit: {
            requests: 100_000,
            failures: 100_000,
            windowSeconds: 60,
            changesPerDay: 1_000_000,
          },
        }),
      });
      developer = await place.person();
    });
    after(() => place.stop());

    const register = (): Promise<Registered> =>
      place.register(developer.user, { scopes: SCOPES, optionalScopes: OPTIONAL });

    async function change({ app }: Registered, form: Partial<AppForm>): Promise<void> {
      const actor = { user: developer.user, origin, isOperator: false, ceiling: null };
      const base = { ...APP_FORM, scopes: SCOPES, optionalScopes: OPTIONAL };
      const changed = await place.modules.authorization.apps.change(
        { id: app.id, form: { ...base, ...form } },
        actor,
      );
      assert.equal(changed.outcome, 'changed', JSON.stringify(changed));
    }

    const grantOf = ({ user }: Person, { app }: Registered) =>
      place.modules.storage.grants.find({
        userId: user.id,
        clientId: app.id,
        accountId: user.accountId,
      });

    const all = (more: Record<string, string | null> = {}) => ({
      scope: SCOPES.join(' '),
      ...more,
    });

    const codesOf = async (person: Person, registered: Registered): Promise<number> => {
      const { items } = await place.modules.storage.events.list(
        { userId: person.user.id },
        { page: 1, pageSize: 100 },
      );
      return items.filter(({ details }) => details['client_id'] === registered.app.id).length;
    };

    test('optional scopes that became required meanwhile are shown, and not granted', async () => {
      const registered = await register();
      const person = await place.person();
      await person.visitor.get(requestOf(registered, all()));
      await change(registered, { optionalScopes: [] });
      const again = await person.visitor.submit(FORM, { decision: 'allow_read' });
      assert.equal(again.status, 409);
      assert.match(again.text, /has changed while it was open/);
      assert.equal(await grantOf(person, registered), null);
      const answer = answerIn(await person.visitor.submit(FORM, { decision: 'allow' }));
      assert.deepEqual(answer.get('scope')?.split(' ').toSorted(), SCOPES.toSorted());
      assert.equal(await codesOf(person, registered), 1);
    });

    test('the page that is shown again keeps the ticks that still apply', async () => {
      const registered = await register();
      const { visitor } = await place.person();
      await visitor.get(requestOf(registered, all()));
      await change(registered, { description: 'Sells films', optionalScopes: OPTIONAL.slice(1) });
      const scope = ['asset.delete', 'asset.create'];
      const again = await visitor.submit(FORM, { decision: 'allow', scope });
      const ticked = (name: string): boolean =>
        new RegExp(`value="${name}" checked`).test(again.html);
      assert.deepEqual(OPTIONAL.map(ticked), [false, true, false]);
      assert.match(again.text, /Sells films/);
    });

    test('the request survives the end of the session, with and without another one', async () => {
      const registered = await register();
      const state = 'kept & sound';
      const person = await place.person();
      await person.visitor.get(requestOf(registered, all({ state })));
      const { storage } = place.modules;
      await storage.sessions.endAll(person.user.id, null);
      const signIn = await person.visitor.submit(FORM, { decision: 'allow' });
      assert.match(signIn.url, /\/sign-in\?/);
      const asked = await place.signIn(person.visitor, person.user);
      assert.match(asked.text, /asks for access/);
      const answer = answerIn(await person.visitor.submit(FORM, { decision: 'allow' }));
      assert.deepEqual([answer.get('state'), answer.has('code')], [state, true]);
    });

    test('another user of the browser is asked anew, by name, and the first one gives nothing', async () => {
      const registered = await register();
      const first = await place.person();
      await first.visitor.get(requestOf(registered, all({ state: 'mine' })));
      const old = first.visitor.hidden(FORM) ?? {};
      const second = await place.user();
      await first.visitor.get('/sign-in?again=1');
      await place.signIn(first.visitor, second);
      const again = await first.visitor.post(FORM, { ...old, decision: 'allow' });
      assert.match(again.text, /The sign-in has changed/);
      assert.ok(again.text.includes(second.email), again.text);
      assert.ok(!again.text.includes(first.user.email));
      assert.equal(await grantOf(first, registered), null);
      assert.equal(await grantOf({ ...first, user: second }, registered), null);
      const answer = answerIn(await first.visitor.submit(FORM, { decision: 'allow' }));
      assert.equal(answer.get('state'), 'mine');
      assert.equal(await grantOf(first, registered), null);
      assert.notEqual(await grantOf({ ...first, user: second }, registered), null);
    });

    test('an answer that nobody can have thought about shows the page again; Deny needs no thought', async () => {
      const registered = await register();
      const { visitor, user } = await place.person();
      const send = async (decision: string) => {
        const page = await visitor.get(requestOf(registered, all({ prompt: 'consent' })));
        assert.equal(page.status, 200);
        const body = encode({ ...visitor.hidden(FORM), decision });
        return visitor.send('POST', FORM, { body });
      };
      for (const decision of ['allow', 'allow_read']) {
        const reply = await send(decision);
        assert.equal(reply.status, 409);
        assert.match(reply.html, /too quick for a decision/);
      }
      assert.equal(await grantOf({ visitor, user }, registered), null);
      assert.match((await send('deny')).location ?? '', /error=access_denied/);
      assert.ok(LEAST_MILLISECONDS >= 400, 'the attack was seen to work after 249 ms');
    });

    test('a page is answered once: Allow after Allow, Allow after Deny and Deny after Allow are told so', async () => {
      const registered = await register();
      for (const [one, other] of [
        ['allow', 'allow'],
        ['deny', 'allow'],
        ['allow', 'deny'],
        ['deny', 'deny'],
      ] as const) {
        const { visitor } = await place.person();
        await visitor.get(requestOf(registered, all()));
        const form = visitor.hidden(FORM) ?? {};
        answerIn(await visitor.post(FORM, { ...form, decision: one }));
        place.time.now += 11;
        const late = await visitor.post(FORM, { ...form, decision: other });
        assert.equal(late.status, 409, `${one} ${other}`);
        assert.match(late.text, /You have already answered this request/);
        const link = /href="(\/oauth2\/auth\?[^"]+)"/.exec(late.html)?.[1];
        const started = await visitor.get(unescape(link ?? ''));
        if (one === 'allow') assert.ok(answerIn(started).get('code'));
        else assert.match(started.text, /asks for access/);
      }
    });

    test('both clicks of a double click lead to the app, and one code is worth something', async () => {
      const registered = await register();
      const { visitor } = await place.person();
      await visitor.get(requestOf(registered, all()));
      const form = { ...visitor.hidden(FORM), decision: 'allow', scope: ['offline'] };
      const first = answerIn(await visitor.post(FORM, form)).get('code') ?? '';
      const both = await Promise.all([visitor.post(FORM, form), visitor.post(FORM, form)]);
      const codes = [first, ...both.map((page) => answerIn(page).get('code') ?? '')];
      assert.equal(new Set(codes).size, 3);
      const redeem = async (code: string): Promise<number> => {
        const body = { grant_type: 'authorization_code', code, redirect_uri: CALLBACK };
        return (await place.token(body, registered)).status;
      };
      const statuses: number[] = [];
      for (const code of codes) statuses.push(await redeem(code));
      assert.equal(statuses.filter((status) => status === 200).length, 1, statuses.join());
      // The app has its tokens: now it is no double click any more.
      assert.equal((await visitor.post(FORM, form)).status, 409);
    });

    test('of many answers at once one page makes one code that works', async () => {
      const registered = await register();
      const person = await place.person();
      const { visitor } = person;
      await visitor.get(requestOf(registered, all()));
      const form = { ...visitor.hidden(FORM), decision: 'allow' };
      await visitor.post(FORM, { ...form, ticket: 'x' });
      const pages = await Promise.all(Array.from({ length: 10 }, () => visitor.post(FORM, form)));
      const codes = pages.map((page) => answerIn(page).get('code') ?? '');
      const redeemed: boolean[] = [];
      for (const code of codes) {
        const body = { grant_type: 'authorization_code', code, redirect_uri: CALLBACK };
        redeemed.push((await place.token(body, registered)).status === 200);
      }
      assert.equal(redeemed.filter(Boolean).length, 1);
      assert.equal(await codesOf(person, registered), 1);
    });

    const codeIn = (visitor: WebVisitor): string | null =>
      /name="code" value="([^"]+)"/.exec(visitor.page?.html ?? '')?.[1] ?? null;

    test('Back to the page that posts the answer makes no code: it asks', async () => {
      const registered = await register();
      const { visitor } = await place.person();
      const post = { response_mode: 'form_post', state: crypto.randomUUID() };
      await visitor.get(requestOf(registered, all(post)));
      await visitor.submit(FORM, { decision: 'allow' });
      assert.notEqual(codeIn(visitor), null);
      const silent = requestOf(registered, { ...post, scope: 'account.read', state: 'another' });
      await visitor.get(silent);
      const first = codeIn(visitor);
      assert.notEqual(first, null);
      await visitor.get(silent);
      assert.ok(codeIn(visitor) !== null && codeIn(visitor) !== first, 'a double click goes on');
      const body = { grant_type: 'authorization_code', redirect_uri: CALLBACK };
      const { status } = await place.token({ ...body, code: codeIn(visitor) ?? '' }, registered);
      assert.equal(status, 200);
      for (const path of [silent, requestOf(registered, all(post)).replace('+offline', '')]) {
        if (path !== silent) place.time.now += 11;
        await visitor.get(path);
      }
      await visitor.get(silent);
      assert.equal(codeIn(visitor), null);
      assert.match(visitor.page?.text ?? '', /You have already answered this request/);
      await visitor.submit(FORM, { decision: 'allow' });
      assert.notEqual(codeIn(visitor), null, 'whoever wants to can start over');
      place.time.now += 601;
      await visitor.get(silent);
      assert.notEqual(codeIn(visitor), null);
    });

    test('a page that was open for more than an hour is shown anew', async () => {
      const registered = await register();
      const { visitor } = await place.person();
      const page = await visitor.get(requestOf(registered, all()));
      assert.equal(page.status, 200);
      const real = Date.now;
      Date.now = () => real() + 3_601_000;
      try {
        const late = await visitor.submit(FORM, { decision: 'allow' });
        assert.match(late.text, /open for a long time/);
      } finally {
        Date.now = real;
      }
    });
  });
}
