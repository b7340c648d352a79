/** What travels sealed through a browser is bound to every part of what it was sealed for. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deriveKeys } from '../../src/keys/keys.ts';
import { openInteraction, sealInteraction } from '../../src/oauth/authorize/interaction.ts';
import {
  isReauthentication,
  markRequest,
  readMark,
  REAUTHENTICATION_SECONDS,
} from '../../src/oauth/authorize/reauthentication.ts';

const KEY = deriveKeys([new Uint8Array(32).fill(7)], 'a test');
const OTHER_KEY = deriveKeys([new Uint8Array(32).fill(8)], 'a test');

test('a page opens for its own session, user, account and request, and for no other', () => {
  const drawn = { id: 'i'.repeat(43), drawnAt: 1_700_000_000_000, shown: 's'.repeat(43) };
  const binding = { sessionId: 'a', userId: 'b', accountId: 'c', request: 'd' };
  const sealed = sealInteraction(KEY, drawn, binding);
  assert.deepEqual(openInteraction(KEY, sealed, binding), drawn);
  for (const name of Object.keys(binding))
    assert.equal(openInteraction(KEY, sealed, { ...binding, [name]: 'other' }), null, name);
  // Two parts that swap places are other parts.
  assert.equal(openInteraction(KEY, sealed, { ...binding, sessionId: 'b', userId: 'a' }), null);
  assert.equal(openInteraction(OTHER_KEY, sealed, binding), null);
});

test('nothing of a page can be replaced in its seal', () => {
  const drawn = { id: 'i'.repeat(43), drawnAt: 1_700_000_000_000, shown: 's'.repeat(43) };
  const binding = { sessionId: 'a', userId: 'b', accountId: 'c', request: 'd' };
  const [id, at, shown, mac] = sealInteraction(KEY, drawn, binding).split('.');
  const forged = [
    ['j'.repeat(43), at, shown, mac],
    [id, '1700000000001', shown, mac],
    [id, at, 't'.repeat(43), mac],
    [id, at, shown, 'm'.repeat(43)],
  ];
  for (const parts of forged) assert.equal(openInteraction(KEY, parts.join('.'), binding), null);
});

test('the mark of a sign-in holds for its own request, user, session and time, and for no other', () => {
  const made = { request: 'a', userId: 'b', sessionId: 'c', at: 1_700_000_000 };
  const { request, mark } = readMark(markRequest(KEY, made));
  assert.equal(request, made.request);
  assert.ok(mark !== null);
  const holds = (changes: Partial<typeof made>, later = 0): boolean =>
    isReauthentication(KEY, mark, { made: { ...made, ...changes }, now: made.at + later });
  assert.ok(holds({}));
  assert.ok(holds({}, REAUTHENTICATION_SECONDS));
  assert.ok(!holds({}, REAUTHENTICATION_SECONDS + 1));
  for (const changes of [{ request: 'x' }, { userId: 'x' }, { sessionId: 'x' }])
    assert.ok(!holds(changes), JSON.stringify(changes));
  const earlier = mark.replace(String(made.at), String(made.at - 1));
  assert.ok(!isReauthentication(KEY, earlier, { made, now: made.at }));
  assert.ok(!isReauthentication(OTHER_KEY, mark, { made, now: made.at }));
});
