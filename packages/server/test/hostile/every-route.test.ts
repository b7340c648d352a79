/**
 * Every line of the route table meets the values of the corpus with credentials that let it in: in `npm run test:long` all of
 * them, in `npm test` a part, another one by each seed.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Route } from '../../src/http/route.ts';
import { amount, SEED, toldSeed } from '../support/chance.ts';
import { ENGINES, type EngineName } from '../storage/places.ts';
import { FIELDS, GOOD, JSON_BODIES, TYPES, VALUES } from './corpus.ts';
import { openHostileStage, type Credentials, type HostileStage, type Message } from './stage.ts';

const FORM = ['Content-Type', 'application/x-www-form-urlencoded'] as const;
const JSON_TYPE = ['Content-Type', 'application/json'] as const;

const withParams = (path: string, value: string): string =>
  path.replaceAll(/:\w+|\*$/g, () => value);

const fill = (value: string): string => FIELDS.map((name) => `${name}=${value}`).join('&');

/** A third of the fields are bad, and the others good: what stands behind a check is met too. */
function spoil(value: string, turn: number): string {
  const bad = FIELDS.filter((_, index) => index % 3 === turn % 3);
  const good = Object.entries(GOOD).filter(([name]) => !bad.includes(name));
  return [...good, ...bad.map((name) => [name, value])].map((pair) => pair.join('=')).join('&');
}

/** Something of the caller's own, where the route asks for one. */
const realTarget = ({ path }: Route, { id }: Credentials): string => withParams(path, id);

interface Caller extends Credentials {
  readonly engine: EngineName;
}

/** One value in so many with each database. By two, every route meets them all. */
const SHARE = amount(12, { long: 2 });

/** With one database other values than with the other. */
const isTurn = ({ path }: Route, { engine }: Caller, turn: number): boolean =>
  (SEED + path.length + turn + ENGINES.indexOf(engine)) % SHARE === 0;

const QUERIES = ['', '&&&', '=', 'a[b]=c&a[]=d', 'scope=a&scope=b&scope[x]=1', '%00=1'];

function* addresses(route: Route, as: Caller): Generator<Message> {
  const { method, path } = route;
  const { headers } = as;
  const target = realTarget(route, as);
  for (const [turn, value] of VALUES.entries()) {
    if (!isTurn(route, as, turn)) continue;
    const query = turn % 4 < 2 ? fill(value) : spoil(value, turn);
    yield { method, target: `${target}?${query}`, headers, body: '' };
    const other = withParams(path, value);
    if (other !== path) yield { method, target: other, headers, body: '' };
  }
  for (const query of QUERIES) yield { method, target: `${target}?${query}`, headers, body: '' };
}

const oddForms = (csrf: string): readonly string[] => [
  'csrf',
  `csrf=${csrf}&csrf=${csrf}`,
  'csrf[a]=1',
  '&'.repeat(3000),
  'a&'.repeat(2000),
  `csrf=${csrf}&state=${'x'.repeat(60_000)}`,
];

function* bodies(route: Route, as: Caller): Generator<Message> {
  const { method } = route;
  const { headers, csrf } = as;
  const target = realTarget(route, as);
  const form = [...headers, FORM];
  // What reads nothing from a body is asked with a few.
  const values = method === 'GET' || method === 'OPTIONS' ? VALUES.slice(0, 4) : VALUES;
  for (const [turn, value] of values.entries()) {
    if (!isTurn(route, as, turn)) continue;
    const text = turn % 4 < 2 ? fill(value) : spoil(value, turn);
    yield { method, target, headers: form, body: `csrf=${csrf}&${text}` };
  }
  for (const [turn, body] of JSON_BODIES.entries()) {
    if (isTurn(route, as, turn)) yield { method, target, headers: [...headers, JSON_TYPE], body };
  }
  const good = `csrf=${csrf}&${spoil('', 0)}`;
  for (const [turn, type] of TYPES.entries()) {
    if (!isTurn(route, as, turn)) continue;
    yield { method, target, headers: [...headers, ['Content-Type', type]], body: good };
  }
  for (const body of oddForms(csrf)) yield { method, target, headers: form, body };
}

const HEADERS: readonly (readonly [string, string])[] = [
  ['Cookie', 'gatehouse_session=%00; gatehouse_device=%ff; gatehouse_sign_up=%E0%A4%A'],
  ['Cookie', `gatehouse_session=${'a'.repeat(8000)}`],
  ['Cookie', 'gatehouse_session=a; gatehouse_session=b; =; ;;; __proto__=1; \u00ff=\u0080'],
  ['Authorization', 'Bearer \u00ff\u00fe'],
  ['Authorization', 'Basic !!!'],
  ['Authorization', `Bearer ${'a'.repeat(9000)}`],
  ['Origin', 'null'],
  ['Origin', 'http://[::1'],
  ['Sec-Fetch-Site', 'cross-site'],
  ['X-Forwarded-For', '::ffff:1.2.3.4, \u00ff'],
  ['X-Forwarded-Host', 'evil.example'],
  ['X-HTTP-Method-Override', 'DELETE'],
  ['User-Agent', '\u00ff\u0080 <script>'],
  ['Idempotency-Key', '\u00ff'],
  ['Idempotency-Key', 'a'.repeat(300)],
  ['Accept', 'a'.repeat(3000)],
  ['If-None-Match', '*'],
  ['Range', 'bytes=0-0,-1,9-1'],
  ['Content-Encoding', 'gzip'],
  ['Accept-Encoding', 'identity;q=0, *;q=0'],
  ['Accept-Version', '99'],
];

function* heads(route: Route, as: Caller): Generator<Message> {
  const { method } = route;
  const { headers } = as;
  const target = realTarget(route, as);
  for (const [turn, header] of HEADERS.entries()) {
    if (!isTurn(route, as, turn)) continue;
    yield { method, target, headers: [header, ...headers, header], body: '' };
  }
}

/** Sends every route its messages, of which there are so many at least. */
async function attack(
  { stage, engine }: { stage: HostileStage; engine: EngineName },
  messages: (route: Route, as: Caller) => Iterable<Message>,
  fewest: number,
): Promise<void> {
  for (const route of stage.routes) {
    // What a route does may end the session or the token that it was called with.
    const as = { ...(await stage.credentialsFor(route)), engine };
    let sent = 0;
    for (const message of messages(route, as)) {
      await stage.send(message);
      sent += 1;
    }
    assert.ok(sent >= fewest, `${route.path}: ${sent} messages`);
  }
  await stage.assertHealthy();
}

const shareOf = (values: readonly unknown[]): number => Math.floor(values.length / SHARE);

// PostgreSQL is the stricter of the two about text and numbers, and SQLite stores what it should not.
for (const engine of ENGINES) {
  describe(engine, () => {
    let stage: HostileStage;
    before(async () => {
      stage = await openHostileStage(engine);
    });
    after(() => stage.stop());

    test('every route is refused or answered, whatever its address', async (context) => {
      context.diagnostic(toldSeed);
      await attack({ stage, engine }, addresses, QUERIES.length + shareOf(VALUES));
    });

    test('every route is refused or answered, whatever its body', async () => {
      await attack(
        { stage, engine },
        bodies,
        oddForms('').length + shareOf(JSON_BODIES) + shareOf(TYPES),
      );
    });

    test('every route is refused or answered, whatever its headers', async () => {
      await attack({ stage, engine }, heads, shareOf(HEADERS));
    });
  });
}
