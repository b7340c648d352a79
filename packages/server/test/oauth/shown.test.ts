/** What the page of consent says, and what fetching it leaves behind. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { LEARNED } from '../../src/oauth/authorize/learned.ts';
import { digestOf, type Shown } from '../../src/oauth/authorize/shown.ts';
import { exchange, type Registered } from '../support/oauth.ts';
import { PASSWORD } from '../support/running-app.ts';
import { openPlace, requestOf, type Person, type Place } from './place.ts';

let place: Place;
let developer: Person;
let registered: Registered;

before(async () => {
  place = await openPlace();
  developer = await place.person();
  registered = await place.register(developer.user, { scopes: ['asset.read'] });
});
after(() => place.stop());

test('the page says in words whatever /v2/me tells an app that may do next to nothing', async () => {
  const { visitor, user } = await place.person();
  const form = { name: 'Nele Neu', bio: 'Cuts films', location: 'Köln' };
  await visitor.get('/account');
  await visitor.submit('/account/profile', form);
  const page = await visitor.get(requestOf(registered, { scope: 'asset.read' }));
  const { json } = await exchange(place, { user, registered }, { scopes: ['asset.read'] });
  const { status, text } = await place.me(json.access_token);
  assert.equal(status, 200);
  const told = Object.entries(JSON.parse(text) as Record<string, unknown>)
    .filter(([name, value]) => name !== '_type' && value !== null && value !== false)
    .map(([name]) => name);
  for (const known of ['name', 'email', 'bio', 'location']) assert.ok(told.includes(known), known);
  const said = LEARNED.flatMap(({ fields }) => fields);
  assert.deepEqual(told.toSorted(), said.toSorted());
  assert.match(page.text, /Know who you are/);
  for (const { words } of LEARNED) assert.ok(page.text.includes(words), words);
});

test('the page is drawn from what is sealed: its module takes no record, context or clock', () => {
  const file = new URL('../../src/portal/authorize/consent-page.ts', import.meta.url);
  const imports = [...readFileSync(file, 'utf8').matchAll(/from '([^']+)'/g)].map(
    ([, from = '']) => from,
  );
  assert.ok(imports.length > 3);
  const allowed = (from: string): boolean =>
    /^(\.\.\/ui\/|\.\.\/\.\.\/oauth\/authorize\/shown\.ts$|\.\.\/\.\.\/kit\/)/.test(from);
  assert.deepEqual(
    imports.filter((from) => !allowed(from)),
    [],
  );
});

/** A value like this one with one plain value in it changed, for each that it holds. */
function* variants(value: unknown): Generator {
  if (typeof value === 'string') yield `${value}!`;
  else if (typeof value === 'boolean') yield !value;
  else if (value === null) yield 'something';
  else if (Array.isArray(value)) {
    for (const [at, item] of value.entries())
      for (const other of variants(item)) yield value.with(at, other);
    yield [...value, 'more'];
  } else
    for (const [name, item] of Object.entries(value ?? {}))
      for (const other of variants(item)) yield { ...value, [name]: other };
}

test('whatever value of what is shown differs, the digest differs', () => {
  const account = { id: 'a', name: 'Films', role: 'owner' };
  const shown: Shown = {
    app: {
      id: 'b',
      name: 'Room',
      description: null,
      homepageUrl: 'h',
      privacyUrl: 'p',
      registeredBy: 'Dora',
    },
    person: { name: 'Ada', email: 'ada@example.com' },
    account,
    otherAccounts: [{ ...account, id: 'c' }],
    apis: [{ name: 'Films', baseUrl: 'f' }],
    scopes: [
      {
        name: 'x',
        isOptional: true,
        isNew: false,
        isDeclined: false,
        isChosen: true,
        words: 'look',
        level: 'read',
      },
    ],
    withheld: ['y'],
    isExtension: false,
    learned: ['name'],
    destination: { redirectUri: 'r', place: 'l', isUnproved: false },
  };
  const all = [...variants(shown)];
  assert.ok(all.length > 25, String(all.length));
  // Not of the type any more where a list grew: only its digest is asked for.
  const digests = all.map((one) => digestOf(one as Shown));
  assert.equal(new Set([digestOf(shown), ...digests]).size, all.length + 1);
});

test('a request that is fetched in the background or in a frame plants nothing; one that is opened does', async () => {
  const visitor = place.running.visitor();
  await visitor.get('/sign-up');
  const email = 'unproved@example.com';
  await visitor.submit('/sign-up', { name: 'Una', email, password: PASSWORD });
  await visitor.get('/sign-in');
  await visitor.submit('/sign-in', { email, password: PASSWORD });
  const scope = 'asset.read';
  const paths = ['short', 's'.repeat(8000)].map((state) => requestOf(registered, { scope, state }));
  const from = (site: string, destination: string) => ({
    'sec-fetch-site': site,
    'sec-fetch-dest': destination,
  });
  for (const path of paths)
    for (const site of ['cross-site', 'same-site', 'none'])
      for (const destination of ['image', 'iframe', 'empty', 'script', 'object', 'nonsense', '']) {
        const reply = await visitor.send('GET', path, { headers: from(site, destination) });
        assert.deepEqual(reply.setCookies, [], `${site} ${destination}`);
      }
  for (const path of paths) {
    const opened = await visitor.send('GET', path, { headers: from('cross-site', 'document') });
    assert.match(opened.setCookies.join(), /^gatehouse_return[^=]*=[^;]/);
    assert.match((await visitor.send('GET', path, {})).html, /Verify your e-mail address/);
  }
});
