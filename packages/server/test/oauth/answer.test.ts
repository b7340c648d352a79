/** What an answer to the question means to the core: no browser, no database, no clock. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Catalogue } from '../../src/catalogue/catalogue.ts';
import { NO_CATALOGUE } from '../../src/catalogue/catalogues.ts';
import { chooseAccount } from '../../src/oauth/authorize/account.ts';
import { judge, judgeLate, type Allowing } from '../../src/oauth/authorize/answer.ts';
import { INTERACTION_SECONDS, LEAST_MILLISECONDS } from '../../src/oauth/authorize/interaction.ts';

const scope = (name: string, level: 'read' | 'write' | 'delete') =>
  ({ name, description: name, category: 'Films', level, holders: 'everyone' }) as const;
const catalogue = new Catalogue({
  ...NO_CATALOGUE,
  scopes: [scope('film.read', 'read'), scope('film.cut', 'write'), scope('offline', 'write')],
});

const offered = (name: string, isOptional: boolean) =>
  ({ name, isOptional, isNew: true, isDeclined: false }) as const;
const offer = {
  scopes: [offered('film.read', true), offered('film.cut', true), offered('offline', true)],
  withheld: [],
  isExtension: false,
};
const drawn = { id: 'page', drawnAt: 0, shown: 'what was shown' };
const ALL = ['film.read', 'film.cut', 'offline'];

const judged = (
  given: Partial<Allowing>,
  { shown = drawn.shown, milliseconds = LEAST_MILLISECONDS } = {},
) =>
  judge(
    { drawn, offer, saying: 'allow', ticked: new Set(ALL), ...given },
    { shown, milliseconds },
    catalogue,
  );

test('what is ticked is allowed, and what is not is declined', () => {
  assert.deepEqual(judged({ ticked: new Set(['film.cut', 'never.offered']) }), {
    next: 'approve',
    choice: { granted: ['film.cut'], declined: ['film.read', 'offline'] },
  });
});

test('"reading only" leaves out what was ticked beyond reading, but not that it lasts', () => {
  assert.deepEqual(judged({ saying: 'allow_read' }), {
    next: 'approve',
    choice: { granted: ['film.read', 'offline'], declined: ['film.cut'] },
  });
});

test('an answer by which nothing is allowed refuses the client', () => {
  const judgement = judged({ ticked: new Set() });
  assert.equal(judgement.next === 'refuse' && judgement.error.reason, 'scope_beyond_user');
});

test('a page that is old, says something else by now, or was answered at once is asked anew', () => {
  const why = (now: Parameters<typeof judged>[1]) => judged({}, now);
  const late = INTERACTION_SECONDS * 1000;
  assert.equal(why({ milliseconds: late }).next, 'approve');
  assert.deepEqual(why({ milliseconds: late + 1 }), { next: 'ask-again', why: 'expired' });
  assert.deepEqual(why({ shown: 'more' }), { next: 'ask-again', why: 'changed' });
  const early = LEAST_MILLISECONDS - 1;
  assert.deepEqual(why({ milliseconds: early }), { next: 'ask-again', why: 'early' });
});

test('a second click within a moment is told the same, and a later one that it is over', () => {
  const closed = { idHash: new Uint8Array(32), codeId: null, closedAt: 1000, expiresAt: 9000 };
  const denied = { ...closed, outcome: 'deny' } as const;
  const allowed = { ...closed, outcome: 'allow' } as const;
  assert.equal(judgeLate(denied, 'deny', 1010), 'deny-again');
  assert.equal(judgeLate(denied, 'deny', 1011), 'over');
  assert.equal(judgeLate(allowed, 'deny', 1000), 'over');
  assert.equal(judgeLate(allowed, 'allow', 1000), 'repeat');
});

test('a client acts in the account that is named, else where it was allowed before, else in the first', () => {
  const place = (id: string, grant: object | null = null) => ({ account: { id }, grant });
  const places = [place('own'), place('shared', {}), place('other')];
  const chosen = (named: string) => chooseAccount(places, named)?.account.id;
  assert.equal(chosen('other'), 'other');
  assert.equal(chosen('no such'), 'shared');
  assert.equal(chooseAccount([place('own'), place('other')], '')?.account.id, 'own');
  assert.equal(chooseAccount([], 'own'), undefined);
});
