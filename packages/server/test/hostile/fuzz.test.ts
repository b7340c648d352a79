/** What no list thought of: random routes, callers, fields, bodies and headers, shrunk to the least that does harm. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import type { Route } from '../../src/http/route.ts';
import { ENGINES } from '../storage/places.ts';
import { amount, SEED, toldSeed } from '../support/chance.ts';
import { FIELDS, GOOD, TYPES, VALUES } from './corpus.ts';
import { openHostileStage, type Credentials, type HostileStage } from './stage.ts';

const RUNS = amount(100, { long: 6000 });

/** Bytes that Node takes in a header's value. */
const headerText = fc.string({
  unit: fc.integer({ min: 0x20, max: 0xff }).map((code) => String.fromCharCode(code)),
  maxLength: 60,
});
const percentByte = fc
  .integer({ min: 0, max: 255 })
  .map((byte) => `%${byte.toString(16).padStart(2, '0')}`);
const anyText = fc
  .string({ unit: 'binary', maxLength: 40 })
  .map((text) => encodeURIComponent(text.toWellFormed()));
const value = fc.oneof(
  fc.constantFrom(...VALUES),
  anyText,
  fc.array(percentByte, { maxLength: 6 }).map((bytes) => bytes.join('')),
  fc.double().map(String),
  fc.date({ noInvalidDate: true }).map((date) => encodeURIComponent(date.toISOString())),
);
const field = fc.tuple(
  fc.oneof(
    fc.constantFrom(...FIELDS, ...Object.keys(GOOD)),
    fc.constantFrom(...FIELDS).map((name) => `${name}[a]`),
    anyText,
  ),
  value,
);

/** Fields under attack, then the good ones; or the other way round, so that either can come last. */
const form = fc
  .record({ bad: fc.array(field, { maxLength: 5 }), isGoodFirst: fc.boolean() })
  .map(({ bad, isGoodFirst }) => {
    const named = new Set(bad.map(([name]) => name));
    const good = Object.entries(GOOD).filter(([name]) => !named.has(name));
    const pairs = isGoodFirst ? [...good, ...bad] : [...bad, ...good];
    return pairs.map(([name, item]) => `${name}=${item}`).join('&');
  });

const jsonLeaf = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('\0', '\ud800', '__proto__', 'asset.read'),
  fc.double(),
  fc.maxSafeInteger(),
  fc.constant(null),
  fc.boolean(),
);
const jsonValue = fc.oneof(jsonLeaf, fc.array(jsonLeaf), fc.dictionary(fc.string(), jsonLeaf));
const jsonBody = fc
  .record(
    {
      description: fc.oneof(fc.constant('fine'), jsonValue),
      scopes: fc.oneof(fc.constant(['asset.read']), jsonValue),
      expires_in: fc.oneof(fc.constant(null), jsonValue),
      overlap_seconds: fc.oneof(fc.constant(3600), jsonValue),
      account_id: jsonValue,
      csrf: jsonValue,
      email: jsonValue,
      password: jsonValue,
    },
    { requiredKeys: [] },
  )
  .map((body) => JSON.stringify(body));

const message = fc.record({
  route: fc.nat(),
  params: fc.option(value, { nil: null }),
  query: fc.option(form, { nil: null }),
  body: fc.oneof(
    form.map((text) => ({ type: 'application/x-www-form-urlencoded', text })),
    jsonBody.map((text) => ({ type: 'application/json', text })),
    fc.record({
      type: fc.constantFrom(...TYPES),
      text: fc.string({ unit: 'binary', maxLength: 200 }),
    }),
  ),
  headers: fc.array(
    fc.tuple(
      fc.constantFrom('Cookie', 'User-Agent', 'Accept', 'Origin', 'Idempotency-Key', 'X-Odd'),
      headerText,
    ),
    { maxLength: 3 },
  ),
});

/** The wire takes bytes: text goes out as UTF-8. */
const latin1 = (text: string): string => Buffer.from(text).toString('latin1');

/** Renewed when something before has ended them. */
function createCredentials(stage: HostileStage): (route: Route) => Promise<Credentials> {
  const known = new Map<Route, Credentials>();
  return async (route) => {
    const found = known.get(route) ?? (await stage.credentialsFor(route));
    if (route.method !== 'GET') known.delete(route);
    else known.set(route, found);
    return found;
  };
}

for (const engine of ENGINES) {
  describe(engine, () => {
    let stage: HostileStage;
    before(async () => {
      stage = await openHostileStage(engine);
    });
    after(() => stage.stop());

    test('no message does harm', async (context) => {
      context.diagnostic(toldSeed);
      const credentialsFor = createCredentials(stage);
      await fc.assert(
        fc.asyncProperty(message, async ({ route: number, params, query, body, headers }) => {
          const route = stage.routes[number % stage.routes.length];
          assert.ok(route !== undefined);
          const as = await credentialsFor(route);
          const target = route.path.replaceAll(/:\w+|\*$/g, () => params ?? as.id);
          const isForm = body.type.startsWith('application/x-www-form-urlencoded');
          await stage.send({
            method: route.method,
            target: query === null ? target : `${target}?${query}`,
            headers: [...as.headers, ...headers, ['Content-Type', body.type]],
            body: latin1(isForm ? `csrf=${as.csrf}&${body.text}` : body.text),
          });
        }),
        { numRuns: RUNS, seed: SEED, endOnFailure: true },
      );
      await stage.assertHealthy();
    });
  });
}
