/** What a page has to tell: which app, which token, which address; and each fault once. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openPlace, type Place } from '../oauth/place.ts';
import { CALLBACK, type Registered } from '../support/oauth.ts';
import { newestMail, PASSWORD } from '../support/running-app.ts';
import type { Fields, WebVisitor } from '../support/visitor.ts';

let place: Place;
let registered: Registered;
before(async () => {
  place = await openPlace();
  registered = await place.register(await place.user(), {
    name: 'Cutting Room',
    redirectUris: [CALLBACK, 'http://127.0.0.1/back'],
    scopes: ['account.read', 'asset.read', 'asset.create', 'asset.delete'],
    optionalScopes: ['asset.create', 'asset.delete'],
  });
});
after(() => place.stop());

const asking = (changes: Record<string, string> = {}): string =>
  `/oauth2/auth?${new URLSearchParams({
    response_type: 'code',
    client_id: registered.app.id,
    redirect_uri: CALLBACK,
    scope: 'account.read asset.create asset.delete',
    ...changes,
  }).toString()}`;

const linkOn = (visitor: WebVisitor, path: string): string => {
  const href = new RegExp(`href="(${path}[^"]*)"`).exec(visitor.page?.html ?? '')?.[1];
  assert.ok(href !== undefined, path);
  return href.replaceAll('&amp;', '&');
};

const ticked = (html: string, scope: string): boolean =>
  / checked\b/.test(new RegExp(`<input[^>]*value="${scope}"[^>]*>`).exec(html)?.[0] ?? '');

test('who signs in or up for an app is told for which, and where it leads', async () => {
  const visitor = place.running.visitor();
  const words = /To go on to Cutting Room \(app\.example\.com\)/;
  assert.match((await visitor.get(asking())).text, words);
  const signUp = linkOn(visitor, '/sign-up');
  const refused = await visitor.submit('/sign-in', { email: 'nobody@example.com', password: 'x' });
  assert.match(refused.text, words);
  assert.match((await visitor.get(signUp)).text, words);
  assert.match((await visitor.submit('/sign-up', { email: 'nothing' })).text, words);
  // An app that is not known is not named, and nothing is said without one.
  const unknown = `/sign-in?return_to=${encodeURIComponent(asking({ client_id: 'nobody' }))}`;
  for (const path of [unknown, '/sign-in'])
    assert.doesNotMatch((await place.running.visitor().get(path)).text, /To go on to/);
});

test('what deletes is not ticked beforehand, and what was answered stays as it was', async () => {
  const { visitor } = await place.person();
  const first = await visitor.get(asking());
  assert.equal(ticked(first.html, 'asset.create'), true);
  assert.equal(ticked(first.html, 'asset.delete'), false);
  await visitor.submit('/oauth2/auth', { decision: 'allow', scope: ['asset.delete'] });
  const again = await visitor.get(asking({ prompt: 'consent' }));
  assert.equal(ticked(again.html, 'asset.create'), false);
  assert.equal(ticked(again.html, 'asset.delete'), true);
});

test('nothing is called more that was offered before and left out', async () => {
  const { visitor } = await place.person();
  await visitor.get(asking());
  await visitor.submit('/oauth2/auth', { decision: 'allow' });
  const again = await visitor.get(asking({ prompt: 'consent' }));
  assert.match(again.text, /Cutting Room asks for access again/);
  assert.doesNotMatch(again.text, /\bNew\b/);
  const scope = 'account.read asset.create asset.delete asset.read';
  const more = await visitor.get(asking({ scope }));
  assert.match(more.text, /Cutting Room asks for more/);
  assert.match(more.text, /asset\.read New/);
});

test('the warning about a program on this device stands before the buttons', async () => {
  const { visitor } = await place.person();
  const { html } = await visitor.get(asking({ redirect_uri: 'http://127.0.0.1/back' }));
  const warning = html.indexOf('program on this device');
  assert.ok(warning > 0 && warning < html.indexOf('value="allow"'));
});

test('the security log names the token', async () => {
  const { visitor } = await place.person();
  await visitor.get('/tokens/new');
  await visitor.submit('/tokens', { description: 'Nightly <export>', all_scopes: 'on' });
  const { html, text } = await visitor.get('/account');
  assert.match(html, /Token created: Nightly &lt;export&gt;/);
  assert.match(text, /Token created: Nightly/);
});

test('the page that says "check your e-mail" shows the address and sends again, known or not', async () => {
  const known = (await place.user()).email;
  for (const email of [known, 'new@example.com']) {
    const visitor = place.running.visitor();
    await visitor.get('/sign-up');
    const sent = await visitor.submit('/sign-up', { name: 'Nell', email, password: PASSWORD });
    assert.equal(sent.url, `${place.base}/sign-up/sent`);
    assert.ok(sent.text.includes(`We sent a message to ${email} .`), sent.text);
    const again = await visitor.submit('/sign-up/correct', { email });
    assert.equal(again.url, `${place.base}/sign-up/sent?done=again`);
    assert.ok(again.text.includes(`We sent a message to ${email} .`));
    assert.ok(await newestMail(place.running, email));
  }
});

test('so does the one for a forgotten password, which leaves a sign-up of the browser alone', async () => {
  const visitor = place.running.visitor();
  await visitor.get('/sign-up');
  const email = 'signed-up@example.com';
  await visitor.submit('/sign-up', { name: 'Nell', email, password: PASSWORD });
  await visitor.get('/forgot-password');
  const sent = await visitor.submit('/forgot-password', { email: 'forgot@example.com' });
  assert.match(sent.text, /We sent a message to forgot@example\.com \./);
  const again = await visitor.submit('/forgot-password');
  assert.equal(again.url, `${place.base}/forgot-password/sent?done=again`);
  assert.doesNotMatch((await visitor.get('/sign-up/sent')).html, /forgot@example\.com/);
  // Another browser knows nothing of it.
  const stranger = await place.running.visitor().get('/forgot-password/sent');
  assert.match(stranger.text, /We sent a message to the address that you gave\./);
});

test('asking again and again sends no more than a few, and looks the same', async (t) => {
  const strict = await openPlace({
    change: (config) => ({ ...config, attempts: { ...config.attempts, perAccount: 6 } }),
  });
  t.after(() => strict.stop());
  const visitor = strict.running.visitor();
  const email = 'patient@example.com';
  await visitor.get('/forgot-password');
  const answers = [await visitor.submit('/forgot-password', { email })];
  for (let time = 1; time < 8; time += 1) answers.push(await visitor.submit('/forgot-password'));
  assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200]);
  const { items } = await strict.modules.storage.outbox.list('all', { page: 1, pageSize: 100 });
  assert.equal(items.filter(({ notice }) => notice.to === email).length, 3);
});

test('a single fault is said once, at its field, where the summary leads', async () => {
  const { visitor } = await place.person();
  await visitor.get('/tokens/new');
  const refused = await visitor.submit('/tokens', { description: '', all_scopes: 'on' });
  assert.equal(refused.status, 422);
  assert.equal(refused.text.split('Say what the token is for.').length - 1, 1, refused.text);
  assert.match(refused.html, /One thing needs your attention: <a href="#field-description">/);
  assert.match(refused.html, /id="field-description"/);
});

/** Forms in which several fields can be wrong, filled in badly. */
const BADLY: Readonly<Record<string, readonly [page: string, action: string, fields: Fields]>> = {
  'a new token': ['/tokens/new', '/tokens', { description: '', expires_in: '0', scope: 'no.such' }],
  'a new app': [
    '/apps/new',
    '/apps',
    {
      type: 'web',
      name: '',
      description: 'a\u202eb',
      homepage_url: 'x',
      privacy_url: 'x',
      redirect_uris: 'x',
      access_minutes: '-',
      refresh_days: '-',
    },
  ],
  'sign-up': ['/sign-up', '/sign-up', { name: '', email: 'x', password: 'short' }],
  'the profile': [
    '/account',
    '/account/profile',
    { name: '', bio: 'a\u202eb', location: 'a\u202eb' },
  ],
};

