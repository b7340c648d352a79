/** A word that every JavaScript object has by itself is answered as any other word that nobody knows, wherever it stands. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Route } from '../../src/http/route.ts';
import { startApp } from '../support/running-app.ts';
import { FIELDS, GOOD } from './corpus.ts';
import { openHostileStage, type Credentials, type HostileStage, type Message } from './stage.ts';

const NAMES = Object.getOwnPropertyNames(Object.prototype);

/** Of the same characters and length, and known to nobody. */
const likeness = (name: string): string => name.replaceAll(/[a-z]/g, 'q').replaceAll(/[A-Z]/g, 'Q');

let stage: HostileStage;
before(async () => {
  stage = await openHostileStage('sqlite');
});
after(() => stage.stop());

const FORM = ['Content-Type', 'application/x-www-form-urlencoded'] as const;
const JSON_TYPE = ['Content-Type', 'application/json'] as const;

/** Where a word stands in a request: names of all kinds at once, values one of them in every field that may be bad. */
type Place = (words: readonly string[], as: Credentials, route: Route) => Partial<Message>;

const targetOf = ({ path }: Route, value: string): string =>
  path.replaceAll(/:\w+|\*$/g, () => value);

const asNames = (words: readonly string[]): string =>
  words.map((word) => `${word}=x&${word}[${word}]=x`).join('&');

/** A third of the fields are bad, and the others good: what stands behind a check is met too. */
const asValues = (words: readonly string[], turn: number): string =>
  FIELDS.filter((name) => !NAMES.includes(name))
    .map((name, at) => `${name}=${at % 3 === turn ? words[at % words.length] : (GOOD[name] ?? '')}`)
    .join('&');

/** Some with one word in every field, some with another. */
const TURNS = [0, 1, 2] as const;

const PLACES: Readonly<Record<string, Place>> = {
  'names of a query': (words, { id }, route) => ({
    target: `${targetOf(route, id)}?${asNames(words)}`,
  }),
  'names of a form': (words, { headers, csrf }) => ({
    headers: [...headers, FORM],
    body: `csrf=${csrf}&${asNames(words)}`,
  }),
  'keys of JSON': (words, { headers }) => ({
    headers: [...headers, JSON_TYPE],
    body: `{${words.map((word) => `"${word}":{"${word}":1}`).join()}}`,
  }),
  'values of JSON': (words, { headers }) => ({
    headers: [...headers, JSON_TYPE],
    body: `{"scopes":${JSON.stringify(words)},"description":"${words[0]}","type":"${words[1]}","expires_in":null}`,
  }),
  headers: (words, { headers }) => ({
    headers: [...headers, ...words.map((word) => [word, 'x'] as const)],
  }),
  cookies: (words, { headers }) => ({
    headers: [...headers, ['Cookie', words.map((word) => `${word}=${word}`).join('; ')]],
  }),
  'segments of a path': ([word = ''], _as, route) => ({ target: targetOf(route, word) }),
  ...Object.fromEntries(
    TURNS.flatMap((turn): [string, Place][] => [
      [
        `values of a query ${turn}`,
        (words, { id }, route) => ({ target: `${targetOf(route, id)}?${asValues(words, turn)}` }),
      ],
      [
        `values of a form ${turn}`,
        (words, { headers, csrf }) => ({
          headers: [...headers, FORM],
          body: `csrf=${csrf}&${asValues(words, turn)}`,
        }),
      ],
    ]),
  ),
};

interface Asked {
  readonly route: Route;
  readonly place: Place;
  /** Both sides of a comparison are asked by sessions of one kind. */
  readonly kind: number;
}

/** 400 and 422 are one: a parser may say what the form would. */
async function statusOf({ route, place, kind }: Asked, words: readonly string[]): Promise<number> {
  // What a route does may end the session or the token that it was called with.
  const as = await stage.credentialsFor(route, kind);
  const { method } = route;
  const usual = { method, target: targetOf(route, as.id), headers: as.headers, body: '' };
  const answer = await stage.send({ ...usual, ...place(words, as, route) });
  const status = answer?.status ?? 0;
  return status === 422 ? 400 : status;
}

/** What reads no body is not asked with one. */
const IN_BODIES = /form|JSON/;

for (const [named, place] of Object.entries(PLACES))
  test(`in ${named}, on every route`, async () => {
    for (const [turn, route] of stage.routes.entries()) {
      const { method } = route;
      if (IN_BODIES.test(named) && (method === 'GET' || method === 'OPTIONS')) continue;
      const words = [...NAMES.slice(turn % NAMES.length), ...NAMES.slice(0, turn % NAMES.length)];
      const asked = { route, place, kind: turn };
      const found = await statusOf(asked, words);
      const expected = await statusOf(asked, words.map(likeness));
      // A parser of JSON may refuse `__proto__` before anybody looks at the rest.
      if (named === 'keys of JSON' && found === 400) continue;
      assert.equal(found, expected, `${route.method} ${route.path}: ${words[0]}`);
    }
    await stage.assertHealthy();
  });

test('as the prefix of all credentials', async () => {
  const running = await startApp({
    change: (config) => ({ ...config, brand: { ...config.brand, tokenPrefix: 'constructor' } }),
  });
  const other = stage.running;
  try {
    for (const value of [`constructor_pat_${'0'.repeat(40)}`, 'constructor', '__proto__'])
      for (const { base } of [running, other]) {
        const answer = await fetch(`${base}/v2/me`, {
          headers: { authorization: `Bearer ${value}` },
        });
        assert.equal(answer.status, 401, value);
        await answer.text();
      }
  } finally {
    await running.stop();
  }
});
