/** Text that apps and requests bring is text on every page of consent, and in the form that posts an answer. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { unescape } from '../support/visitor.ts';
import { CALLBACK, openPlace, requestOf, type Person, type Place } from './place.ts';

const CORPUS = [
  '<script>alert("marker")</script>',
  '<img src=x onerror=alert("marker")>',
  '"><svg/onload=alert("marker")>',
  "' autofocus onfocus=alert('marker') x='",
  '" autofocus onfocus=alert("marker") x="',
  '</title></form><script>"marker"</script>',
  '<!--><script>"marker"</script>-->',
  '"><base href="https://evil.example/">',
  '"><meta http-equiv=refresh content="0;url=//evil.example">',
  '&quot;&gt;&lt;b&gt;',
  '<a href="javascript:marker">',
];

let place: Place;
let developer: Person;
before(async () => {
  place = await openPlace();
  developer = await place.person();
});
after(() => place.stop());

const TAG = /<([a-z][^\s/>]*)(?:[^>"']|"[^"]*"|'[^']*')*>/gi;

function assertHarmless(html: string, headers: Headers): void {
  for (const text of CORPUS) assert.equal(html.includes(text), false, text);
  for (const [tag = '', name = ''] of html.matchAll(TAG)) {
    assert.doesNotMatch(name, /^(?:iframe|object|embed|base|img)$/i, tag);
    assert.doesNotMatch(tag.replaceAll(/"[^"]*"/g, '""'), /\son[a-z]+\s*=|http-equiv/i, tag);
    assert.doesNotMatch(tag, /(?:href|src|action)="\s*(?:javascript|data|vbscript):/i, tag);
  }
  for (const [, inside = ''] of html.matchAll(/<script\b[^>]*>([^]*?)<\/script>/gi))
    assert.equal(inside, '');
  const policy = headers.get('content-security-policy') ?? '';
  assert.match(policy, /default-src 'none'; style-src 'self'; script-src 'self';/);
  assert.match(policy, /frame-ancestors 'none'/);
  assert.doesNotMatch(policy, /unsafe/);
  assert.equal(headers.get('x-frame-options'), 'DENY');
  assert.equal(headers.get('cache-control'), 'no-store');
}

test('names and descriptions of apps and people, state and scope, on the pages that ask and tell', async () => {
  for (const text of CORPUS) {
    const name = text.slice(0, 60);
    const registered = await place.register(developer.user, { name, description: text });
    const { visitor, user } = await place.person();
    const page = await visitor.get(requestOf(registered, { state: text, login_hint: text }));
    assert.match(page.text, /wants to use your/);
    assertHarmless(page.html, page.headers);
    assert.equal(visitor.hidden('/oauth2/auth')?.['request']?.includes('state='), true);
    const wrong = await visitor.get(requestOf(registered, { redirect_uri: `https://${text}` }));
    assert.equal(wrong.status, 400);
    assertHarmless(wrong.html, wrong.headers);
    const own = await developer.visitor.get(requestOf(registered, { redirect_uri: text }));
    assertHarmless(own.html, own.headers);
    await visitor.get(requestOf(registered));
    await visitor.submit('/oauth2/auth', { decision: 'allow' });
    const list = await visitor.get('/connections');
    assertHarmless(list.html, list.headers);
    const one = /href="(\/connections\/[^"]+)"/.exec(list.html)?.[1] ?? '';
    const connection = await visitor.get(one);
    assert.equal(connection.status, 200);
    assertHarmless(connection.html, connection.headers);
    const signIn = await place.running
      .visitor()
      .get(requestOf(registered, { state: text, login_hint: `${text}@example.com` }));
    assertHarmless(signIn.html, signIn.headers);
    assert.ok(user);
  }
});

test('form_post hands on exactly what was sent, to the registered address alone', async () => {
  const registered = await place.register(developer.user);
  for (const text of [...CORPUS, 'line\r\nbreak', '\u202e\u0007', 'ü\u{1f600}', '  spaces  ']) {
    const { visitor } = await place.person();
    const wish = { response_mode: 'form_post', state: text };
    const refused = await visitor.get(requestOf(registered, { ...wish, prompt: 'none' }));
    await visitor.get(requestOf(registered, wish));
    const granted = await visitor.submit('/oauth2/auth', { decision: 'allow' });
    for (const page of [refused, granted]) {
      assert.equal(page.status, 200);
      assertHarmless(page.html, page.headers);
      const actions = [...page.html.matchAll(/action="([^"]*)"/g)].map(([, action = '']) => action);
      assert.deepEqual(actions, [CALLBACK]);
      const state = /name="state" value="([^"]*)"/.exec(page.html)?.[1];
      assert.equal(unescape(state ?? ''), text);
      const iss = /name="iss" value="([^"]*)"/.exec(page.html)?.[1];
      assert.equal(iss, place.modules.config.server.baseUrl);
    }
    assert.match(refused.html, /name="error" value="consent_required"/);
    assert.match(granted.html, /name="code" value="gate_oac_/);
  }
});