for (const [form, [page, action, fields]] of Object.entries(BADLY))
  test(`several faults of ${form} are counted, named by their fields, and said once each`, async () => {
    const visitor = form === 'sign-up' ? place.running.visitor() : (await place.person()).visitor;
    await visitor.get(page);
    const { html, text } = await visitor.submit(action, fields);
    const links = [...html.matchAll(/<li><a href="#(field-[\w-]+)">([^<]+)<\/a><\/li>/g)];
    assert.match(text, new RegExp(`\\b${links.length} things need your attention`));
    assert.ok(links.length >= 2, text);
    for (const [, id = '', name = ''] of links) {
      const label = labelOf(html, id);
      assert.ok(label.toLowerCase().includes(name.toLowerCase()), `${name} leads to “${label}”`);
    }
    const faults = [...html.matchAll(/<p class="error"[^>]*>.*?<span>([^<]+)<\/span>/g)];
    assert.equal(faults.length, links.length, text);
    for (const [, fault = ''] of faults)
      assert.equal(
        html.split(`<span>${fault}</span>`).length - 1,
        faults.filter(([, one]) => one === fault).length,
      );
  });

/** What is written above a field, or in a group of them the nearest heading before it. */
function labelOf(html: string, id: string): string {
  const at = html.indexOf(`id="${id}"`);
  assert.ok(at > 0, id);
  const label = new RegExp(`<label for="${id}">([^<]+)<`).exec(html)?.[1];
  if (label !== undefined) return label;
  const legend = /<legend[^>]*>([^<]+)</.exec(html.slice(at))?.[1] ?? '';
  const heading = [...html.slice(0, at).matchAll(/<h[23][^>]*>([^<]+)</g)].at(-1)?.[1] ?? '';
  return `${legend} / ${heading}`;
}
