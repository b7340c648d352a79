/** Cookies know no ports: two instances on one host must not take each other's. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { signUp, startApp, type RunningApp } from '../support/running-app.ts';
import type { WebVisitor } from '../support/visitor.ts';

let instances: readonly [RunningApp, RunningApp];
before(async () => {
  instances = [await startApp(), await startApp()];
});
after(() => Promise.all(instances.map((instance) => instance.stop())));

const portOf = ({ base }: RunningApp): string => new URL(base).port;

/** As a browser sends them: those of every port. */
const cookiesOf = (visitors: readonly WebVisitor[]): string =>
  visitors
    .flatMap(({ cookies, base }) =>
      [...cookies].map(([name, value]) => `${name}_${new URL(base).port}=${value}`),
    )
    .join('; ');

const statusOf = async ({ base }: RunningApp, cookie: string): Promise<number> =>
  (await fetch(`${base}/account`, { redirect: 'manual', headers: { cookie } })).status;

test('one browser is signed in to both, and out of one alone', async () => {
  const [one, two] = instances;
  const visitors = [
    await signUp(one, 'ada@example.com'),
    await signUp(two, 'grace@example.com'),
  ] as const;
  const names = cookiesOf(visitors).match(/gatehouse_session_\d+/g);
  assert.deepEqual(
    names,
    [one, two].map((instance) => `gatehouse_session_${portOf(instance)}`),
  );
  const both = cookiesOf(visitors);
  assert.deepEqual([await statusOf(one, both), await statusOf(two, both)], [200, 200]);
  await visitors[0].get('/account');
  await visitors[0].submit('/sign-out');
  const after = cookiesOf(visitors);
  assert.deepEqual([await statusOf(one, after), await statusOf(two, after)], [303, 200]);
});

test('a session of before names told ports apart goes on, and that of the other instance is nobody here', async () => {
  const [one, two] = instances;
  const session = (await signUp(one, 'nell@example.com')).cookies.get('gatehouse_session') ?? '';
  const earlier = `gatehouse_session=${session}`;
  assert.deepEqual([await statusOf(one, earlier), await statusOf(two, earlier)], [200, 303]);
});
