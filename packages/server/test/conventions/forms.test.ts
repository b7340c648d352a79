/** docs/reference/endpoints.md names every field that a person fills in, so that password managers and suites can. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { openPlace, requestOf, type Place } from '../oauth/place.ts';
import { linkTo } from '../support/running-app.ts';

const root = new URL('../../../../', import.meta.url);
const text = readFileSync(new URL('docs/reference/endpoints.md', root), 'utf8');

const sectionOf = (heading: string): string =>
  text.split(`\n### ${heading}\n`)[1]?.split(/\n##+ /)[0] ?? '';

/** The names in a cell; one that ends in a dot stands for all that begin with it. */
const namesIn = (cell = ''): readonly string[] =>
  [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name);

const cellsOf = (section: string): readonly (readonly string[])[] =>
  section
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.split('|').slice(1, -1));

function documented(): ReadonlyMap<string, readonly string[]> {
  const forms = new Map<string, readonly string[]>();
  for (const [form, fields] of cellsOf(sectionOf('The fields of other forms'))) {
    const [action = ''] = namesIn(form);
    forms.set(action, [...(forms.get(action) ?? []), ...namesIn(fields)]);
  }
  return forms;
}

const FORM = /<form([^>]*)>([^]*?)<\/form>/g;
const CONTROL = /<(?:input|textarea|select|button)\b([^>]*)>/g;
const nameOf = (attributes: string): string => / name="([^"]+)"/.exec(attributes)?.[1] ?? '';

/** What a form of a page asks for: hidden fields go back as they came. */
function asked(html: string, action: string): readonly string[] {
  const inside = [...html.matchAll(FORM)].find(([, attributes = '']) =>
    attributes.includes(` action="${action}"`),
  )?.[2];
  assert.ok(inside !== undefined, `no form posts to ${action}`);
  const names = [...inside.matchAll(CONTROL)]
    .map(([, attributes = '']) => attributes)
    .filter((attributes) => !/ type="hidden"| hidden\b(?!=)/.test(attributes))
    .map(nameOf)
    .filter((name) => name !== '')
    .map((name) => name.replace(/^(level|scope)\..*/, '$1.'));
  return [...new Set(names)].sort();
}

let place: Place;
before(async () => {
  place = await openPlace();
});
after(() => place.stop());

async function pages(): Promise<Readonly<Record<string, string>>> {
  const { user, visitor } = await place.person();
  const stranger = place.running.visitor();
  const at = async (path: string, who = stranger): Promise<string> => (await who.get(path)).html;
  const signUp = await at('/sign-up');
  const sent = await stranger.submit('/sign-up', {
    name: 'Bea',
    email: 'bea@example.com',
    password: 'velvet harbour quietly sings',
  });
  const proof = await linkTo(place.running, 'bea@example.com', '/verify-email');
  const forgot = await at('/forgot-password');
  await stranger.submit('/forgot-password', { email: user.email });
  const reset = await linkTo(place.running, user.email, '/reset-password');
  const app = await place.register(user, { optionalScopes: ['asset.create'] });
  const account = await at('/account', visitor);
  const changeEmail = await at('/account/email', visitor);
  await visitor.submit('/account/email', { email: 'new@example.com' });
  const confirmEmail = await linkTo(place.running, 'new@example.com', '/confirm-email');
  return {
    '/sign-up': signUp,
    '/sign-up/correct': sent.html,
    '/account/email': changeEmail,
    '/confirm-email': (await place.running.visitor().get(confirmEmail)).html,
    '/verify-email': (await place.running.visitor().get(proof)).html,
    '/sign-in': await at('/sign-in'),
    '/forgot-password': forgot,
    '/reset-password': await at(reset),
    '/account/profile': account,
    '/account/password': account,
    '/account/delete': await at('/account/delete', visitor),
    '/tokens': await at('/tokens/new', visitor),
    '/oauth2/auth': await at(requestOf(app), visitor),
  };
}

test('every field of the forms that suites drive has its row', async () => {
  const shown = await pages();
  const fields = Object.fromEntries(
    Object.entries(shown).map(([action, html]) => [action, asked(html, action)]),
  );
  const rows = [...documented()].map(([action, names]) => [action, names.toSorted()] as const);
  assert.deepEqual(Object.fromEntries(rows), fields);
});

test('and so has every field of an app', async () => {
  const { visitor } = await place.person();
  const rows = cellsOf(sectionOf('The form of an app')).flatMap(([cell]) => namesIn(cell));
  const shown = asked((await visitor.get('/apps/new')).html, '/apps');
  assert.ok(shown.length > 8);
  assert.deepEqual(
    shown.filter((name) => !rows.includes(name)),
    [],
  );
});
