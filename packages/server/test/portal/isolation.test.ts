/** Text of before the rule, and text that runs from right to left, disturbs nothing around it on any page. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { User } from '../../src/identity/types.ts';
import type { EventType } from '../../src/audit/event.ts';
import { sayEvent } from '../../src/portal/account/event-words.ts';
import { attributes, html } from '../../src/portal/ui/html.ts';
import { approve, registerApp } from '../support/oauth.ts';
import { signUp, startApp, type RunningApp } from '../support/running-app.ts';
import { unescape, type WebVisitor } from '../support/visitor.ts';

const HOSTILE = '\u202eאבג 12 (evil)\u2066\u3164';
const SHOWN = '\ufffdאבג 12 (evil)\ufffd\ufffd';
const MARK = 'אבג';

let running: RunningApp;
let operator: WebVisitor;
let ada: WebVisitor;
let user: User;
let urls: readonly string[];

before(async () => {
  const roomy = { windowSeconds: 900, perAccount: 10_000, perAddress: 10_000 };
  running = await startApp({ change: (config) => ({ ...config, attempts: roomy }) });
  operator = await signUp(running, 'operator@example.com');
  ada = await signUp(running, 'ada@example.com');
  const { storage } = running.app;
  const found = await storage.users.byEmail('ada@example.com');
  assert.ok(found !== null);
  user = found;
  const { app } = await registerApp(running.app, user, { optionalScopes: [] });
  await approve(running.app, { app, user });
  const token = await makeToken();
  // As rows of before the rule are.
  await storage.users.update(user.id, { name: HOSTILE, bio: HOSTILE, location: HOSTILE });
  await storage.apps.update(app.id, { ...app, name: HOSTILE, description: HOSTILE }, app.updatedAt);
  await storage.tokens.setDescription(token, HOSTILE, app.updatedAt);
  const idOf = (path: string): string => {
    if (path.startsWith('/admin/people')) return user.id;
    return /^(\/admin)?\/apps|^\/connections/.test(path) ? app.id : token;
  };
  const request = new URLSearchParams({
    response_type: 'code',
    client_id: app.id,
    redirect_uri: app.redirectUris[0] ?? '',
    scope: 'asset.read',
    prompt: 'consent',
  });
  urls = [
    ...running.app.routes
      .filter(
        ({ family, method, path }) =>
          family === 'portal' && method === 'GET' && !path.startsWith('/assets'),
      )
      .map(({ path }) => path.replace(':id', idOf(path))),
    `/oauth2/auth?${request.toString()}`,
  ];
});
after(() => running.stop());

async function makeToken(): Promise<string> {
  await ada.get('/tokens/new');
  const page = await ada.submit('/tokens', {
    description: 'x',
    expires_in: '7',
    scope: 'asset.read',
  });
  return /gate_pat_([0-9A-Za-z]{12})/.exec(page.html)?.[1] ?? '';
}

/** What is wrong with each place of a page in which the text stands. */
function faultsIn(html: string): readonly string[] {
  const faults: string[] = [];
  // Fields hold what was typed, and nobody but who typed it sees them.
  const rest = html
    .replace(/<textarea[^]*?<\/textarea>/g, '')
    .replace(/ (?:value|data-[a-z-]+|href|action)="[^"]*"/g, '');
  if (/[\u202a-\u202e\u3164]/.test(rest)) faults.push('hidden characters as they are');
  const plain = rest
    .replaceAll(`<bdi>${SHOWN}</bdi>`, '')
    .replace(/(<title>|<option[^>]*>| (?:title|aria-label)=")[^<"]*/g, (all) =>
      all.replaceAll(`\u2068${SHOWN}\u2069`, ''),
    );
  for (const [around] of plain.matchAll(new RegExp(`.{0,80}${MARK}.{0,80}`, 'g')))
    faults.push(unescape(around));
  return faults;
}

test('on every page, title and label it is isolated, and what is hidden in it is seen', async () => {
  let seen = 0;
  for (const [who, visitor] of Object.entries({ ada, operator })) {
    for (const url of urls) {
      const { html, status } = await visitor.get(url);
      assert.ok(status < 500, url);
      assert.deepEqual(faultsIn(html), [], `${who} ${url}`);
      seen += html.split(SHOWN).length - 1;
    }
  }
  assert.ok(seen > 40, String(seen));
});

const OF_APPS: readonly EventType[] = [
  ...(
    ['created', 'updated', 'enabled', 'disabled', 'deleted', 'transferred', 'received'] as const
  ).map((what) => `oauth_app_${what}` as const),
  ...(['created', 'updated', 'narrowed', 'revoked'] as const).map(
    (what) => `oauth_grant_${what}` as const,
  ),
  'oauth_secret_created',
  'oauth_secret_revoked',
  'oauth_code_replayed',
  'oauth_refresh_reused',
];

test('the words of events keep the names of apps in them apart', () => {
  const details = { name: HOSTILE, app: HOSTILE, scopes: 'asset.read' };
  for (const type of OF_APPS) {
    const words = sayEvent({ type, details });
    assert.ok(words.includes(`: \u2068${SHOWN}\u2069`), words);
  }
});

test('the template keeps it apart wherever it stands, and sends fields back as they are', () => {
  const apart = `\u2068${SHOWN}\u2069`;
  assert.equal(String(html`<p>${HOSTILE}</p>`), `<p><bdi>${SHOWN}</bdi></p>`);
  assert.equal(String(html`<title>${HOSTILE}</title>`), `<title>${apart}</title>`);
  assert.equal(String(html`<option>${HOSTILE}</option>`), `<option>${apart}</option>`);
  assert.equal(String(html`<b title="${HOSTILE}"></b>`), `<b title="${apart}"></b>`);
  assert.equal(String(html`<i${attributes({ title: HOSTILE })}></i>`), `<i title="${SHOWN}"></i>`);
  assert.equal(String(html`<i value="${HOSTILE}">`), `<i value="${HOSTILE}">`);
  assert.equal(String(html`<i${attributes({ value: HOSTILE })}>`), `<i value="${HOSTILE}">`);
});
