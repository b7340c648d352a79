import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startApp } from '../support/running-app.ts';

test('a server whose database is away is alive and not ready', async () => {
  const running = await startApp();
  const ask = async (path: string): Promise<readonly [number, unknown]> => {
    const answer = await fetch(running.base + path);
    return [answer.status, await answer.json()];
  };
  assert.deepEqual(await ask('/readyz'), [200, { status: 'ok' }]);
  await running.app.storage.close();
  assert.deepEqual(await ask('/healthz'), [200, { status: 'ok' }]);
  assert.deepEqual(await ask('/readyz'), [503, { status: 'unavailable' }]);
  // Balancers read the status; people find the reason in the log.
  assert.match(running.log.join(''), /the database does not answer/);
  await running.app.server.close();
});
