/** Signing keys on the command line. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Gatehouse } from './gatehouse.ts';

const gatehouse = new Gatehouse();
before(() => gatehouse.user('ada@example.com'));
after(() => gatehouse.remove());

interface Shown {
  readonly kid: string;
  readonly alg: string;
  readonly state: string;
}

const list = async (alg: string): Promise<readonly Shown[]> =>
  ((await gatehouse.json(['key', 'list'])) as readonly Shown[]).filter((key) => key.alg === alg);
const stateOf = async (alg: string, kid: string): Promise<string | undefined> =>
  (await list(alg)).find((key) => key.kid === kid)?.state;

test('an algorithm is added, and no key signs before caches can know it', async () => {
  assert.deepEqual(await list('EdDSA'), []);
  assert.match(await gatehouse.done(['key', 'add', 'EdDSA']), /EdDSA/);
  await gatehouse.done(['key', 'add', 'EdDSA']);
  const made = await list('EdDSA');
  assert.deepEqual(made.map(({ state }) => state).toSorted(), ['next', 'signs']);
  await gatehouse.done(['key', 'rotate']);
  assert.deepEqual(
    (await list('EdDSA')).map(({ state }) => state).toSorted(),
    ['next', 'signs'],
    'the next one was published just now',
  );
  const other = await gatehouse.run(['key', 'add', 'HS256']);
  assert.notEqual(other.code, 0);
});

test('a key that leaked is withdrawn, and the next one signs', async () => {
  await gatehouse.done(['key', 'rotate']);
  const keys = await list('ES256');
  const leaked = keys.find(({ state }) => state === 'signs')?.kid ?? '';
  const next = keys.find(({ state }) => state === 'next')?.kid ?? '';
  const { code, stderr } = await gatehouse.run(['key', 'withdraw', leaked]);
  assert.equal(code, 0, stderr);
  assert.equal(await stateOf('ES256', leaked), 'withdrawn');
  assert.equal(await stateOf('ES256', next), 'signs');
  assert.notEqual((await gatehouse.run(['key', 'withdraw', 'nobody'])).code, 0);
});
