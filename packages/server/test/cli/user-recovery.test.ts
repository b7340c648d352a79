/** An operator who cannot get in, while the server runs, over both databases. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { WebVisitor } from '../support/visitor.ts';
import { sharedPostgres } from '../support/postgres.ts';
import { ENGINES } from '../storage/places.ts';
import { Gatehouse, PASSWORD, type Server } from './gatehouse.ts';

const NEW_PASSWORD = 'velvet harbour quietly sings';

for (const engine of ENGINES) {
  describe(engine, () => {
    const gatehouse = new Gatehouse();
    let server: Server;
    before(async () => {
      if (engine === 'postgres')
        gatehouse.env['GATEHOUSE_DATABASE_URL'] = await (await sharedPostgres()).createMigrated();
      server = await gatehouse.serve();
      for (const name of ['ada', 'ben', 'joan']) await gatehouse.user(`${name}@example.com`);
    });
    after(() => gatehouse.remove());

    const signIn = async (email: string, password: string): Promise<WebVisitor> => {
      const visitor = new WebVisitor(server.base);
      await visitor.post('/sign-in', { email, password });
      return visitor;
    };
    const isIn = async (visitor: WebVisitor): Promise<boolean> =>
      (await visitor.send('GET', '/account', {})).status === 200;

    test('a new password ends sessions and the old password at once, and nothing is printed', async () => {
      const before = await signIn('ada@example.com', PASSWORD);
      assert.equal(await isIn(before), true);
      const args = ['user', 'password', 'ada@example.com'];
      assert.equal(await gatehouse.done(args, `${NEW_PASSWORD}\n`), '');
      assert.equal(await isIn(before), false);
      assert.equal(await isIn(await signIn('ada@example.com', PASSWORD)), false);
      assert.equal(await isIn(await signIn('ada@example.com', NEW_PASSWORD)), true);
    });

    test('a link works once, without mail, and dies with a new password', async () => {
      const link = () => gatehouse.done(['user', 'password', 'ben@example.com', '--link']);
      const [first, second] = [new URL((await link()).trim()), new URL((await link()).trim())];
      const visitor = new WebVisitor(server.base);
      await visitor.get(first.pathname + first.search);
      const done = await visitor.submit('/reset-password', { password: NEW_PASSWORD });
      assert.equal(done.status, 200);
      for (const { pathname, search } of [first, second])
        assert.equal((await visitor.get(pathname + search)).status, 410);
      assert.equal(await isIn(await signIn('ben@example.com', NEW_PASSWORD)), true);
    });

    test('an address is changed: the new one signs in, the old one is free, links to it are dead', async () => {
      const link = await gatehouse.done(['user', 'password', 'joan@example.com', '--link']);
      await gatehouse.done(['user', 'email', 'joan@example.com', ' Joan2@Example.com']);
      const { pathname, search } = new URL(link.trim());
      assert.equal((await new WebVisitor(server.base).get(pathname + search)).status, 410);
      assert.equal(await isIn(await signIn('joan@example.com', PASSWORD)), false);
      assert.equal(await isIn(await signIn('joan2@example.com', PASSWORD)), true);
      const list = ['user', 'list', '--search', 'joan2@example.com'];
      assert.partialDeepStrictEqual(await gatehouse.json(list), [{ state: 'active' }]);
      const again = ['user', 'email', 'joan2@example.com', 'joan@example.com', '--unverified'];
      await gatehouse.done(again);
      const found = await gatehouse.json(['user', 'list', '--search', 'joan@example.com']);
      assert.partialDeepStrictEqual(found, [{ state: 'unverified' }]);
    });

    test('what cannot be done is refused in words', async () => {
      const cases = [
        [['user', 'email', 'ada@example.com', 'ben@example.com'], '', /There is a user with this/],
        [['user', 'email', 'ada@example.com', 'nothing'], '', /This is not an e-mail address/],
        [['user', 'password', 'ada@example.com'], 'short\n', /Use at least 10 characters/],
        [['user', 'password', 'nobody@example.com'], `${PASSWORD}\n`, /there is no user/],
      ] as const;
      for (const [args, input, words] of cases) {
        const { code, stdout, stderr } = await gatehouse.run(args, input);
        assert.deepEqual({ code, stdout }, { code: 1, stdout: '' });
        assert.match(stderr, words);
      }
    });
  });
}
