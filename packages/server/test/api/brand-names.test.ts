/** A name for people may hold what a header may not. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startApi, type RunningApi } from '../support/api.ts';

let api: RunningApi;
before(async () => {
  api = await startApi((config) => ({
    ...config,
    brand: { ...config.brand, name: '東京 "Möbel"\\' },
  }));
});
after(() => api.stop());

const REALM = 'realm="?? ?M?bel??"';

test('every challenge names the realm as far as a header can', async () => {
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  for (const path of ['/oauth2/token', '/oauth2/revoke', '/oauth2/introspect']) {
    const body = 'grant_type=client_credentials&token=x&client_id=nobody&client_secret=wrong';
    const answer = await api.send(path, { method: 'POST', headers, body });
    assert.equal(answer.status, 401);
    assert.equal(answer.headers.get('www-authenticate'), `Basic ${REALM}`);
    assert.equal(answer.json.error, 'invalid_client');
  }
  for (const token of [undefined, 'garbage']) {
    const answer = await api.send('/v2/me', { token });
    assert.equal(answer.status, 401);
    assert.ok(answer.headers.get('www-authenticate')?.startsWith(`Bearer ${REALM}`));
  }
});
